"""A searchable folder of texts with stable ids: BM25 at any k1 and b, exact, equal scores by id."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from leadline.errors import StoreError, UsageError
from leadline.files import DISK
from leadline.retrieval.base import Filter, Hit, Hits
from leadline.retrieval.lexical.analysis import analyzer


class LexicalIndex:
    """Open with `LexicalIndex.open(folder)`, make with `LexicalIndex.create(folder)`."""

    def __init__(self, folder: Path, analyzer_name: str, documents: dict[str, Any]) -> None:
        self.folder = folder
        self.analyzer = analyzer(analyzer_name)
        self._load(documents)

    def _load(self, documents: dict[str, Any]) -> None:
        self._documents = documents
        self._counts = {
            key: Counter(t for text in doc["text"].values() for t in self.analyzer(text) if t)
            for key, doc in documents.items()
        }

    @classmethod
    def create(cls, folder: str | Path, analyzer: str = "english") -> LexicalIndex:
        index = cls(Path(folder), analyzer, {})
        if (index.folder / "index.json").exists():
            raise StoreError(
                f"{folder} already holds an index.", remedy="Open it, or choose an empty folder."
            )
        index._save({})
        return index

    @classmethod
    def open(cls, folder: str | Path) -> LexicalIndex:
        path = Path(folder) / "index.json"
        if not path.exists():
            raise StoreError(f"{folder} holds no index.", remedy="Make one with LexicalIndex.create.")
        stored = msgspec.json.decode(path.read_bytes())
        return cls(Path(folder), stored["analyzer"], stored["documents"])

    def _save(self, documents: dict[str, Any]) -> None:
        data = {"analyzer": self.analyzer.name, "documents": documents}
        DISK.write(self.folder / "index.json", msgspec.json.encode(data))

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, id: object) -> bool:
        return id in self._documents

    @property
    def id(self) -> str:
        """The same for the same analyzer and documents."""
        from hashlib import sha256

        content = msgspec.json.encode([self.analyzer.name, sorted(self._documents.items())])
        return "lex-" + sha256(content).hexdigest()[:16]

    def writer(self) -> Writer:
        return Writer(self)

    def search(
        self, query: str, k: int = 10, filter: Filter | None = None, *, k1: float = 0.9, b: float = 0.4
    ) -> Hits:
        if k < 1:
            raise UsageError("k must be at least 1.")
        n = len(self._counts)
        mean = sum(sum(c.values()) for c in self._counts.values()) / max(n, 1) or 1.0
        scores: Counter[str] = Counter()
        for term, times in Counter(t for t in self.analyzer(query) if t).items():
            found = {key: c[term] for key, c in self._counts.items() if term in c}
            weight = times * math.log(1 + (n - len(found) + 0.5) / (len(found) + 0.5))
            for key, tf in found.items():
                length = sum(self._counts[key].values())
                scores[key] += weight * tf / (tf + k1 * (1 - b + b * length / mean))  # type: ignore[assignment]
        allowed = [key for key in scores if _accepts(filter or {}, self._documents[key]["metadata"])]
        best = sorted(allowed, key=lambda key: (-scores[key], key))[:k]
        hits = tuple(Hit(key, float(scores[key]), rank) for rank, key in enumerate(best, 1))
        return Hits(query, hits, self.id, {"k1": k1, "b": b})

    def search_batch(
        self,
        queries: Sequence[str],
        k: int = 10,
        filter: Filter | None = None,
        *,
        k1: float = 0.9,
        b: float = 0.4,
    ) -> list[Hits]:
        return [self.search(query, k, filter, k1=k1, b=b) for query in queries]


def _accepts(filter: Filter, metadata: Mapping[str, Any]) -> bool:
    for field, wanted in filter.items():
        accepted = wanted if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
        value = metadata.get(field)
        values = value if isinstance(value, list) else [value]
        if not any(v in accepted for v in values):
            return False
    return True


class Writer:
    """Changes become visible together when the `with` block ends; an exception drops them all."""

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index

    def __enter__(self) -> Writer:
        self._pending = dict(self._index._documents)
        return self

    def add(self, id: str, text: str | Mapping[str, str], metadata: Mapping[str, Any] | None = None) -> None:
        """Put a document under `id`, replacing the one that was there."""
        fields = {"text": text} if isinstance(text, str) else dict(text)
        self._pending[id] = {"text": fields, "metadata": dict(metadata or {})}

    def delete(self, id: str) -> None:
        self._pending.pop(id, None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._index._save(self._pending)
            self._index._load(self._pending)
