"""BrowseComp-Plus: a fixed corpus in which retriever and agent are scored apart (arXiv:2508.06600).

Idea: freeze the corpus, know the evidence, and deep research becomes reproducible: swap the retriever under one agent.
Method: accuracy by a judge, evidence recall over everything retrieved, search calls, calibration over bins of 100
answers, citation precision and recall; retrieval alone by recall@5/100/1000 and nDCG@10.
Assumes: the evidence documents are complete for each question.
Departs: the questions are encrypted on a hub, so the experiment runs on MiniComp, a procedural twin with hard
negatives, and an agent of rules; calibration counts every bin and missing runs count as wrong (upstream modes stay).
Not verified: the published table of language models and 0.6B to 8B embedders; agreement of the judges.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import numpy as np

from leadline.bench.retrieval_minicomp import MiniComp, Question, minicomp
from leadline.bench.retrieval_seeker import Result, Search, clue_query, investigate
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.models.embed import embedder
from leadline.retrieval.dense import DenseIndex
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.rerank.linear import LinearReranker

DEPTH = 30


@contextmanager
def retrievers(world: MiniComp, seed: int, learn: list[Question]) -> Iterator[dict[str, Search]]:
    """random, BM25, and BM25 re-ranked by a linear model trained on the questions in `learn`."""
    texts = world.texts()
    with TemporaryDirectory(prefix="leadline-minicomp-") as folder:
        index = LexicalIndex.create(folder)
        with index.writer() as writer:
            for key, text in texts.items():
                writer.add(key, text)

        def bm25(query: str, k: int) -> list[str]:
            return list(index.search(query, k).ids)

        def chance(query: str, k: int) -> list[str]:
            return random.Random(f"{seed} {query}").sample(sorted(texts), k)

        model = _trained(world, texts, bm25, learn)

        def reranked(query: str, k: int) -> list[str]:
            pool = bm25(query, DEPTH)
            scores = model.score(query, [texts[key] for key in pool])
            return [pool[i] for i in sorted(range(len(pool)), key=lambda i: (-scores[i], i))][:k]

        yield {"random": chance, "bm25": bm25, "rerank": reranked}


def _trained(
    world: MiniComp, texts: Mapping[str, str], bm25: Search, learn: list[Question]
) -> LinearReranker:
    """Learns from clue queries (the answer's page) and from names (the page of that name)."""
    asked = {q.id: (clue_query(q), q.gold) for q in learn}
    for question in learn:
        teacher = next(
            key for key in question.evidence if key != question.gold or len(question.evidence) == 1
        )
        asked[f"{question.id}-name"] = (world.pages[teacher].name, teacher)
    pools = {key: bm25(query, DEPTH) for key, (query, _) in asked.items()}
    model = LinearReranker(list(texts.values()), embedder("wordllama"))
    return model.fit(
        {key: query for key, (query, _) in asked.items()},
        {key: [texts[page] for page in pool] for key, pool in pools.items()},
        {key: [page == asked[key][1] for page in pool] for key, pool in pools.items()},
    )


def oracle(question: Question, bm25: Search) -> Search:
    """The evidence first, whatever is asked."""
    return lambda query, k: list(dict.fromkeys([*question.evidence, *bm25(query, k)]))[:k]


def measures(results: list[tuple[Question, Result]]) -> dict[str, float]:
    """Accuracy, evidence recall and search calls, means over questions."""
    return {
        "accuracy": float(np.mean([result.answer == q.answer for q, result in results])),
        "recall": float(
            np.mean([len(set(q.evidence) & set(r.retrieved)) / len(q.evidence) for q, r in results])
        ),
        "searches": float(np.mean([result.searches for _, result in results])),
    }


def dense_recall(world: MiniComp, questions: list[Question], k: int = 5) -> float:
    """Recall@5 of evidence by single-vector search with the whole question."""
    texts, model = world.texts(), embedder("wordllama")
    index = DenseIndex(list(texts), model.encode(list(texts.values())))
    found = index.search_vectors(model.encode_queries([q.text for q in questions]), k)
    shares = [
        len({hit.id for hit in hits} & set(q.evidence)) / len(q.evidence)
        for q, hits in zip(questions, found, strict=True)
    ]
    return float(np.mean(shares))


@system(
    slug="browsecomp-plus",
    title="BrowseComp-Plus: a fixed-corpus benchmark for deep-research agents",
    paper="2508.06600",
    idea="Freeze the corpus and know the evidence: then retriever and agent can be scored apart and again.",
    parts=("bench.browsecomp_runs", "bench.protocols.browsecomp_plus", "bench.retrieval_minicomp",
           "bench.retrieval_seeker", "bench.metrics.calibration", "bench.metrics.citations", "retrieval.rerank.linear"),
    claims=(
        Claim("bm25", "BM25 answers more than chance.", "accuracy", "BM25", "random"),
        Claim("rerank", "Re-ranking answers more.", "accuracy", "BM25 + re-ranking", "BM25"),
        Claim("oracle", "Even then evidence is missing: an oracle answers more.", "accuracy",
              "oracle", "BM25 + re-ranking"),
        Claim("recall", "Evidence recall rises in the same order.", "evidence recall", "BM25 + re-ranking", "BM25"),
        Claim("calls", "A better retriever needs fewer search calls.", "search calls",
              "BM25 + re-ranking", "BM25", "lower"),
        Claim("reading", "Opening documents helps where snippets hide late evidence.", "accuracy",
              "snippets and get_document", "snippets"),
        Claim("distractors", "Ten times more pages lower dense recall.", "recall@5",
              "with distractors", "without", "lower"),
    ),
    departs="MiniComp in place of the encrypted questions, rules in place of a language model, strict calibration.",
    not_verified="The published accuracies of language models and embedders; judge agreement.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    """One world per seed; two thirds of its questions are asked, one third trains the re-ranker."""
    pages, n_questions = (120, 24) if scale == "smoke" else (1500, 150)
    world = minicomp(pages, n_questions, seed)
    learn, asked = world.questions[: len(world.questions) // 3], world.questions[len(world.questions) // 3 :]
    with retrievers(world, seed, learn) as found:
        scores = {
            name: measures([(q, investigate(q, world, search)) for q in asked])
            for name, search in found.items()
        }
        best = [(q, investigate(q, world, oracle(q, found["bm25"]))) for q in asked]
        scores["oracle"] = measures(best)
        snippets = {
            read: measures(
                [(q, investigate(q, world, found["rerank"], snippet=80, read=read)) for q in asked]
            )
            for read in (False, True)
        }
    few = pages // 4
    crowd = minicomp(few, len(asked) // 2, seed, n_distractors=10 * few)
    kept = list(crowd.pages.items())[: len(crowd.pages) - 10 * few]
    plain = MiniComp(dict(kept), crowd.questions)
    return {
        "bm25": Pair(scores["random"]["accuracy"], scores["bm25"]["accuracy"]),
        "rerank": Pair(scores["bm25"]["accuracy"], scores["rerank"]["accuracy"]),
        "oracle": Pair(scores["rerank"]["accuracy"], scores["oracle"]["accuracy"]),
        "recall": Pair(scores["bm25"]["recall"], scores["rerank"]["recall"]),
        "calls": Pair(scores["bm25"]["searches"], scores["rerank"]["searches"]),
        "reading": Pair(snippets[False]["accuracy"], snippets[True]["accuracy"]),
        "distractors": Pair(dense_recall(plain, plain.questions), dense_recall(crowd, crowd.questions)),
    }
