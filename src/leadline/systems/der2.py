"""DeR2: a sandbox that separates retrieval from reasoning (arXiv:2601.21937).

Idea: ask the same question with nothing, the concepts, the related documents, and noise added; the gaps between
the four scores say what failed.
Method: knowledge loss C - I, document loss C - R, noise loss R - F, retrieval loss C - F.
Departs: invented operators modulo a prime instead of theory papers, so that nothing is known beforehand; readers
are rules with a 5 % slip per concept.
Not verified: the released 300 items (two of four regimes only, no licence), the judge's partial credit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
import numpy as np

from leadline.bench.metrics.regimes import Gaps, fragility, gaps
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.item import Item
from leadline.tasks.makers.regimes import Reader, build, careful_reader, careless_reader, evidence


def slips(items: list[Item], rng: np.random.Generator, slip: float = 0.05) -> list[bool]:
    """Whether a reader executes each item without a slip (probability `slip` per concept)."""
    return [bool(rng.random() < (1 - slip) ** int(item.metadata["k"])) for item in items]


def right(items: list[Item], reader: Reader, regime: str, executed: list[bool]) -> list[bool]:
    """Exact match per item."""
    return [
        ok and str(reader(item.question, evidence(item, regime))) == item.answers[0]
        for item, ok in zip(items, executed, strict=True)
    ]


def accuracy(items: list[Item], reader: Reader, regime: str, executed: list[bool]) -> float:
    return float(np.mean(right(items, reader, regime, executed)))


def regime_gaps(items: list[Item], reader: Reader, executed: list[bool]) -> tuple[dict[str, float], Gaps]:
    """Accuracy in the four regimes with the same slips in each, and its gaps."""
    score = {regime: accuracy(items, reader, regime, executed) for regime in "ICRF"}
    return score, gaps(score["I"], score["C"], score["R"], score["F"])


def memorised(items: list[Item]) -> Reader:
    """A careless reader that knows the operators of `items` by heart, and prefers what it reads to what it knows."""
    known = [definition for item in items for definition in item.metadata["concepts"]]
    return lambda question, texts: careless_reader(question, [*texts, *known])


def half_careful(question: str, texts: Sequence[str]) -> int | None:
    """Minds the qualifier for every second operator (names of even length), so that each noise document may hurt."""
    noise = [re.search(r"The (\S+) transform of the second kind", text) for text in texts]
    return careless_reader(question, [t for t, m in zip(texts, noise, strict=True) if not m or len(m[1]) % 2])


def with_noise(item: Item, n: int) -> Item:
    """The item with only its first `n` noise documents."""
    return msgspec.structs.replace(item, metadata={**item.metadata, "noise": item.metadata["noise"][:n]})


@system(
    slug="der2",
    title="DeR2: retrieval-infused reasoning sandbox",
    paper="2601.21937",
    idea="Four evidence regimes for one question: their gaps name the failure.",
    parts=("bench.metrics.regimes", "tasks.makers.regimes", "tasks.accept"),
    claims=(
        Claim("noise", "Noise documents hurt the careless reader and not the careful one", "noise loss R - F",
              "careless", "careful"),
        Claim("half", "The careless reader's noise loss is more than one half", "noise loss R - F", "careless",
              "allowance .5"),
        Claim("careful", "Noise costs the careful reader nothing", "|R - F| (.03 allowed)", "careful", "allowance",
              "lower"),
        Claim("documents", "Definitions inside documents cost no reader anything", "|C - R| (.03 allowed)",
              "larger of both", "allowance", "lower"),
        Claim("concepts", "Concepts are what is missing: C beats I", "accuracy", "concepts", "instruction only"),
        Claim("unknown", "Nothing is known beforehand", "accuracy in I (.05 allowed)", "measured", "allowance",
              "lower"),
        Claim("length", "Accuracy with the concepts falls with their number", "accuracy in C", "4 concepts",
              "1 concept", "lower"),
        Claim("dose", "Accuracy falls with the number of noise documents", "accuracy in F at k = 4", "4 documents",
              "1 document", "lower"),
        Claim("switch", "What is known by heart is lost when noise redefines it (mode switch)",
              "accuracy on memorised items", "all documents", "instruction only", "lower"),
    ),
    departs="Invented operators and rule readers; exact match instead of a graded judge; each reader slips on the same "
    "items in every regime.",
    not_verified="The released instances; mode-switch fragility of trained models.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 33])
    n = 200 if scale == "full" else 60
    items = [build(rng, int(rng.integers(1, 5)), f"i{i}") for i in range(n)]
    executed = slips(items, rng)
    careful, careful_gaps = regime_gaps(items, careful_reader, executed)
    careless, careless_gaps = regime_gaps(items, careless_reader, executed)
    one, four = ([build(rng, k, f"k{k}-{i}") for i in range(n)] for k in (1, 4))
    by_length = [accuracy(group, careful_reader, "C", slips(group, rng)) for group in (one, four)]
    sure = [True] * n
    few, many = (accuracy([with_noise(i, m) for i in four], half_careful, "F", sure) for m in (1, 4))
    by_heart = [item for item in items if rng.random() < 0.5]
    reader = memorised(by_heart)
    alone, full = (right(by_heart, reader, regime, [True] * len(by_heart)) for regime in "IF")
    assert fragility(alone, full) >= np.mean(alone) - np.mean(full), (
        "fragility counts every item that was lost"
    )
    return {
        "noise": Pair(baseline=careful_gaps.noise, method=careless_gaps.noise),
        "half": Pair(baseline=0.5, method=careless_gaps.noise),
        "careful": Pair(baseline=0.03, method=abs(careful_gaps.noise)),
        "documents": Pair(baseline=0.03, method=max(abs(careful_gaps.doc), abs(careless_gaps.doc))),
        "concepts": Pair(baseline=careful["I"], method=careful["C"]),
        "unknown": Pair(baseline=0.05, method=max(careful["I"], careless["I"])),
        "length": Pair(*by_length),
        "dose": Pair(baseline=few, method=many),
        "switch": Pair(baseline=float(np.mean(alone)), method=float(np.mean(full))),
    }
