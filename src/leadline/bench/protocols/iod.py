"""IoD DeepResearch Benchmark: retrieval and question answering over private mixed data (arXiv:2510.01553)."""

from __future__ import annotations

from pathlib import Path

from leadline.bench.metrics.answers import verify_answer
from leadline.bench.metrics.citations import citation_scores
from leadline.bench.metrics.claims import f1
from leadline.bench.protocol import Answer, Case, Protocol, Scores, Twin, json_lines
from leadline.bench.twin import answer_case, twin_world
from leadline.models.judge import Judge
from leadline.tasks.makers import maker


def load(path: Path) -> list[Case]:
    """Rows {id, question, answer, documents, task} with task 1 (retrieval) or 2 (question answering)."""
    return [
        Case(
            str(r["id"]),
            r["question"],
            {"answers": [r["answer"]], "evidence": r["documents"]},
            {"task": r["task"]},
        )
        for r in json_lines(path, ("id", "question", "answer", "documents", "task"))
    ]


def twin(seed: int, n: int) -> Twin:
    """Single-hop and multi-hop questions half and half, over pages, news and minutes."""
    world, library = twin_world(seed, n)
    single = list(maker("levels")(world, library, max(1, n - n // 2), seed))
    hard = list(maker("multihop")(world, library, n // 2, seed))
    return Twin([answer_case(item) for item in single + hard], library.documents)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Task 1: precision, recall and F1 over documents (cited, else retrieved). Task 2: answer accuracy, context
    recall. Tables of the paper use the F1 of averaged P and R: compute it from the means."""
    named = answer.citations or answer.retrieved
    precision, recall = citation_scores(named, case.gold["evidence"])
    return {
        "accuracy": verify_answer(answer.text, case.gold["answers"], case.gold.get("answer_type", "text")),
        "precision": precision,
        "recall": recall,
        "F1": f1(precision, recall),
        "context recall": citation_scores(answer.retrieved, case.gold["evidence"]).recall,
    }


PROTOCOL = Protocol(
    name="iod",
    title="IoD DeepResearch Benchmark",
    paper="2510.01553",
    licence="not published",
    how_to_get="The benchmark is announced and not published; give your own rows in the format of its loader.",
    main="accuracy",
    twin=twin,
    score=score,
    load=load,
)
