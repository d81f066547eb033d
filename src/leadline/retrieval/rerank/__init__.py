"""Re-rankers: `score(query, texts) -> list[float]`, higher is better. `rerank` applies one to a ranking."""

from leadline.retrieval.rerank.base import Reranker, rerank

__all__ = ["Reranker", "rerank"]
