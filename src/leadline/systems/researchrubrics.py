"""ResearchRubrics: signed-weight criteria written by people (arXiv:2511.07685).

Idea: a report is as good as the share of weighted criteria that it satisfies, penalties included.
Method: S = sum w m / sum of positive w, with m in {1, .5, 0} (ternary) or {1, 0} (binary).
Departs: a triggered penalty counts as the failure (the released breakdown counts an avoided one).
Not verified: the 101 prompts and 2,593 criteria (on a hub); human agreement; the experts' weights.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leadline.bench.metrics.agreement import macro_f1
from leadline.bench.metrics.rubrics import compliance
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.models.embed import embedder
from leadline.models.judge import fit_threshold
from leadline.tasks.render.text import FILLER, sentence
from leadline.tasks.schema import BY_NAME
from leadline.tasks.world import World, make_world


def verdicts(x: np.ndarray) -> list[str]:
    """Labels of latent qualities: satisfied above .3, not satisfied below -.3, partial between."""
    return ["S" if v > 0.3 else "N" if v < -0.3 else "P" for v in x]


def grain(rng: np.random.Generator, n_tasks: int) -> tuple[float, float]:
    """Mean macro F1 of a noisy judge against gold, ternary and binary (specification, proof B)."""
    ternary, binary = [], []
    for _ in range(n_tasks):
        quality = rng.normal(0.3, 1.0, int(rng.integers(20, 44)))
        gold, judge = verdicts(quality), verdicts(quality + rng.normal(0, 0.6, quality.size))
        ternary.append(macro_f1(gold, judge, "SPN"))
        two = [["S" if v == "S" else "N" for v in side] for side in (gold, judge)]
        binary.append(macro_f1(two[0], two[1], "SN"))
    return float(np.mean(ternary)), float(np.mean(binary))


def separation(rng: np.random.Generator, n_tasks: int) -> tuple[float, float]:
    """How well S and mere length tell better reports from worse: share of pairs ordered right (proof C).

    Each task plants 12 weighted facts and 3 penalties; a report states a subset of the facts, triggers some
    penalties, and has filler of independent length.
    """
    right_s = right_length = 0
    for _ in range(n_tasks):
        weights = [*rng.integers(1, 6, 12).tolist(), *(-rng.integers(1, 6, 3)).tolist()]
        scores, lengths, truth = [], [], []
        for share in rng.uniform(0.2, 0.9, 2):
            facts = rng.random(12) < share
            faults = rng.random(3) < 1 - share
            scores.append(compliance(weights, [*facts.astype(float), *faults.astype(float)]))
            lengths.append(int(facts.sum()) * 12 + int(rng.integers(0, 200)))
            truth.append(share)
        right_s += (scores[0] > scores[1]) == (truth[0] > truth[1])
        right_length += (lengths[0] > lengths[1]) == (truth[0] > truth[1])
    return right_s / n_tasks, right_length / n_tasks


class Report(NamedTuple):
    """A planted report: which of its task's 12 facts it states, criteria with and without an example phrase."""

    sentences: list[str]
    stated: list[bool]
    plain: list[str]
    exemplified: list[str]


def planted_reports(world: World, rng: np.random.Generator, n: int) -> list[Report]:
    """Each of 12 facts is stated with a chance of the report's own, among filler of independent length."""
    reports = []
    for _ in range(n):
        facts = [world.facts[i] for i in rng.choice(len(world.facts), 12, replace=False)]
        share = rng.uniform(0.2, 0.8)
        stated = [bool(rng.random() < share) for _ in facts]
        lines = [sentence(world, f, rng) for f, on in zip(facts, stated, strict=True) if on]
        lines += [FILLER[int(rng.integers(len(FILLER)))] for _ in range(int(rng.integers(0, 12)))]
        names = [BY_NAME[f.predicate].question.format(s=world.entities[f.subject].name) for f in facts]
        plain = [f"The report gives {name}." for name in names]
        examples = [f"{p} For example: {sentence(world, f, rng)}" for p, f in zip(plain, facts, strict=True)]
        reports.append(Report([lines[i] for i in rng.permutation(len(lines))], stated, plain, examples))
    return reports


def similarity(reports: list[Report], *, exemplified: bool) -> list[list[float]]:
    """Per report and criterion the cosine of the closest sentence."""
    model = embedder("wordllama")
    found = []
    for report in reports:
        criteria = report.exemplified if exemplified else report.plain
        if not report.sentences:
            found.append([0.0] * len(criteria))
            continue
        found.append((model.encode(criteria) @ model.encode(report.sentences).T).max(axis=1).tolist())
    return found


def fitted_f1(scores: list[list[float]], reports: list[Report]) -> float:
    """Macro F1 of verdicts by a threshold that is fitted on the first half, measured on the second."""
    half = len(reports) // 2
    threshold = fit_threshold(
        [s for row in scores[:half] for s in row], [on for r in reports[:half] for on in r.stated]
    )
    gold = [on for r in reports[half:] for on in r.stated]
    return macro_f1(gold, [s >= threshold for row in scores[half:] for s in row], (True, False))


@system(
    slug="researchrubrics",
    title="ResearchRubrics: expert-written weighted rubrics for deep-research reports",
    paper="2511.07685",
    idea="Many right reports, one score: weighted criteria, each judged alone, faults with negative weight.",
    parts=("bench.metrics.rubrics", "bench.metrics.agreement", "models.judge"),
    claims=(
        Claim("grain", "Judges agree better on binary than on ternary verdicts", "macro F1", "binary", "ternary"),
        Claim("separation", "Compliance orders reports by planted quality better than their length does",
              "share of pairs ordered right", "compliance", "length"),
        Claim("judge", "A fitted embedding judge per criterion beats the length of the whole report", "macro F1",
              "embedding", "length"),
        Claim("examples", "An example phrase inside a criterion helps the judge", "macro F1", "with example",
              "without"),
    ),
    departs="Latent-quality judges and planted reports stand for people; a triggered penalty is the failure.",
    not_verified="Official prompts, criteria and human labels; expansion of criteria by a model.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 32])
    n = 101 if scale == "full" else 30
    ternary, binary = grain(rng, n)
    by_score, by_length = separation(rng, 3 * n)
    reports = planted_reports(make_world(1500, seed), rng, 40 if scale == "full" else 12)
    lengths = [[float(sum(map(len, r.sentences)))] * len(r.stated) for r in reports]
    plain, exemplified = (fitted_f1(similarity(reports, exemplified=e), reports) for e in (False, True))
    return {
        "grain": Pair(ternary, binary),
        "separation": Pair(by_length, by_score),
        "judge": Pair(fitted_f1(lengths, reports), plain),
        "examples": Pair(plain, exemplified),
    }
