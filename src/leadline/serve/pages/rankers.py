"""The rankings that the playground shows side by side, and what is said about their scores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from leadline.errors import LeadlineError, ModelError, NotFound
from leadline.models.embed import embedder
from leadline.models.embed_cache import CachedEmbedder
from leadline.retrieval.base import Hit, Hits
from leadline.retrieval.collection import Collection
from leadline.retrieval.lexical.analysis import analyzer
from leadline.retrieval.rerank.base import rerank
from leadline.retrieval.rerank.embedding import EmbeddingReranker
from leadline.retrieval.searcher import RETRIEVERS
from leadline.serve.pages.network import network

K = 10
DEPTH = 20
"""Passages that the re-ranker reads: MiniLM takes about a second for them."""
RANKERS = {
    **dict.fromkeys(RETRIEVERS, "the collection's own index"),
    "bm25": "words, weighed by how rare they are and how often they stand there",
    "dense": "nearness of meaning: cosine of two vectors",
    "hybrid": "both fused by reciprocal ranks",
    "graph": "what the query names, and what those passages mention",
    "rerank": f"the {DEPTH} best of hybrid, read again with the query by another embedder",
}
"""Name -> how it ranks, in a line."""
SHOWN = ("bm25", "dense", "hybrid")


class Column(NamedTuple):
    """What one ranker found and how long it took, or why it could not search."""

    ranker: str
    hits: Hits | None
    seconds: float
    problem: str = ""


def search(collection: Collection, query: str, ranker: str, k1: float, b: float) -> Column:
    """One ranking of K passages."""
    started = time.perf_counter()
    try:
        hits = _ranked(collection, query, ranker, k1, b)
    except LeadlineError as error:
        return Column(ranker, None, 0.0, str(error))
    return Column(ranker, hits, time.perf_counter() - started)


def _ranked(collection: Collection, query: str, ranker: str, k1: float, b: float) -> Hits:
    if ranker not in RANKERS:
        raise NotFound("retriever", ranker[:60], RANKERS)
    if ranker == "graph":
        hits = network(collection).index.search(query, K)
        return msgspec.structs.replace(hits, hits=tuple(_placed(collection, hit) for hit in hits.hits))
    if ranker != "rerank":
        return collection.search(query, K, retriever=ranker, k1=k1, b=b)
    first = collection.search(query, DEPTH, retriever="hybrid", k1=k1, b=b)
    return rerank(first, lambda id: collection.passage(id).text, _reranker(), k=K, depth=DEPTH)


def _placed(collection: Collection, hit: Hit) -> Hit:
    """A hit of the graph, which knows passages by their ids only, with its place in the document."""
    passage = collection.passage(hit.id)
    return msgspec.structs.replace(hit, document=passage.document, start=passage.start, end=passage.end)


@lru_cache(maxsize=1)
def _reranker() -> EmbeddingReranker:
    """MiniLM where the extra `dense` is here, else the small embedder of the core; its name is shown."""
    try:
        return EmbeddingReranker(CachedEmbedder(embedder("minilm")))
    except (LeadlineError, ModelError):
        return EmbeddingReranker(CachedEmbedder(embedder("wordllama")))


def shares(collection: Collection, query: str, hits: Sequence[Hit], k1: float, b: float) -> dict[str, str]:
    """Passage id -> what each word of the query adds to its BM25 score; the words add up to it.

    BM25 is a sum over words, so a word's share is the score of a search for it alone. A passage whose shares do not
    add up to its score (the query had operators) gets none.
    """
    words = surface(query, collection.manifest.settings.analyzer)
    within = {"document": sorted({hit.document for hit in hits})}
    found: dict[str, list[tuple[float, str]]] = {hit.id: [] for hit in hits}
    for word, times in words.items():
        alone = collection.search(word, 1000, within, retriever="bm25", k1=k1, b=b)
        for hit in alone.hits:
            if hit.id in found:
                found[hit.id].append((hit.score * times, word))
    return {
        hit.id: " + ".join(f"{word} {share:.2f}" for share, word in sorted(found[hit.id], reverse=True))
        for hit in hits
        if abs(sum(share for share, _ in found[hit.id]) - hit.score) < 1e-3
    }


def surface(query: str, name: str) -> dict[str, int]:
    """Words of a query as they were typed, one for each index term, with how often the term stands in it.

    >>> surface("late ships, ship", "english")
    {'late': 1, 'ships': 2}
    """
    analyse = analyzer(name)
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for word in query.split():
        for term in analyse(word):
            if term:
                first.setdefault(term, word.strip(".,;:!?\"'()"))
                counts[term] += 1
    return {first[term]: n for term, n in counts.items()}
