"""Re-ranking by an embedder: cosine of query and text (a bi-encoder used as a second stage)."""

from __future__ import annotations

from collections.abc import Sequence

from leadline.models.embed import Embedder
from leadline.retrieval.dense import dots


class EmbeddingReranker:
    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.name = f"cosine-{embedder.name}"

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        (vector,) = self.embedder.encode_queries([query])
        return [float(score) for score in dots(self.embedder.encode(texts), vector)]
