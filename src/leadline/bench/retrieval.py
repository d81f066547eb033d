"""Grids of retrieval experiments: unit x retriever x parameters x query form x re-ranker x depth.

Each cell gives a run (document rankings, by maxP where the unit is smaller than a document), its metrics, and
queries per second of the search itself with one thread. Cells are compared with the first one by a paired bootstrap
interval and a randomisation test over queries.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from leadline.bench.retrieval_data import WITH_BM25, Cell, Data
from leadline.bench.retrieval_metrics import METRICS, evaluate
from leadline.bench.stats import bootstrap_interval, randomization_p
from leadline.bench.trec import Run, read_run, write_run
from leadline.errors import NotFound, UsageError
from leadline.evidence.model import Passage
from leadline.models.base import ChatModel
from leadline.models.embed import embedder
from leadline.models.splade import SpladeTiny
from leadline.retrieval.base import Hit, Hits
from leadline.retrieval.dense import DenseIndex, ranked
from leadline.retrieval.fusion import fuse
from leadline.retrieval.graph import GraphIndex
from leadline.retrieval.impacts import ImpactIndex
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.query_forms import expand, feedback, keywords, plain_question, prose, q2q
from leadline.retrieval.rerank import Reranker, rerank
from leadline.retrieval.rerank.embedding import EmbeddingReranker
from leadline.retrieval.rerank.listwise import ListwiseReranker
from leadline.retrieval.rerank.mmr import MMRReranker
from leadline.retrieval.rerank.pointwise import PointwiseReranker
from leadline.retrieval.units import max_p, unit

RETRIEVERS = ("bm25", "dense", "dense-minilm", "splade", "hybrid", "graph", "graph-pagerank")
RERANKERS = ("none", "cosine", "cosine-minilm", "mmr", "pointwise", "listwise")
QUERY_FORMS = ("raw", "keywords", "keywords-question", "feedback", "q2q", "expansion")
HYBRID_WEIGHTS = (1.0, 0.5)
PASSAGES_PER_DOCUMENT = 4
"""With units smaller than documents this many times more passages are retrieved before maxP."""


class Bench:
    """Indexes of one test collection, each built once. Use as a context: it keeps them in a temporary folder."""

    def __init__(self, data: Data, *, model: ChatModel | None = None, seed: int = 0) -> None:
        self.data, self.model, self.seed = data, model, seed
        self._folder = TemporaryDirectory(prefix="leadline-bench-")
        self._built: dict[tuple[str, ...], Any] = {}

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *error: object) -> None:
        self._built.clear()
        self._folder.cleanup()

    # ---- parts, built when first asked for ----------------------------------------------------------

    def _once(self, key: tuple[str, ...], build: Callable[[], Any]) -> Any:
        if key not in self._built:
            self._built[key] = build()
        return self._built[key]

    def passages(self, name: str) -> list[Passage]:
        """All units of the collection."""
        split = unit(name)
        found: list[Passage] = self._once(
            ("unit", name),
            lambda: [passage for document in self.data.documents for passage in split(document)],
        )
        return found

    def texts(self, name: str) -> dict[str, str]:
        """Unit id -> title and text: what every retriever and re-ranker sees."""
        titles = {document.id: document.title for document in self.data.documents}
        found: dict[str, str] = self._once(
            ("texts", name),
            lambda: {p.id: f"{titles[p.document]} {p.text}".strip() for p in self.passages(name)},
        )
        return found

    def lexical(self, name: str, analyzer: str) -> LexicalIndex:
        def build() -> LexicalIndex:
            index = LexicalIndex.create(Path(self._folder.name) / f"lexical-{name}-{analyzer}", analyzer)
            with index.writer() as writer:
                for key, text in self.texts(name).items():
                    writer.add(key, text)
            return index

        found: LexicalIndex = self._once(("lexical", name, analyzer), build)
        return found

    def splade(self, name: str) -> ImpactIndex:
        def build() -> ImpactIndex:
            encoder = SpladeTiny()
            index = ImpactIndex.create(Path(self._folder.name) / f"splade-{name}", encoder)
            with index.writer() as writer:
                for key, text in self.texts(name).items():
                    writer.add(key, encoder.encode([text])[0])
            return index

        found: ImpactIndex = self._once(("splade", name), build)
        return found

    def dense(self, name: str, model: str) -> DenseIndex:
        def build() -> DenseIndex:
            texts = self.texts(name)
            return DenseIndex(list(texts), embedder(model).encode(list(texts.values())))

        found: DenseIndex = self._once(("dense", name, model), build)
        return found

    def graph(self, name: str) -> GraphIndex:
        found: GraphIndex = self._once(
            ("graph", name), lambda: GraphIndex(self.data.documents, self.passages(name))
        )
        return found

    def reranker(self, name: str) -> Reranker:
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

    # ---- running ------------------------------------------------------------------------------------

    def queries(self, cell: Cell, k: int) -> list[str]:
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
            texts = self.texts(cell.unit)
            first = self.search(cell, raw, 5)
            return [feedback(q, [texts[h.id] for h in hits.hits]) for q, hits in zip(raw, first, strict=True)]
        short = [keywords(query, self.seed + n) for n, query in enumerate(raw)]
        return short if cell.query_form == "keywords" else [plain_question(query) for query in short]

    def search(self, cell: Cell, queries: Sequence[str], k: int) -> list[Hits]:
        """First-stage rankings of units."""
        name = cell.unit
        if cell.retriever == "bm25":
            return self.lexical(name, cell.analyzer).search_batch(queries, k, k1=cell.k1, b=cell.b)
        if cell.retriever == "splade":
            return self.splade(name).search_batch(queries, k)
        if cell.retriever in ("dense", "dense-minilm"):
            model = "minilm" if cell.retriever == "dense-minilm" else "wordllama"
            vectors = embedder(model).encode_queries(queries)
            found = self.dense(name, model).search_vectors(vectors, k)
            return [Hits(q, hits, f"dense-{model}") for q, hits in zip(queries, found, strict=True)]
        if cell.retriever == "hybrid":
            return self._hybrid(cell, queries, k)
        if cell.retriever in ("graph", "graph-pagerank"):
            way = "pagerank" if cell.retriever == "graph-pagerank" else "hop"
            return self.graph(name).search_batch(queries, k, way=way)  # type: ignore[arg-type]
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
        queries = self.queries(cell, k)
        small = cell.unit != "document"
        wide = k * PASSAGES_PER_DOCUMENT if small else k
        self.search(cell, queries[:1], wide)  # builds what is missing and warms up
        reranker = None if cell.rerank == "none" else self.reranker(cell.rerank)
        texts = self.texts(cell.unit)
        started = time.perf_counter()
        found = self.search(cell, queries, wide)
        if reranker is not None:
            found = [
                rerank(hits, texts.__getitem__, reranker, k=wide, depth=cell.depth, tail=True)
                for hits in found
            ]
        seconds = time.perf_counter() - started
        owner = {passage.id: passage.document for passage in self.passages(cell.unit)}
        rankings = [_documents(hits.hits, owner, k) if small else hits.hits for hits in found]
        return dict(zip(self.data.queries, rankings, strict=True)), len(queries) / seconds


def _documents(hits: Sequence[Hit], owner: Mapping[str, str], k: int) -> tuple[Hit, ...]:
    return ranked(max_p((owner[hit.id], hit.score) for hit in hits), k)


def run_grid(
    bench: Bench,
    cells: Sequence[Cell],
    *,
    metrics: Sequence[str] = METRICS,
    k: int = 1000,
    out: Path | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> Iterator[dict[str, Any]]:
    """One row per cell (the published JSON contract), each compared with the first by the first metric."""
    baseline: list[float] | None = None
    for number, cell in enumerate(cells, 1):
        run, speed = bench.run(cell, k)
        values = evaluate(run, bench.data.qrels, metrics)
        scores = list(values[metrics[0]].values())
        row: dict[str, Any] = {"data": bench.data.name, **msgspec.structs.asdict(cell)}
        if cell.retriever not in WITH_BM25:
            row |= {"k1": None, "b": None, "analyzer": None}
        row |= {name: sum(found.values()) / len(found) for name, found in values.items()}
        row |= {"queries_per_second": speed, "n_queries": len(scores), "k": k, "seed": bench.seed}
        row["run_file"] = str(_save(out, cell, run)) if out is not None else None
        row["vs_first"] = None if baseline is None else compare(scores, baseline, metrics[0], bench.seed)
        baseline = scores if baseline is None else baseline
        if progress is not None:
            progress(number, len(cells))
        yield row


def compare(method: Sequence[float], baseline: Sequence[float], metric: str, seed: int = 0) -> dict[str, Any]:
    """Mean difference over queries with its bootstrap interval, and the randomisation test's p."""
    interval = bootstrap_interval(method, baseline, seed=seed)
    p = randomization_p(method, baseline, seed=seed)
    return {"metric": metric, "difference": interval.mean, "low": interval.low, "high": interval.high, "p": p}


def _save(out: Path, cell: Cell, run: Run) -> Path:
    usual = (0, 0.0, "none", Cell().analyzer)
    tag = "-".join(str(value) for value in msgspec.structs.astuple(cell) if value not in usual)
    write_run(out / f"{tag}.run", run, tag)
    return out / f"{tag}.run"


def score_runs(
    data: Data, paths: Sequence[Path], *, metrics: Sequence[str] = METRICS, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """Rows of run files that exist already, made by any system."""
    baseline: list[float] | None = None
    for path in paths:
        values = evaluate(read_run(path), data.qrels, metrics)
        scores = list(values[metrics[0]].values())
        row: dict[str, Any] = {
            "data": data.name,
            "run_file": str(path),
            "n_queries": len(scores),
            "seed": seed,
        }
        row |= {name: sum(found.values()) / len(found) for name, found in values.items()}
        row["vs_first"] = None if baseline is None else compare(scores, baseline, metrics[0], seed)
        baseline = scores if baseline is None else baseline
        yield row
