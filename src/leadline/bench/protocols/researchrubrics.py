"""ResearchRubrics: reports against signed-weight criteria (arXiv:2511.07685)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from leadline.bench.metrics.rubrics import Criterion, compliance, failed, failure_shares, pooled_failures
from leadline.bench.protocol import Answer, Case, Protocol, Scored, Scores, Twin, json_lines
from leadline.bench.twin import twin_of
from leadline.errors import SourceError
from leadline.files import DISK
from leadline.models.judge import Judge
from leadline.models.judge_long import for_long_texts

_COMPLEX = {"conceptual_breadth": "High", "logical_nesting": "Deep"}
"""The paper's names for what the repository calls "Complex"."""


def load(path: Path) -> list[Case]:
    """processed_data.jsonl: prompt, sample_id, domain, three complexity labels, rubrics[{criterion, weight, axis}]."""
    cases = []
    for row in json_lines(path, ("prompt", "sample_id", "rubrics")):
        rubrics = row["rubrics"]
        if not all({"criterion", "weight", "axis"} <= set(r) for r in rubrics):
            raise SourceError(
                f"{path}: sample {row['sample_id']} has a rubric without criterion, weight or axis."
            )
        labels = {k: row.get(k) for k in ("domain", "conceptual_breadth", "logical_nesting", "exploration")}
        labels |= {k: top for k, top in _COMPLEX.items() if labels[k] == "Complex"}
        cases.append(Case(row["sample_id"], row["prompt"], {"rubrics": rubrics}, labels))
    return cases


def twin(seed: int, n: int) -> Twin:
    """Positive criteria are true sentences with weights 1..5; penalties are sentences with a wrong value."""
    items, library = twin_of("inverted", seed, n)
    rng = np.random.default_rng([seed, 51])
    cases = []
    for item in items:
        rubrics = [{"criterion": s.quote, "weight": float(rng.integers(1, 6)), "axis": "Explicit Criteria"}
                   for s in item.evidence]  # fmt: skip
        for span in item.evidence[:2]:
            wrong = span.quote[:-1] + " by 99999."
            rubrics.append(
                {"criterion": wrong, "weight": -float(rng.integers(1, 6)), "axis": "Synthesis of Information"}
            )
        cases.append(Case(item.id, item.question, {"rubrics": rubrics}))
    return Twin(cases, library.documents)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Compliance S and the share of mandatory criteria (|w| >= 4) that hold. The judge never sees a weight.

    A report too long for one call of a model is judged in pieces (`models.judge_long`)."""
    judge = for_long_texts(judge)
    rubrics = case.gold["rubrics"]
    weights = [float(r["weight"]) for r in rubrics]
    marks = [float(judge.judge(r["criterion"], answer.text).verdict == "supported") for r in rubrics]
    criteria = [Criterion(r["criterion"], w, r["axis"]) for r, w in zip(rubrics, weights, strict=True)]
    failures = Counter(c.axis for c, m in zip(criteria, marks, strict=True) if failed(c, m))
    mandatory = [m if w > 0 else 1 - m for w, m in zip(weights, marks, strict=True) if abs(w) >= 4]
    return {
        "compliance": compliance(weights, marks),
        "mandatory": sum(mandatory) / len(mandatory) if mandatory else 1.0,
        **{f"failed {axis}": float(n) for axis, n in failures.items()},
    }


def over_all(scored: Sequence[Scored]) -> Scores:
    """Which axes fail: mean share of a task's failures where the axis failed at all, and share of all failures."""
    tasks = [
        {m.removeprefix("failed "): int(n) for m, n in s.scores.items() if m.startswith("failed ")}
        for s in scored
    ]
    shares, pooled = failure_shares(tasks), pooled_failures(tasks)
    return {f"failures {a}": v for a, v in shares.items()} | {
        f"pooled failures {a}": v for a, v in pooled.items()
    }


def write(results: Sequence[tuple[Case, Answer]], folder: Path) -> None:
    """One Markdown report per sample_id."""
    for case, answer in results:
        DISK.write(folder / f"{case.id}.md", answer.text.encode())


PROTOCOL = Protocol(
    name="researchrubrics",
    title="ResearchRubrics",
    paper="2511.07685",
    licence="MIT",
    how_to_get="Download processed_data.jsonl from the Hugging Face data set ScaleAI/researchrubrics.",
    main="compliance",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 101},
    write=write,
    over_all=over_all,
)
