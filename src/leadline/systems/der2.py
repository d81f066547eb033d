"""DeR2: a sandbox that separates retrieval from reasoning (arXiv:2601.21937).

Idea: ask the same question with nothing, the concepts, the related documents, and noise added; the gaps between
the four scores say what failed.
Method: knowledge loss C - I, document loss C - R, noise loss R - F, retrieval loss C - F.
Departs: invented operators modulo a prime instead of theory papers, so that nothing is known beforehand; readers
are rules with a 5 % slip per concept.
Not verified: the released 300 items (two of four regimes only, no licence), the judge's partial credit.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.metrics.regimes import Gaps, gaps
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.item import Item
from leadline.tasks.makers.regimes import Reader, build, careful_reader, careless_reader, evidence


def accuracy(
    items: list[Item], reader: Reader, regime: str, rng: np.random.Generator, slip: float = 0.05
) -> float:
    """Exact-match accuracy of a reader that slips with probability `slip` on each concept."""
    right = 0
    for item in items:
        executed = rng.random() < (1 - slip) ** int(item.metadata["k"])
        right += executed and str(reader(item.question, evidence(item, regime))) == item.answers[0]
    return right / len(items)


def regime_gaps(items: list[Item], reader: Reader, rng: np.random.Generator) -> tuple[dict[str, float], Gaps]:
    score = {regime: accuracy(items, reader, regime, rng) for regime in "ICRF"}
    return score, gaps(score["I"], score["C"], score["R"], score["F"])


@system(
    slug="der2",
    title="DeR2: retrieval-infused reasoning sandbox",
    paper="2601.21937",
    idea="Four evidence regimes for one question: their gaps name the failure.",
    parts=("bench.metrics.regimes", "tasks.makers.regimes", "tasks.accept"),
    claims=(
        Claim("noise", "Noise documents hurt the careless reader and not the careful one", "noise loss R - F",
              "careless", "careful"),
        Claim("concepts", "Concepts are what is missing: C beats I", "accuracy", "concepts", "instruction only"),
        Claim("length", "Accuracy with the concepts falls with their number", "accuracy in C", "4 concepts",
              "1 concept", "lower"),
    ),
    departs="Invented operators and rule readers; exact match instead of a graded judge.",
    not_verified="The released instances; mode-switch fragility of trained models.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 33])
    n = 200 if scale == "full" else 60
    items = [build(rng, int(rng.integers(1, 5)), f"i{i}") for i in range(n)]
    careful, careful_gaps = regime_gaps(items, careful_reader, rng)
    _, careless_gaps = regime_gaps(items, careless_reader, rng)
    one, four = ([build(rng, k, f"k{k}-{i}") for i in range(n)] for k in (1, 4))
    return {
        "noise": Pair(baseline=careful_gaps.noise, method=careless_gaps.noise),
        "concepts": Pair(baseline=careful["I"], method=careful["C"]),
        "length": Pair(
            baseline=accuracy(one, careful_reader, "C", rng), method=accuracy(four, careful_reader, "C", rng)
        ),
    }
