"""Which sentences are quoted: a logistic scorer, then relevance against redundancy.

The few weights in `selector.json` were fitted by `benchmarks/fit_selector.py` on questions that no benchmark of
Leadline evaluates. What comes out is a probability that the sentence holds the answer; below `threshold` the
researcher says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray


class Selector(msgspec.Struct, frozen=True):
    """A logistic model over features that are first shifted by `mean` and divided by `scale`."""

    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float
    """Least probability of the best sentence at which a question is answered."""
    floor: float = 0.0
    """Least probability of any other sentence that is quoted."""
    fitted: str = ""
    """On what, by which command, with which seed."""

    def confidence(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability per row of a matrix (sentences, features)."""
        logits = self.bias + ((rows - np.array(self.mean)) / np.array(self.scale)) @ np.array(self.weights)
        return 1 / (1 + np.exp(-logits))


@lru_cache(maxsize=1)
def selector() -> Selector:
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
