"""The rankings that the playground shows side by side, and what is said about their scores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from leadline.errors import Busy, LeadlineError, ModelError, NotFound
from leadline.models.embed import embedder
from leadline.models.embed_cache import CachedEmbedder
from leadline.retrieval.base import Hit, Hits
from leadline.retrieval.collection import Collection
from leadline.retrieval.lexical.analysis import analyzer
from leadline.retrieval.rerank.base import rerank
from leadline.retrieval.rerank.embedding import EmbeddingReranker
from leadline.retrieval.searcher import RETRIEVERS
from leadline.serve.pages.frame import count
from leadline.serve.pages.network import network
from leadline.serve.pages.sparse import Match, Sparse, texts_of

K = 10
DEPTH = 20
"""Passages that the re-ranker reads: MiniLM takes about a second for them."""
RANKERS = {
    **dict.fromkeys(RETRIEVERS, "the collection's own index"),
    "bm25": "words, weighed by how rare they are and how often they stand there",
    "dense": "nearness of meaning: cosine of two vectors",
    "hybrid": "both fused by reciprocal ranks",
    "sparse": "words that a small language model (SPLADE) reads into query and passage, and their weights",
    "graph": "what the query names, and what those passages mention",
    "rerank": f"the {DEPTH} best of hybrid, read again with the query by another embedder",
}
"""Name -> how it ranks, in a line."""
SHOWN = ("bm25", "dense", "hybrid")
ADDED = "≈"
"""Before a word that the encoder added: the query or the passage does not have it."""
MOST_WORDS, MOST_READ = 6, 12
"""Words of a learned-sparse score that are named, and of a query."""


class Asked(NamedTuple):
    """One search: what is asked, BM25's parameters, and the rankings that are compared."""

    query: str
    k1: float
    b: float
    rankers: tuple[str, ...]


class Column(NamedTuple):
    """What one ranker found and how long it took, or why it could not search (yet, where it `waits`).

    `why` says for a passage id what its score is made of, `read` how the ranker reads the query.
    """

    ranker: str
    hits: Hits | None
    seconds: float = 0.0
    problem: str = ""
    waits: bool = False
    why: Mapping[str, str] = {}
    read: str = ""


def search(collection: Collection, asked: Asked, ranker: str, sparse: Sparse) -> Column:
    """One ranking of K passages."""
    started = time.perf_counter()
    try:
        if ranker == "sparse":
            return _sparse(collection, asked.query, sparse)
        hits = _ranked(collection, asked, ranker)
    except LeadlineError as error:
        return Column(ranker, None, problem=str(error), waits=isinstance(error, Busy))
    seconds = time.perf_counter() - started
    why = shares(collection, asked, hits.hits) if ranker == "bm25" else {}
    return Column(ranker, hits, seconds, why=why)


def _ranked(collection: Collection, asked: Asked, ranker: str) -> Hits:
    if ranker not in RANKERS:
        raise NotFound("retriever", ranker[:60], RANKERS)
    query, k1, b = asked.query, asked.k1, asked.b
    if ranker == "graph":
        return _placed(collection, network(collection).index.search(query, K))
    if ranker != "rerank":
        return collection.search(query, K, retriever=ranker, k1=k1, b=b)
    first = collection.search(query, DEPTH, retriever="hybrid", k1=k1, b=b)
    return rerank(first, lambda id: collection.passage(id).text, _reranker(), k=K, depth=DEPTH)


def _placed(collection: Collection, found: Hits) -> Hits:
    """Hits of an index that knows passages by their ids only, with their places in the documents."""
    places = [collection.passage(hit.id) for hit in found.hits]
    hits = [
        msgspec.structs.replace(hit, document=at.document, start=at.start, end=at.end)
        for hit, at in zip(found.hits, places, strict=True)
    ]
    return msgspec.structs.replace(found, hits=tuple(hits))


def _sparse(collection: Collection, query: str, sparse: Sparse) -> Column:
    ready = sparse.take(collection)
    started = time.perf_counter()
    hits = _placed(collection, ready.search(query, K))
    seconds = time.perf_counter() - started
    why = {
        id: _products(matches)
        for id, matches in ready.matches(query, texts_of(collection, hits.hits)).items()
    }
    words = ready.words(query)
    names = [f"{_word(one.word, one.added)} {one.query:.2f}" for one in words[:MOST_READ]]
    more = f" and {len(words) - MOST_READ} more" if len(words) > MOST_READ else ""
    read = f"Reads the query as {', '.join(names)}{more}; {ADDED} is what the encoder adds." if names else ""
    return Column("sparse", hits, seconds, why=why, read=read)


def _products(matches: Sequence[Match]) -> str:
    """The words that a passage shares with the query, each with both weights; they add up to its score."""
    named = [
        f"{_word(one.word, one.added)} {one.query:.2f} × {one.passage:.2f}" for one in matches[:MOST_WORDS]
    ]
    rest = matches[MOST_WORDS:]
    if rest:
        named.append(f"{count(len(rest), 'more word')} {sum(one.product for one in rest):.2f}")
    return " + ".join(named)


def _word(piece: str, added: bool) -> str:
    """A word piece as people read it: a continuation after an ellipsis."""
    return (ADDED if added else "") + (f"…{piece[2:]}" if piece.startswith("##") else piece)


@lru_cache(maxsize=1)
def _reranker() -> EmbeddingReranker:
    """MiniLM where the extra `dense` is here, else the small embedder of the core; its name is shown."""
    try:
        return EmbeddingReranker(CachedEmbedder(embedder("minilm")))
    except (LeadlineError, ModelError):
        return EmbeddingReranker(CachedEmbedder(embedder("wordllama")))


def shares(collection: Collection, asked: Asked, hits: Sequence[Hit]) -> dict[str, str]:
    """Passage id -> what each word of the query adds to its BM25 score; the words add up to it.

    BM25 is a sum over words, so a word's share is the score of a search for it alone. A passage whose shares do not
    add up to its score (the query had operators) gets none.
    """
    words = surface(asked.query, collection.manifest.settings.analyzer)
    within = {"document": sorted({hit.document for hit in hits})}
    found: dict[str, list[tuple[float, str]]] = {hit.id: [] for hit in hits}
    for word, times in words.items():
        alone = collection.search(word, 1000, within, retriever="bm25", k1=asked.k1, b=asked.b)
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
