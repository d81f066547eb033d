"""Revisiting Text Ranking in Deep Research (arXiv:2602.21456).

Idea: hold agent and corpus fixed and swap every part of the text-ranking stack: unit, retriever, re-ranker, depth,
query form.
Method: BM25, dense and fused retrieval over documents or passages of packed sentences, maxP back to documents,
re-ranking of the best 10, 20 or 50, and rewriting of keyword queries into one question (Q2Q) with numbers kept.
Assumes: one judged passage per question in the experiments on units.
Departs: retrieval only, no agent in the loop; nq-oracle or (without $LEADLINE_DATA) a seeded synthetic collection in
place of BrowseComp-Plus; sentences by rule in place of spaCy; the re-ranker is a small linear model trained in seconds;
Q2Q is the rule-based inverse in the experiment (the model-based one is retrieval/query_forms.q2q).
Not verified: the paper's accuracies with gpt-oss-20b and GLM-4.7-Flash, SPLADE-v3, ColBERTv2, 8B encoders, monoT5.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from leadline.bench.retrieval_data import Data
from leadline.bench.retrieval_study import (
    DEFAULT,
    Scope,
    Shares,
    best_embedder,
    bm25,
    dense,
    ndcg,
    scope,
    study_data,
    verbosity,
)
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.models.embed import embedder
from leadline.models.embed_cache import CachedEmbedder
from leadline.retrieval.query_forms import keywords, plain_question, prose
from leadline.retrieval.rerank.linear import LinearReranker


def units(seed: int, scale: Scale) -> tuple[Shares, Scope]:
    """E1: the same questions where documents are long because they say more, and because they repeat others."""
    small = scale == "smoke"
    data = study_data("nq-oracle", seed, *(300, 120) if small else (2600, 2000))
    rng = np.random.default_rng(seed)
    sizes = (
        {"n_gold": 60, "n_long": 40, "parts": (20, 60)}
        if small
        else {"n_gold": 400, "n_long": 300, "parts": (60, 200)}
    )
    return verbosity(data, rng, **sizes), scope(data, rng, n_queries=100 if small else 1000)  # type: ignore[arg-type]


def depth(seed: int, scale: Scale) -> Pair:
    """E2: nDCG@10 after re-ranking 10 and 50 candidates of BM25 by a linear model trained on other questions."""
    data = study_data("scifact", seed, 400, 120)
    rng = np.random.default_rng(seed)
    ids = [
        list(data.queries)[i] for i in rng.permutation(len(data.queries))[: 80 if scale == "smoke" else 300]
    ]
    learn, test = ids[: len(ids) // 2], ids[len(ids) // 2 :]
    texts = {d.id: f"{d.title} {d.text}".strip() for d in data.documents}
    first = dict(zip(ids, bm25(texts, [prose(data.queries[q]) for q in ids], 50, **DEFAULT), strict=True))
    model = LinearReranker(list(texts.values()), embedder("wordllama"))
    model.fit(
        {q: data.queries[q] for q in learn},
        {q: [texts[key] for key in first[q]] for q in learn},
        {q: [data.qrels[q].get(key, 0) > 0 for key in first[q]] for q in learn},
    )

    def reranked(query: str, n: int) -> list[str]:
        pool = first[query][:n]
        scores = model.score(data.queries[query], [texts[key] for key in pool])
        return [pool[i] for i in sorted(range(len(pool)), key=lambda i: (-scores[i], i))]

    at = {n: np.mean(list(ndcg({q: reranked(q, n) for q in test}, data).values())) for n in (10, 50)}
    return Pair(float(at[10]), float(at[50]))


@lru_cache(maxsize=2)
def _vectors(scale: Scale) -> CachedEmbedder:
    return CachedEmbedder(best_embedder(scale))


def forms(seed: int, scale: Scale) -> Mapping[str, dict[str, float]]:
    """E3: mean nDCG@10 of BM25 and dense for questions, their keyword form, and the rule-based way back."""
    data = _fewer(study_data("nq-oracle", 0, 400, 300), 400)
    rng = np.random.default_rng(seed)
    ids = [
        list(data.queries)[i] for i in rng.permutation(len(data.queries))[: 60 if scale == "smoke" else 150]
    ]
    texts = {document.id: document.text for document in data.documents}
    short = {q: keywords(data.queries[q], seed * 10_000 + n) for n, q in enumerate(ids)}
    asked = {
        "question": {q: data.queries[q] for q in ids},
        "keywords": short,
        "back": {q: plain_question(short[q]) for q in ids},
    }
    found: dict[str, dict[str, float]] = {"bm25": {}, "dense": {}}
    for form, queries in asked.items():
        said = [prose(query) for query in queries.values()]
        for name, rankings in (
            ("bm25", bm25(texts, said, 10, **DEFAULT)),
            ("dense", dense(texts, list(queries.values()), 10, _vectors(scale))),
        ):
            scores = ndcg(dict(zip(queries, rankings, strict=True)), data)
            found[name][form] = float(np.mean(list(scores.values())))
    return found


def _fewer(data: Data, n: int) -> Data:
    """The first n passages and the questions that they answer."""
    kept = data.documents[:n]
    inside = {document.id for document in kept}
    qrels = {q: grades for q, grades in data.qrels.items() if set(grades) <= inside}
    return Data(data.name, kept, {q: data.queries[q] for q in qrels if q in data.queries}, qrels)


@system(
    slug="text-ranking-in-deep-research",
    title="Revisiting Text Ranking in Deep Research",
    paper="2602.21456",
    idea="Hold agent and corpus fixed, swap every part of the text-ranking stack, and see which part carries.",
    parts=("retrieval.units", "retrieval.query_forms", "retrieval.rerank.base", "retrieval.rerank.pointwise",
           "retrieval.rerank.linear", "retrieval.multivector", "retrieval.fusion", "bench.retrieval_study"),
    claims=(
        Claim("verbosity", "Where distractors are long, strong length normalisation finds more short gold documents.",
              "recall@5", "BM25 k1=10 b=1", "BM25 k1=.9 b=.4"),
        Claim("scope", "Where documents are long because they say more, the order turns round.",
              "recall@5", "BM25 k1=.9 b=.4", "BM25 k1=10 b=1"),
        Claim("visibility", "Passages show the gold text in the first 400 words more often than documents do.",
              "gold visible@5", "passages", "documents"),
        Claim("depth", "Re-ranking 50 candidates beats re-ranking 10.", "nDCG@10", "depth 50", "depth 10"),
        Claim("form", "Keyword form costs dense retrieval more than it costs BM25.",
              "loss of nDCG@10", "dense", "BM25"),
        Claim("q2q", "Turning keywords back into a question helps dense retrieval.",
              "nDCG@10 of dense", "question by rule", "keywords"),
    ),
    departs="Retrieval only; nq-oracle and SciFact or seeded synthetic collections; rule-based sentence borders; a "
    "small linear re-ranker; the rule-based Q2Q.",
    not_verified="End-to-end accuracies with language models, SPLADE-v3, ColBERTv2, 8B encoders and monoT5-3B.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    """Units, depth and query form on one draw of questions per seed."""
    shares, wide = units(seed, scale)
    form = forms(seed, scale)
    loss = {name: scores["question"] - scores["keywords"] for name, scores in form.items()}
    return {
        "verbosity": Pair(shares.default, shares.strong),
        "scope": Pair(wide.strong, wide.default),
        "visibility": Pair(wide.visible_in_documents, wide.visible_as_passages),
        "depth": depth(seed, scale),
        "form": Pair(loss["bm25"], loss["dense"]),
        "q2q": Pair(form["dense"]["keywords"], form["dense"]["back"]),
    }
