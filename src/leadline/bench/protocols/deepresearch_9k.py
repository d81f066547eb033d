"""DeepResearch-9K: three levels of multi-hop questions (arXiv:2603.01152)."""

from __future__ import annotations

import re
from pathlib import Path

from leadline.bench.metrics.answers import verify_answer
from leadline.bench.protocol import Answer, Case, Protocol, Scores, Twin, json_lines
from leadline.bench.twin import answer_twin
from leadline.models.judge import Judge


def load(path: Path) -> list[Case]:
    """Rows {question, difficulty, final answer}; the answer may stand in <answer> tags."""
    cases = []
    for number, row in enumerate(json_lines(path, ("question", "difficulty", "final answer"))):
        tagged = re.search(r"<answer>(.*?)</answer>", row["final answer"], re.DOTALL)
        gold = (tagged[1] if tagged else row["final answer"]).strip()
        cases.append(
            Case(f"9k-{number}", row["question"], {"answers": [gold]}, {"level": int(row["difficulty"])})
        )
    return cases


def twin(seed: int, n: int) -> Twin:
    return answer_twin("levels", seed, n)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Accuracy, also by level, and searches."""
    value = verify_answer(answer.text, case.gold["answers"], "text")
    return {
        "accuracy": value,
        f"accuracy L{case.metadata['level']}": value,
        "searches": float(answer.searches),
    }


PROTOCOL = Protocol(
    name="deepresearch-9k",
    title="DeepResearch-9K",
    paper="2603.01152",
    licence="Apache-2.0 (code); data set card: see the hub",
    how_to_get="Export the Hugging Face data set artillerywu/DeepResearch-9K to JSON lines (9,000 rows).",
    main="accuracy",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 9000},
)
