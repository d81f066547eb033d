"""IoD DeepResearch Benchmark: retrieval, question answering and reports over private mixed data (arXiv:2510.01553)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leadline.bench.metrics.answers import verify_answer
from leadline.bench.metrics.citations import citation_scores, context_precision
from leadline.bench.metrics.claims import f1
from leadline.bench.protocol import Answer, Case, Protocol, Scored, Scores, Twin, json_lines, mean_of
from leadline.bench.twin import answer_case, twin_world
from leadline.errors import SourceError
from leadline.models.judge import Judge
from leadline.tasks.makers import maker


def load(path: Path) -> list[Case]:
    """Rows {id, question, task} with task 1 (retrieval: documents), 2 (question answering: answer, documents) or 3
    (reports: key_points)."""
    cases = []
    for r in json_lines(path, ("id", "question", "task")):
        gold = {
            "answers": [r["answer"]] if "answer" in r else [],
            "evidence": r.get("documents", []),
            "key_points": r.get("key_points", []),
        }
        if not any(gold.values()):
            raise SourceError(f"{path}: {r['id']} has neither answer, documents nor key_points.")
        cases.append(Case(str(r["id"]), r["question"], gold, {"task": r["task"]}))
    return cases


def twin(seed: int, n: int) -> Twin:
    """Single-hop and multi-hop questions half and half, over pages, news and minutes; every fifth case is a report
    over several facts instead."""
    world, library = twin_world(seed, n)
    n_reports = n // 5
    single = list(maker("levels")(world, library, max(1, n - n_reports - (n - n_reports) // 2), seed))
    hard = list(maker("multihop")(world, library, (n - n_reports) // 2, seed))
    reports = [
        Case(i.id, i.question, {"key_points": [s.quote for s in i.evidence]}, {"task": 3})
        for i in maker("inverted")(world, library, n_reports, seed)
    ]
    return Twin([*(answer_case(item) for item in single + hard), *reports], library.documents)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Task 1: precision, recall and F1 over documents (cited, else retrieved). Task 2: answer accuracy, context
    precision, recall and F1, faithfulness of the claims to the pages that they cite. Task 3: share of key points in the
    report, as accuracy and on the paper's scale of 1 to 10 ("report"). Tables of the paper use the F1 of averaged P
    and R: compute it from the means."""
    scores: Scores = {}
    evidence, points, answers = (case.gold.get(k, []) for k in ("evidence", "key_points", "answers"))
    if points:
        covered = [judge.judge(point, answer.text).verdict == "supported" for point in points]
        share = sum(covered) / len(covered)
        scores |= {"accuracy": share, "report": 1 + 9 * share}
    if answers:
        scores["accuracy"] = verify_answer(answer.text, answers, case.gold.get("answer_type", "text"))
    if evidence:
        precision, recall = citation_scores(answer.citations or answer.retrieved, evidence)
        context = (
            context_precision(answer.retrieved, evidence),
            citation_scores(answer.retrieved, evidence).recall,
        )
        scores |= {"precision": precision, "recall": recall, "F1": f1(precision, recall)}
        scores |= {"context precision": context[0], "context recall": context[1], "context F1": f1(*context)}
    judged = [
        judge.judge(c.text, "\n".join(c.pages)).verdict == "supported" for c in answer.claims if c.pages
    ]
    return scores | ({"faithfulness": sum(judged) / len(judged)} if judged else {})


def over_all(scored: Sequence[Scored]) -> Scores:
    """F1 of the averaged precision and recall, as the paper's tables have it."""
    p, r, cp, cr = (
        mean_of(scored, m) for m in ("precision", "recall", "context precision", "context recall")
    )
    return {"F1 of means": f1(p, r), "context F1 of means": f1(cp, cr)}


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
    over_all=over_all,
)
