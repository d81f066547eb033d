"""ResearchRubrics: signed-weight criteria written by people (arXiv:2511.07685).

Idea: a report is as good as the share of weighted criteria that it satisfies, penalties included.
Method: S = sum w m / sum of positive w, with m in {1, .5, 0} (ternary) or {1, 0} (binary).
Departs: a triggered penalty counts as the failure (the released breakdown counts an avoided one).
Not verified: the 101 prompts and 2,593 criteria (on a hub); human agreement; the experts' weights.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.metrics.agreement import macro_f1
from leadline.bench.metrics.rubrics import compliance
from leadline.bench.system import Claim, Pair, Scale, system


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
    ),
    departs="Latent-quality judges stand for people; a triggered penalty is the failure.",
    not_verified="Official prompts, criteria and human labels; the effect of examples inside criteria.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 32])
    n = 101 if scale == "full" else 30
    ternary, binary = grain(rng, n)
    by_score, by_length = separation(rng, 3 * n)
    return {"grain": Pair(ternary, binary), "separation": Pair(by_length, by_score)}
