"""Retrieval experiments on one test collection: unit x retriever x parameters x query form x re-ranker x depth.

A cell gives a run (document rankings, by maxP where the unit is smaller than a document) and queries per second of the
search itself with one thread. retrieval_grid.py compares cells.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec

from leadline.bench.retrieval_data import Cell, Data
from leadline.bench.retrieval_indexes import Indexes
from leadline.bench.trec import Run
from leadline.errors import NotFound, UsageError
from leadline.models.base import ChatModel
from leadline.models.embed import embedder
from leadline.own_file import is_own, load
from leadline.retrieval.base import Hit, Hits
from leadline.retrieval.dense import ranked
from leadline.retrieval.fusion import WEIGHTS as HYBRID_WEIGHTS
from leadline.retrieval.fusion import fuse
from leadline.retrieval.query_forms import expand, feedback, keywords, plain_question, prose, q2q
from leadline.retrieval.rerank import Reranker, rerank
from leadline.retrieval.rerank.embedding import EmbeddingReranker
from leadline.retrieval.rerank.listwise import ListwiseReranker
from leadline.retrieval.rerank.mmr import MMRReranker
from leadline.retrieval.rerank.pointwise import PointwiseReranker
from leadline.retrieval.units import max_p

RETRIEVERS = ("bm25", "dense", "dense-minilm", "splade", "hybrid", "graph", "graph-pagerank")
RERANKERS = ("none", "cosine", "cosine-minilm", "mmr", "pointwise", "listwise")
QUERY_FORMS = ("raw", "keywords", "keywords-question", "feedback", "q2q", "expansion")
PASSAGES_PER_DOCUMENT = 4
"""With units smaller than documents this many times more passages are retrieved before maxP."""


class Bench:
    """Runs cells over the indexes of one test collection. Use as a context: it keeps them in a temporary folder."""

    def __init__(self, data: Data, *, model: ChatModel | None = None, seed: int = 0) -> None:
        self.data, self.model, self.seed = data, model, seed
        self.indexes = Indexes(data)

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *error: object) -> None:
        self.indexes.__exit__(*error)

    def reranker(self, name: str) -> Reranker:
        if is_own(name):
            found: Reranker = load(name, "re-ranker", "reranker").reranker()
            return found
        if name not in RERANKERS:
            raise NotFound("re-ranker", name, RERANKERS)
        if name in ("pointwise", "listwise"):
            kind = PointwiseReranker if name == "pointwise" else ListwiseReranker
            return kind(self._need_model(f"--rerank {name}"))
        model = embedder("minilm" if name.endswith("minilm") else "wordllama")
        return MMRReranker(model) if name == "mmr" else EmbeddingReranker(model)

    def _need_model(self, what: str) -> ChatModel:
        if self.model is None:
            raise UsageError(f"{what} needs a language model.", remedy="Name one with --model.")
        return self.model

    def queries(self, cell: Cell) -> list[str]:
        """The queries in the cell's form, in order."""
        raw = [prose(query) for query in self.data.queries.values()]
        if cell.query_form not in QUERY_FORMS:
            raise NotFound("query form", cell.query_form, QUERY_FORMS)
        if cell.query_form == "raw":
            return raw
        if cell.query_form in ("q2q", "expansion"):
            model = self._need_model(f"--query-form {cell.query_form}")
            rewrite = q2q if cell.query_form == "q2q" else expand
            return [rewrite(query, model) for query in raw]
        if cell.query_form == "feedback":
            texts = self.indexes.texts(cell.unit)
            first = self.search(cell, raw, 5)
            return [feedback(q, [texts[h.id] for h in hits.hits]) for q, hits in zip(raw, first, strict=True)]
        short = [keywords(query, self.seed + n) for n, query in enumerate(raw)]
        return short if cell.query_form == "keywords" else [plain_question(query) for query in short]

    def search(self, cell: Cell, queries: Sequence[str], k: int) -> list[Hits]:
        """First-stage rankings of units."""
        name = cell.unit
        if cell.retriever == "bm25":
            return self.indexes.lexical(name, cell.analyzer).search_batch(queries, k, k1=cell.k1, b=cell.b)
        if cell.retriever == "splade":
            return self.indexes.splade(name).search_batch(queries, k)
        if cell.retriever in ("dense", "dense-minilm"):
            model = "minilm" if cell.retriever == "dense-minilm" else "wordllama"
            vectors = embedder(model).encode_queries(queries)
            found = self.indexes.dense(name, model).search_vectors(vectors, k)
            return [Hits(q, hits, f"dense-{model}") for q, hits in zip(queries, found, strict=True)]
        if cell.retriever == "hybrid":
            return self._hybrid(cell, queries, k)
        if cell.retriever in ("graph", "graph-pagerank"):
            way = "pagerank" if cell.retriever == "graph-pagerank" else "hop"
            return self.indexes.graph(name).search_batch(queries, k, way=way)  # type: ignore[arg-type]
        if is_own(cell.retriever):
            return self.indexes.own(name, cell.retriever).search_batch(queries, k)
        raise NotFound("retriever", cell.retriever, RETRIEVERS)

    def _hybrid(self, cell: Cell, queries: Sequence[str], k: int) -> list[Hits]:
        parts = [
            self.search(msgspec.structs.replace(cell, retriever=name), queries, max(k, 100))
            for name in ("bm25", "dense")
        ]
        return [
            Hits(
                query,
                fuse([{h.id: h.score for h in hits.hits} for hits in lists], k, weights=HYBRID_WEIGHTS),
                "hybrid",
            )
            for query, *lists in zip(queries, *parts, strict=True)
        ]

    def run(self, cell: Cell, k: int = 1000) -> tuple[Run, float]:
        """Document rankings of every query, and queries per second of first stage and re-ranking together."""
        queries = self.queries(cell)
        small = cell.unit != "document"
        wide = k * PASSAGES_PER_DOCUMENT if small else k
        self.search(cell, queries[:1], wide)  # builds what is missing and warms up
        reranker = None if cell.rerank == "none" else self.reranker(cell.rerank)
        texts = self.indexes.texts(cell.unit)
        started = time.perf_counter()
        found = self.search(cell, queries, wide)
        if reranker is not None:
            found = [
                rerank(hits, texts.__getitem__, reranker, k=wide, depth=cell.depth, tail=True)
                for hits in found
            ]
        seconds = time.perf_counter() - started
        owner = {passage.id: passage.document for passage in self.indexes.passages(cell.unit)}
        rankings = [_documents(hits.hits, owner, k) if small else hits.hits for hits in found]
        return dict(zip(self.data.queries, rankings, strict=True)), len(queries) / seconds


def _documents(hits: Sequence[Hit], owner: Mapping[str, str], k: int) -> tuple[Hit, ...]:
    return ranked(max_p((owner[hit.id], hit.score) for hit in hits), k)
