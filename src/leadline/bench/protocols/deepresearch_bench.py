"""DeepResearch Bench criteria: four weighted dimensions of weighted criteria per task (RACE)."""

from __future__ import annotations

from pathlib import Path

from leadline.bench.metrics.rubrics import checklist
from leadline.bench.protocol import Answer, Case, Protocol, Scores, Twin, json_lines
from leadline.bench.twin import twin_of
from leadline.errors import SourceError
from leadline.models.judge import Judge


def load(path: Path) -> list[Case]:
    """criteria.jsonl: id, prompt, dimension_weight, criterions {dimension: [{criterion, explanation, weight}]}."""
    cases = []
    for row in json_lines(path, ("id", "prompt", "dimension_weight", "criterions")):
        for dimension, weight in row["dimension_weight"].items():
            if dimension not in row["criterions"]:
                raise SourceError(
                    f"{path}: task {row['id']} has no criteria for {dimension!r} (weight {weight})."
                )
        gold = {"dimension_weight": row["dimension_weight"], "criterions": row["criterions"]}
        cases.append(Case(str(row["id"]), row["prompt"], gold))
    return cases


def twin(seed: int, n: int) -> Twin:
    """Comprehensiveness: each evidence sentence is stated. Instruction following: each name is given."""
    items, library = twin_of("inverted", seed, n)
    cases = []
    for item in items:
        facts = [{"criterion": s.quote, "weight": 1 / len(item.evidence)} for s in item.evidence]
        names = [
            {"criterion": name, "weight": 1 / len(item.metadata["claims"])}
            for name in item.metadata["claims"]
        ]
        gold = {"dimension_weight": {"comprehensiveness": 0.6, "instruction_following": 0.4},
                "criterions": {"comprehensiveness": facts, "instruction_following": names}}  # fmt: skip
        cases.append(Case(item.id, item.question, gold))
    return Twin(cases, library.documents)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Weighted mean over dimensions of the weighted mean of judged support, 0..100 (RACE without a reference)."""
    weights = case.gold["dimension_weight"]
    per = {
        dimension: checklist(
            [float(c["weight"]) for c in criteria],
            [float(judge.judge(c["criterion"], answer.text).verdict == "supported") for c in criteria],
        )
        for dimension, criteria in case.gold["criterions"].items()
    }
    total = checklist([weights[d] for d in per], list(per.values()))
    return {"RACE": 100 * total, **{dimension: 100 * value for dimension, value in per.items()}}


PROTOCOL = Protocol(
    name="deepresearch-bench",
    title="DeepResearch Bench (RACE criteria)",
    paper="2506.11763",
    licence="Apache-2.0",
    how_to_get="Take data/criteria_data/criteria.jsonl from Ayanami0730/deep_research_bench.",
    main="RACE",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 100},
    known={
        "4dbd2451bc487647b3588193e52b00be1fbe5540174da3b3707db57197697edb": "all 100 tasks (214741e4)",
        "d8ee24d8fb6971f9a9b28a21570f10cec6b4b09c8e7135167df3bc892dc11263": "66 of them, two thirds of each language",
    },
)
