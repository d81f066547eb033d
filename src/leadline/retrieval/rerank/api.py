"""A cross-encoder behind an HTTP API: `POST <url> {model, query, documents}`.

Cohere, Jina, vLLM and llama.cpp serve this shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leadline.errors import ModelError

Post = Callable[[str, Mapping[str, Any]], Any]
"""(url, JSON body) -> decoded JSON answer; raises ModelError when the server cannot be reached."""


class ApiReranker:
    """All texts in one call per `batch`. `post` is the only way out: network policy and keys live there."""

    def __init__(self, url: str, model: str, post: Post, *, batch: int = 64) -> None:
        self.url, self.model, self.post, self.batch = url, model, post, batch
        self.name = f"api-{model}"

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        scores: list[float] = []
        for start in range(0, len(texts), self.batch):
            part = list(texts[start : start + self.batch])
            body = {"model": self.model, "query": query, "documents": part, "top_n": len(part)}
            scores += self._read(self.post(self.url, body), len(part))
        return scores

    def _read(self, answer: Any, n: int) -> list[float]:
        """Both spellings in use: results[].index with relevance_score or score."""
        found: dict[int, float] = {}
        try:
            for row in answer["results"]:
                found[int(row["index"])] = float(
                    row["relevance_score"] if "relevance_score" in row else row["score"]
                )
            return [found[i] for i in range(n)]
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"{self.url} did not answer with one score per document.",
                remedy="Leadline expects {results: [{index, relevance_score}]}.",
            ) from error
