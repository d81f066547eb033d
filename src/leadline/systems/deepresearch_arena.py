"""DeepResearch Arena: research tasks from seminars, ranked by Elo, scored by key points (arXiv:2509.01396).

Idea: talks hold questions as researchers raise them; pairwise judgements with confidence sort the tasks made from
them, and a report is measured by the key points of its own cited pages.
Method: MAHTG (Inspira, TaskWeaver, RankEval); Elo with soft outcomes; KSR + KCR + KOR = 1; ACE checklists.
Departs: procedural talks with planted inspirations; Inspira goes by cue phrases; a report without citations is
flagged instead of divided by zero.
Not verified: the 10,000 tasks (not released), the models' scores, human agreement.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from leadline.bench.metrics.agreement import kendall_tau
from leadline.bench.metrics.elo import elo_rank
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.models.judge import Judge, RuleJudge
from leadline.tasks.makers.transcripts import inspire, talk
from leadline.tasks.names import word


class Recovery(NamedTuple):
    tau: float
    """Kendall's, between planted quality and Elo."""
    top: float
    """Share of the best tenth by quality among the best tenth by Elo."""


def elo_recovery(seed: int, n: int, rounds: int, *, soft: bool) -> Recovery:
    """How far `rounds` of noisy pairs recover planted quality (specification, proof A)."""
    rng = np.random.default_rng([seed, 34])
    quality = rng.normal(size=n)

    def judge(a: int, b: int) -> float:
        difference = quality[a] - quality[b] + rng.normal()
        confidence = 0.5 + 0.5 * (1 - np.exp(-abs(difference))) if soft else 1.0
        return float(confidence if difference > 0 else 1 - confidence)

    ratings = elo_rank(n, judge, rounds=rounds, seed=seed)
    best, ranked = (set(np.argsort(values)[-n // 10 :].tolist()) for values in (quality, np.asarray(ratings)))
    return Recovery(kendall_tau(quality.tolist(), ratings), len(best & ranked) / len(best))


def report_counts(rng: np.random.Generator, judge: Judge) -> int:
    """How far a judge's counts are from the planted ones: 12 key points, some repeated, negated or left out by a
    report (specification, proof C). Sum of the absolute differences over the three labels."""
    points = [f"The {word(rng, 3)} station uses {word(rng, 3).lower()} filters." for _ in range(12)]
    labels = rng.integers(3, size=12)
    lines = [p if label == 0 else p.replace(" uses ", " does not use ") for p, label in zip(points, labels, strict=True)
             if label < 2]  # fmt: skip
    said: list[str] = [judge.judge(point, " ".join(lines)).verdict for point in points]
    names = ("supported", "contradicted", "omitted")
    return sum(abs(said.count(name) - labels.tolist().count(i)) for i, name in enumerate(names))


def inspira_precision(seed: int, n_talks: int, min_traits: int) -> float:
    """Share of extracted sentences that were planted."""
    rng = np.random.default_rng([seed, 35])
    hits = total = 0
    for _ in range(n_talks):
        transcript, planted = talk(rng)
        found = inspire(transcript, min_traits=min_traits, limit=99)
        hits += len({i.text for i in found} & {i.text for i in planted})
        total += len(found)
    return hits / total


@system(
    slug="deepresearch-arena",
    title="DeepResearch Arena: seminar-grounded research tasks, Elo ranking, KAE and ACE",
    paper="2509.01396",
    idea="Tasks from talks, sorted by soft pairwise Elo; reports scored against the pages that they cite.",
    parts=("tasks.makers.transcripts", "bench.metrics.elo", "bench.metrics.keypoints", "bench.metrics.leakage",
           "models.judge"),
    claims=(
        Claim("soft", "Soft outcomes rank better than hard ones at equal rounds", "Kendall tau, 10 rounds", "soft",
              "hard"),
        Claim("rounds", "Agreement rises with the rounds: 2 are too few", "Kendall tau", "10 rounds", "2 rounds"),
        Claim("more", "And goes on rising", "Kendall tau", "30 rounds", "10 rounds"),
        Claim("top", "A cut at the top needs more rounds still", "precision in the top tenth", "30 rounds",
              "2 rounds"),
        Claim("negation", "A judge that is blind to negation takes conflicts for support",
              "labels miscounted of 12", "negation-blind", "rule judge"),
        Claim("gate", "The two-trait gate cuts chatter", "precision of Inspira", "two traits", "one trait"),
    ),
    departs="Planted talks and rule roles; models can take each role.",
    not_verified="Official tasks, model scores and human agreement.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    n, talks = (200, 20) if scale == "full" else (80, 5)
    two, ten, thirty = (elo_recovery(seed, n, rounds, soft=True) for rounds in (2, 10, 30))
    judges = (RuleJudge(0.8), RuleJudge(0.8, negation=False))
    right, blind = (
        float(np.mean([report_counts(np.random.default_rng([seed, 29, i]), judge) for i in range(talks)]))
        for judge in judges
    )
    return {
        "soft": Pair(baseline=elo_recovery(seed, n, 10, soft=False).tau, method=ten.tau),
        "rounds": Pair(baseline=two.tau, method=ten.tau),
        "more": Pair(baseline=ten.tau, method=thirty.tau),
        "top": Pair(baseline=two.top, method=thirty.top),
        "negation": Pair(baseline=right, method=blind),
        "gate": Pair(baseline=inspira_precision(seed, talks, 1), method=inspira_precision(seed, talks, 2)),
    }
