"""The indexes of one test collection, each built when it is first asked for and kept for as long as the block goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from leadline.bench.retrieval_data import Data
from leadline.evidence.model import Passage
from leadline.models.embed import embedder
from leadline.models.splade import SpladeTiny
from leadline.own_file import load
from leadline.retrieval.base import Retriever
from leadline.retrieval.dense import DenseIndex
from leadline.retrieval.graph import GraphIndex
from leadline.retrieval.impacts import ImpactIndex
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.units import unit

T = TypeVar("T")


class Indexes:
    """By unit (document, passage, ...) and what else an index depends on. A context: they lie in a temporary folder."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self._folder = TemporaryDirectory(prefix="leadline-bench-")
        self._built: dict[tuple[str, ...], Any] = {}

    def __enter__(self) -> Indexes:
        return self

    def __exit__(self, *error: object) -> None:
        self._built.clear()
        self._folder.cleanup()

    def _once(self, key: tuple[str, ...], build: Callable[[], T]) -> T:
        if key not in self._built:
            self._built[key] = build()
        found: T = self._built[key]
        return found

    def _path(self, *name: str) -> Path:
        return Path(self._folder.name) / "-".join(name)

    def passages(self, unit_name: str) -> list[Passage]:
        """All units of the collection."""
        split = unit(unit_name)
        return self._once(
            ("unit", unit_name),
            lambda: [passage for document in self.data.documents for passage in split(document)],
        )

    def texts(self, unit_name: str) -> dict[str, str]:
        """Unit id -> title and text: what every retriever and re-ranker sees."""
        titles = {document.id: document.title for document in self.data.documents}
        return self._once(
            ("texts", unit_name),
            lambda: {p.id: f"{titles[p.document]} {p.text}".strip() for p in self.passages(unit_name)},
        )

    def lexical(self, unit_name: str, analyzer: str) -> LexicalIndex:
        def build() -> LexicalIndex:
            index = LexicalIndex.create(self._path("lexical", unit_name, analyzer), analyzer)
            with index.writer() as writer:
                for key, text in self.texts(unit_name).items():
                    writer.add(key, text)
            return index

        return self._once(("lexical", unit_name, analyzer), build)

    def splade(self, unit_name: str) -> ImpactIndex:
        def build() -> ImpactIndex:
            encoder = SpladeTiny()
            index = ImpactIndex.create(self._path("splade", unit_name), encoder)
            with index.writer() as writer:
                for key, text in self.texts(unit_name).items():
                    writer.add(key, encoder.encode([text])[0])
            return index

        return self._once(("splade", unit_name), build)

    def dense(self, unit_name: str, model: str) -> DenseIndex:
        def build() -> DenseIndex:
            texts = self.texts(unit_name)
            return DenseIndex(list(texts), embedder(model).encode(list(texts.values())))

        return self._once(("dense", unit_name, model), build)

    def own(self, unit_name: str, path: str) -> Retriever:
        """What `retriever(texts)` of the user's file gives."""

        def build() -> Retriever:
            found: Retriever = load(path, "retriever", "retriever").retriever(self.texts(unit_name))
            return found

        return self._once(("own", unit_name, path), build)

    def graph(self, unit_name: str) -> GraphIndex:
        return self._once(
            ("graph", unit_name), lambda: GraphIndex(self.data.documents, self.passages(unit_name))
        )
