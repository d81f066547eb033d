"""Which sentences are quoted, and whether any is: two small logistic models, then relevance against redundancy.

The scorer gives the probability that a sentence holds the answer. The gate looks at a question's best sentence and
says how likely it is that the question is answered at all; below its threshold the researcher says nothing. The few
weights in `selector.json` were fitted by `benchmarks/fit_selector.py` on questions that no benchmark evaluates.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray


class Logistic(msgspec.Struct, frozen=True):
    """A logistic model over features that are first shifted by `mean` and divided by `scale`."""

    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability per row of a matrix (n, features)."""
        logits = self.bias + ((rows - np.array(self.mean)) / np.array(self.scale)) @ np.array(self.weights)
        return 1 / (1 + np.exp(-logits))


class Selector(msgspec.Struct, frozen=True):
    """The scorer of sentences and the gate of questions."""

    scorer: Logistic
    gate: Logistic
    threshold: float
    """Least probability by the gate at which a question is answered."""
    floor: float
    """Least probability by the scorer of a sentence that is quoted beside the best one."""
    fitted: str = ""
    """On what, by which command, with which seed."""

    def answerable(self, rows: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
        """The gate's probability for a question whose sentences have these features and scores."""
        return float(self.gate(gate_row(rows, scores, self.scorer.names)[None, :])[0]) if len(rows) else 0.0


GATE = ("best", "coverage_of_best", "best_coverage", "second")


def gate_row(
    rows: NDArray[np.float64], scores: NDArray[np.float64], names: Sequence[str]
) -> NDArray[np.float64]:
    """What the gate looks at: the log-odds of the best sentence, how much of the question it and any sentence
    cover, and the probability of the second-best."""
    coverage = rows[:, names.index("coverage")]
    best = int(np.argmax(scores))
    p = min(max(float(scores[best]), 1e-9), 1 - 1e-9)
    second = float(np.partition(scores, -2)[-2]) if len(scores) > 1 else 0.0
    return np.array([np.log(p / (1 - p)), coverage[best], coverage.max(), second])


@lru_cache(maxsize=1)
def shipped_selector() -> Selector:
    """The fitted scorer that ships with Leadline."""
    return msgspec.json.decode(files("leadline.agents").joinpath("selector.json").read_bytes(), type=Selector)


def diverse(
    scores: Sequence[float] | NDArray[np.float64],
    vectors: NDArray[np.float32],
    k: int,
    *,
    redundancy: float = 0.3,
    chosen: Sequence[int] = (),
) -> list[int]:
    """Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998), by index; equal values go to the lower one.

    Each step takes the largest score * (1 - redundancy * largest cosine to what is chosen). `chosen` come first
    and count towards k. Vectors (n, dimension) have length 1.
    """
    value = np.asarray(scores, dtype=np.float64)
    picked = list(chosen)[:k]
    closeness = np.zeros(len(value))
    for index in picked:
        closeness = np.maximum(closeness, vectors @ vectors[index])
    while len(picked) < min(k, len(value)):
        gain = value * (1 - redundancy * closeness)
        gain[picked] = -np.inf
        best = int(np.argmax(gain))
        picked.append(best)
        closeness = np.maximum(closeness, vectors @ vectors[best])
    return picked
