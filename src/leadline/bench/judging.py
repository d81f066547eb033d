"""How well judges agree with planted truth: reports with a known share of stated, altered and omitted facts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leadline.bench.metrics.agreement import cohen_kappa, macro_f1
from leadline.models.judge import Judge
from leadline.tasks.render.text import sentence
from leadline.tasks.schema import BY_NAME
from leadline.tasks.world import make_world

LABELS = ("supported", "omitted", "contradicted")


class Agreement(NamedTuple):
    judge: str
    version: str
    n: int
    accuracy: float
    macro_f1: float
    kappa: float
    contradiction_recall: float


def planted_reports(seed: int, n_reports: int, n_points: int = 12) -> list[tuple[str, list[str], list[str]]]:
    """(report, key points, gold labels). A stated point is worded anew, an altered one gets another value or a
    negation, an omitted one is absent."""
    world, rng = make_world(600, seed), np.random.default_rng([seed, 53])
    reports = []
    for _ in range(n_reports):
        facts = [world.facts[i] for i in rng.choice(len(world.facts), n_points, replace=False)]
        points, labels, lines = [], [], []
        for fact in facts:
            points.append(sentence(world, fact, rng))
            label = LABELS[int(rng.integers(3))]
            if label == "supported":
                lines.append(sentence(world, fact, rng))
            elif label == "contradicted":
                lines.append(_altered(world.entities[fact.subject].name, fact.predicate, fact.value, rng))
            labels.append(label)
        reports.append((" ".join(lines), points, labels))
    return reports


def _altered(subject: str, predicate: str, value: str, rng: np.random.Generator) -> str:
    rule = BY_NAME[predicate]
    if rule.range == "number":
        value = f"{int(value.replace(',', '')) * 2 + 1:,}"
    elif rule.range == "date":
        value = f"{int(value[:4]) - 7}{value[4:8]}{(int(value[8:]) % 28) + 1:02d}"
    else:
        return f"It is not true that {rule.wordings[0].format(s=subject, o=value)}"
    return rule.wordings[int(rng.integers(len(rule.wordings)))].format(s=subject, o=value)


def measure(judge: Judge, seed: int = 0, n_reports: int = 20) -> Agreement:
    """Agreement of one judge with the planted labels."""
    gold: list[str] = []
    said: list[str] = []
    for report, points, labels in planted_reports(seed, n_reports):
        gold += labels
        said += [judge.judge(point, report).verdict for point in points]
    right = sum(g == s for g, s in zip(gold, said, strict=True))
    conflicts = [s for g, s in zip(gold, said, strict=True) if g == "contradicted"]
    return Agreement(
        judge.id, judge.version, len(gold), right / len(gold), macro_f1(gold, said, LABELS),
        cohen_kappa(gold, said), conflicts.count("contradicted") / len(conflicts) if conflicts else 0.0,
    )  # fmt: skip
