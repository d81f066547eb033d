"""Search among the pictures of a store: by another picture (exact cosines), or by the words of their captions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from leadline.models.embed import Vectors
from leadline.models.embed_pictures import Histogram, PictureEmbedder
from leadline.retrieval.base import Hit
from leadline.retrieval.dense import DenseIndex
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.query_forms import prose
from leadline.sources.images import ImageStore


class ReverseImageIndex:
    """The pictures of a store that were not cut from others, as they are when a search asks.

    A picture is embedded once. Ids of hits are uids.
    """

    def __init__(self, store: ImageStore, embedder: PictureEmbedder | None = None) -> None:
        self.store, self.embedder = store, embedder or Histogram()
        self._vectors: dict[str, Vectors] = {}
        self._captions: tuple[int, LexicalIndex] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def by_sight(self, image: Any, k: int = 5, *, but: str = "") -> tuple[Hit, ...]:
        """The k pictures most like a Pillow image, without the one named `but`."""
        uids = [row.uid for row in self.store if row.parent_uid is None and row.uid != but]
        if not uids:
            return ()
        for uid in uids:
            if uid not in self._vectors:
                self._vectors[uid] = self.embedder.encode([self.store.pixels(uid)])[0]
        index = DenseIndex(uids, np.stack([self._vectors[uid] for uid in uids]))
        return index.search_vectors(self.embedder.encode([image]), k)[0]

    def by_words(self, query: str, k: int = 5) -> tuple[Hit, ...]:
        """The k pictures whose captions say most of the query (BM25)."""
        return self._lexical().search(prose(query), k).hits

    def _lexical(self) -> LexicalIndex:
        """Captions indexed anew when pictures have come."""
        if self._captions is None or self._captions[0] != len(self.store):
            self._folder = tempfile.TemporaryDirectory(prefix="leadline-captions-")
            index = LexicalIndex.create(Path(self._folder.name))
            with index.writer() as writer:
                for row in self.store:
                    if row.caption and row.parent_uid is None:
                        writer.add(row.uid, row.caption)
            self._captions = len(self.store), index
        return self._captions[1]
