"""The protocol of re-rankers and the one loop around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from leadline.errors import ModelError
from leadline.retrieval.base import Hits
from leadline.retrieval.dense import check_k

DEPTH = 50
"""Candidates that are scored: where the text-ranking study found most of the gain (10, 20 and 50 were tried)."""


class Reranker(Protocol):
    """`score` gives one finite number per text; `name` goes into the parameters of the ranking."""

    name: str

    def score(self, query: str, texts: Sequence[str]) -> list[float]: ...


def rerank(
    hits: Hits,
    text_of: Callable[[str], str],
    reranker: Reranker,
    *,
    k: int = 10,
    depth: int = DEPTH,
    tail: bool = False,
) -> Hits:
    """Score the first `depth` hits again and return the best k of them.

    k is the one number of results (upstream returns another k when a re-ranker is on). Equal scores keep the order
    of the first stage. Candidates beyond `depth` are dropped, their scores being on another scale; with `tail` they
    follow in their order, below the lowest score (for recall beyond the depth in evaluations).
    """
    pool = hits.hits[: check_k(depth, len(hits.hits))]
    scores = reranker.score(hits.query, [text_of(hit.id) for hit in pool]) if pool else []
    if len(scores) != len(pool) or any(score != score for score in scores):
        raise ModelError(
            f"The re-ranker {reranker.name} gave {len(scores)} usable scores for {len(pool)} texts."
        )
    order = sorted(range(len(pool)), key=lambda i: (-scores[i], i))
    rest = hits.hits[len(pool) :] if tail else ()
    low = min(scores, default=0.0)
    pairs = [(pool[i], float(scores[i])) for i in order] + [(hit, low - n) for n, hit in enumerate(rest, 1)]
    best = tuple(
        msgspec.structs.replace(hit, score=score, rank=rank)
        for rank, (hit, score) in enumerate(pairs[: check_k(k, len(pairs))], 1)
    )
    parameters = {**hits.parameters, "rerank": reranker.name, "depth": depth}
    return msgspec.structs.replace(hits, hits=best, parameters=parameters)
