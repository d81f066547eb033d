"""The passages of a collection's segments as rows: numbers through all segments that have vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from leadline.retrieval.store import Segment

Numbers = NDArray[np.int64]


class Rows:
    """Names and places of rows. Rows go in rising."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = [segment for segment in segments if segment.ref.dimension]
        self.offsets = np.cumsum([0, *(segment.ref.n_passages for segment in self.segments)])

    def ids(self, rows: Numbers) -> list[str]:
        """Their passage ids."""
        found: list[str] = []
        for segment, _, ordinals, numbers in self._parts(rows):
            names = segment.table.ids
            found += [f"{names[o]}-{n}" for o, n in zip(ordinals.tolist(), numbers.tolist(), strict=True)]
        return found

    def places(self, rows: Numbers) -> list[tuple[str, str, int, int]]:
        """Passage id, document id, start and end of each."""
        found: list[tuple[str, str, int, int]] = []
        for segment, mine, ordinals, numbers in self._parts(rows):
            names = list(map(segment.table.ids.__getitem__, ordinals.tolist()))
            ids = [f"{name}-{n}" for name, n in zip(names, numbers.tolist(), strict=True)]
            starts, ends = (segment.array(column)[mine].tolist() for column in ("start", "end"))
            found += zip(ids, names, starts, ends, strict=True)
        return found

    def of(self, ids: Sequence[str]) -> Numbers:
        """The row of each passage id; -1 for one that is not live."""
        first = {id: (offset, segment.array("first_passage"), ordinal)
                 for segment, offset in zip(self.segments, self.offsets.tolist(), strict=False)
                 for id, ordinal in segment.ordinals.items()}  # fmt: skip
        rows = np.full(len(ids), -1, np.int64)
        for i, id in enumerate(ids):
            document, _, number = id.rpartition("-")
            if document in first:
                offset, passages, ordinal = first[document]
                rows[i] = offset + passages[ordinal] + int(number) - 1
        return rows

    def _parts(self, rows: Numbers) -> Iterator[tuple[Segment, Numbers, Numbers, Numbers]]:
        """Per segment: its rows among these (counted in it), their documents, and their numbers there (from 1)."""
        for segment, offset in zip(self.segments, self.offsets.tolist(), strict=False):
            low, high = np.searchsorted(rows, [offset, offset + segment.ref.n_passages])
            if low < high:
                mine, first = rows[low:high] - offset, segment.array("first_passage")
                ordinals = np.searchsorted(first, mine, side="right") - 1
                yield segment, mine, ordinals, mine - first[ordinals] + 1
