"""DeepResearchGym: a frozen search service and report evaluation (arXiv:2505.19253).

Idea: freeze corpus, index and rankings behind a small API, so that agents can be compared and rerun, and judge reports
by key points and citations.
Method: graph search over dense vectors (ANN error hardly moves relevance once recall is high); byte-identical
rankings; key-point recall and contradiction, citation precision and recall.
Departs: HNSW instead of DiskANN; a seeded world instead of ClueWeb; a rule judge and a template writer.
Not verified: latency at web scale, agreement with people, RL transfer.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.metrics.keypoints import key_point_rate
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.models.embed import embedder
from leadline.models.judge import RuleJudge
from leadline.retrieval.ann import GraphIndex, recall
from leadline.tasks.makers.inverted import make
from leadline.tasks.render.library import Library
from leadline.tasks.render.text import Style, render_text
from leadline.tasks.search import LibrarySearch, library_search
from leadline.tasks.world import World, make_world


def ann(library: Library, rng: np.random.Generator, n: int, beam: int) -> tuple[float, float]:
    """recall@10 of graph search against exact search, and the share of known items in the first ten (relevance)."""
    texts = [document.text for document in library.documents]
    ids = [document.id for document in library.documents]
    index = GraphIndex(ids, embedder("wordllama").encode(texts), m=8, ef_construction=40)
    picked = rng.choice(len(ids), n, replace=False)
    queries = embedder("wordllama").encode_queries([library.documents[i].title for i in picked])
    found = index.search_vectors(queries, 10, ef_search=beam)
    truth = index.exact.search_vectors(queries, 10)
    recalls = [recall(a, b) for a, b in zip(found, truth, strict=True)]
    known = [ids[i] in [hit.id for hit in hits] for i, hits in zip(picked, found, strict=True)]
    return float(np.mean(recalls)), float(np.mean(known))


def repeats(library: Library, queries: list[str], rng: np.random.Generator, *, live: bool) -> float:
    """Share of queries whose ranking is the same twice. A live corpus loses one percent of its documents per call."""
    with library_search(library.documents) as search:
        same = 0
        for query in queries:
            lists = []
            for _ in range(2):
                gone = {d.id for d in library.documents if live and rng.random() < 0.01}
                lists.append([d.id for d in search(query, 20) if d.id not in gone])
            same += lists[0] == lists[1]
    return same / len(queries)


def report_kpr(world: World, library: Library, n: int, seed: int, *, search: LibrarySearch | None) -> float:
    """Key-point recall (0..100) of a template writer: the question alone, or with the first documents of a search."""
    judge, labels = RuleJudge(0.8), []
    for item in make(world, library, n, seed):
        text = item.question if search is None else " ".join(search.texts(item.question, 15))
        labels.append([judge.judge(span.quote, text).verdict for span in item.evidence])
    return key_point_rate(labels)


@system(
    slug="deepresearchgym",
    title="DeepResearchGym: a reproducible search API and report evaluation",
    paper="2505.19253",
    idea="Freeze the search side, and score reports by the key points and citations that can be checked.",
    parts=("retrieval.ann", "bench.metrics.keypoints", "bench.metrics.citations", "bench.protocols.deepresearchgym"),
    claims=(
        Claim("beam", "A wider beam raises the recall of graph search", "ANN recall@10", "beam 100", "beam 10"),
        Claim("relevance", "ANN error hardly moves relevance", "loss of known-item hits (.03 allowed)", "beam 100",
              "allowance", "lower"),
        Claim("frozen", "A frozen corpus repeats its rankings, a live one does not", "share of equal rankings",
              "frozen", "live"),
        Claim("retrieval", "Reports with retrieval cover more key points", "KPR", "with search", "without"),
    ),
    departs="Small world, HNSW, rule judge.",
    not_verified="Web-scale latency, human agreement, RL transfer.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 91])
    world = make_world(6000 if scale == "full" else 800, seed)
    library = render_text(world, Style(dispersion=0.4))
    n = 100 if scale == "full" else 20
    (narrow, _), (wide, hits) = (ann(library, np.random.default_rng(seed), n, beam) for beam in (10, 100))
    exact_hits = ann(library, np.random.default_rng(seed), n, 400)[1]
    queries = [world.entities[int(i)].name for i in rng.choice(len(world.entities), n, replace=False)]
    with library_search(library.documents) as search:
        covered = report_kpr(world, library, n // 5, seed, search=search)
    return {
        "beam": Pair(narrow, wide),
        "relevance": Pair(0.03, exact_hits - hits),
        "frozen": Pair(repeats(library, queries, rng, live=True), repeats(library, queries, rng, live=False)),
        "retrieval": Pair(report_kpr(world, library, n // 5, seed, search=None), covered),
    }
