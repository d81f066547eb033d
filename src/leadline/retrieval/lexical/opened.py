"""An index that is open: the commit that it shows, what is in it, and looking for a newer one."""

from __future__ import annotations

from pathlib import Path

from leadline.errors import StoreError
from leadline.retrieval.lexical.analysis import Analyzer
from leadline.retrieval.lexical.hits import document_ids
from leadline.retrieval.lexical.segment import Array
from leadline.retrieval.lexical.snapshot import Snapshot, open_snapshot
from leadline.retrieval.lexical.store import MANIFEST, Manifest, read_manifest, write_manifest
from leadline.retrieval.lexical.terms import TermTable


class OpenIndex:
    """What LexicalIndex and ImpactIndex have in common: both rank documents by segments of postings."""

    def __init__(self, folder: Path, snapshot: Snapshot, analyzer: Analyzer, skip_damaged: bool) -> None:
        self.folder = folder
        self._analyzer, self._skip_damaged = analyzer, skip_damaged
        self._show(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        """Snapshot and what is known of its terms change together."""
        self._state = snapshot, TermTable(snapshot, self._analyzer)

    @property
    def _snapshot(self) -> Snapshot:
        return self._state[0]

    def refresh(self) -> bool:
        """Look for a newer commit; True if there was one."""
        if read_manifest(self.folder) == self._snapshot.manifest:
            return False
        self._show(open_snapshot(self.folder, self._skip_damaged))
        return True

    def verify(self) -> None:
        """Compare all data with its checksums. StoreError names the first segment that is damaged."""
        for part in self._snapshot.parts:
            part.segment.verify()

    @property
    def id(self) -> str:
        """Names the content: equal for the same documents and analyzer, in whatever order they were written."""
        return self._snapshot.id

    def __len__(self) -> int:
        return self._snapshot.n_docs

    def __contains__(self, id: str) -> bool:
        for part in self._snapshot.parts:
            found = int(part.segment.find([id])[0])
            if found >= 0 and (part.live is None or part.live[found]):
                return True
        return False

    def ids(self) -> list[str]:
        """All ids, sorted."""
        return self._snapshot.ids()

    @property
    def n_numbers(self) -> int:
        """Document numbers are below this; those of deleted documents are never found."""
        return self._snapshot.offsets[-1]

    def ids_of(self, numbers: Array) -> list[str]:
        """The ids of document numbers from a ranking; -1 is left out."""
        return document_ids(self._snapshot, numbers[numbers >= 0])


def begin(folder: Path, manifest: Manifest) -> None:
    """Make a new, empty index. StoreError if the folder holds one already."""
    if (folder / MANIFEST).exists():
        raise StoreError(f"{folder} already holds an index.", remedy="Open it, or choose an empty folder.")
    write_manifest(folder, manifest)
