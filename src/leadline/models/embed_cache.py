"""An embedder that encodes each text once per process: re-rankers and experiments meet texts again and again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leadline.models.embed import Embedder, Vectors


class CachedEmbedder:
    """Keeps the vectors of the last `size` texts or so (the memory is emptied when it is full)."""

    def __init__(self, model: Embedder, size: int = 100_000) -> None:
        self.model, self.name, self.dimension, self.size = model, model.name, model.dimension, size
        self._known: dict[tuple[bool, str], Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, False)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, True)

    def _encode(self, texts: Sequence[str], query: bool) -> Vectors:
        if len(self._known) + len(texts) > self.size:
            self._known.clear()
        new = [text for text in dict.fromkeys(texts) if (query, text) not in self._known]
        if new:
            vectors = self.model.encode_queries(new) if query else self.model.encode(new)
            self._known.update({(query, text): vector for text, vector in zip(new, vectors, strict=True)})
        rows = [self._known[query, text] for text in texts]
        return np.array(rows, np.float32).reshape(-1, self.dimension)
