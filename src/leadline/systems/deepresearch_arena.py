"""DeepResearch Arena: research tasks from seminars, ranked by Elo, scored by key points (arXiv:2509.01396).

Idea: talks hold questions as researchers raise them; pairwise judgements with confidence sort the tasks made from
them, and a report is measured by the key points of its own cited pages.
Method: MAHTG (Inspira, TaskWeaver, RankEval); Elo with soft outcomes; KSR + KCR + KOR = 1; ACE checklists.
Departs: procedural talks with planted inspirations; Inspira goes by cue phrases; a report without citations is
flagged instead of divided by zero.
Not verified: the 10,000 tasks (not released), the models' scores, human agreement.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.metrics.agreement import kendall_tau
from leadline.bench.metrics.elo import elo_rank
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.makers.transcripts import inspire, talk


def elo_recovery(seed: int, n: int, rounds: int, *, soft: bool) -> float:
    """Kendall tau between planted quality and Elo after `rounds` of noisy pairs (specification, proof A)."""
    rng = np.random.default_rng([seed, 34])
    quality = rng.normal(size=n)

    def judge(a: int, b: int) -> float:
        difference = quality[a] - quality[b] + rng.normal()
        confidence = 0.5 + 0.5 * (1 - np.exp(-abs(difference))) if soft else 1.0
        return float(confidence if difference > 0 else 1 - confidence)

    return kendall_tau(quality, elo_rank(n, judge, rounds=rounds, seed=seed))  # type: ignore[arg-type]


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
    parts=("tasks.makers.transcripts", "bench.metrics.elo", "bench.metrics.keypoints", "bench.metrics.leakage"),
    claims=(
        Claim("soft", "Soft outcomes rank better than hard ones at equal rounds", "Kendall tau, 10 rounds", "soft",
              "hard"),
        Claim("rounds", "Two rounds are too few to trust the ranking", "Kendall tau", "10 rounds", "2 rounds"),
        Claim("gate", "The two-trait gate cuts chatter", "precision of Inspira", "two traits", "one trait"),
    ),
    departs="Planted talks and rule roles; models can take each role.",
    not_verified="Official tasks, model scores and human agreement.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    n, talks = (200, 20) if scale == "full" else (80, 5)
    soft = elo_recovery(seed, n, 10, soft=True)
    return {
        "soft": Pair(baseline=elo_recovery(seed, n, 10, soft=False), method=soft),
        "rounds": Pair(baseline=elo_recovery(seed, n, 2, soft=True), method=soft),
        "gate": Pair(baseline=inspira_precision(seed, talks, 1), method=inspira_precision(seed, talks, 2)),
    }
