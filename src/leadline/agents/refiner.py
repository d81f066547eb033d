"""The knowledge refiner of a hierarchy (HierSearch, arXiv:2508.08088, section 3.5): a low-level agent's evidence goes
up, its reasoning and its answers do not.

Step 1: of each round the share alpha of evidence closest to the thought that followed it. Step 2: of what is left the
share beta closest to the agent's conclusion (to both conclusions when two agents were called). No training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from leadline.models.embed import Embedder

Vector = NDArray[np.float64]


class Round(msgspec.Struct, frozen=True):
    """Evidence of one call, and the thoughts before and after it."""

    before: str
    evidence: tuple[str, ...]
    after: str


class Refined(msgspec.Struct, frozen=True):
    """Evidence that goes to the planner, each once, tagged with its source."""

    source: str
    evidence: tuple[str, ...]


def min_max(scores: Sequence[float]) -> Vector:
    """Scaled to [0, 1]; equal scores stay as they are.

    >>> [round(x, 3) for x in min_max([0.9, 0.2, 0.6, 0.1]).tolist()]
    [1.0, 0.125, 0.625, 0.0]
    """
    x = np.asarray(scores, dtype=float)
    spread = x.max() - x.min() if x.size else 0.0
    return (x - x.min()) / spread if spread > 0 else x


def keep(scores: Sequence[float] | Vector, share: float) -> list[int]:
    """Indices of the best max(1, int(n * share)) scores, best first; ties by position.

    >>> keep([1, 0.125, 0.625, 0], 0.3), keep([1, 0.125, 0.625, 0], 0.5)
    ([0], [0, 2])
    """
    x = np.asarray(scores, dtype=float)
    n = max(1, int(len(x) * share)) if len(x) else 0
    return [int(i) for i in np.argsort(-x, kind="stable")[:n]]


class KnowledgeRefiner:
    """`mode` next_think is the paper's; prev_think is what the released parser does. `combine` sum adds the two
    scaled score vectors (released); concat embeds the joined conclusions (paper's text)."""

    def __init__(
        self,
        embedder: Embedder,
        alpha: float = 0.5,
        beta: float = 0.5,
        *,
        mode: Literal["next_think", "prev_think"] = "next_think",
        combine: Literal["sum", "concat"] = "sum",
    ) -> None:
        self.embedder, self.alpha, self.beta, self.mode, self.combine = embedder, alpha, beta, mode, combine

    def refine(self, source: str, rounds: Sequence[Round], conclusion: str, other: str = "") -> Refined:
        """What of `rounds` goes up. Texts seen in several rounds count once and keep their best chance."""
        kept: dict[str, None] = {}
        left: dict[str, None] = {}
        for one in rounds:
            if not one.evidence:
                continue
            guide = one.after if self.mode == "next_think" else one.before
            chosen = keep(min_max(self._similar(one.evidence, guide)), self.alpha)
            kept.update(dict.fromkeys(one.evidence[i] for i in sorted(chosen)))
            left.update(dict.fromkeys(text for i, text in enumerate(one.evidence) if i not in chosen))
        rest = [text for text in left if text not in kept]
        if rest:
            kept.update(
                dict.fromkeys(rest[i] for i in sorted(keep(self._global(rest, conclusion, other), self.beta)))
            )
        return Refined(source, tuple(kept))

    def _global(self, texts: Sequence[str], conclusion: str, other: str) -> Vector:
        if other and self.combine == "concat":
            return min_max(self._similar(texts, f"{conclusion} {other}"))
        scores = min_max(self._similar(texts, conclusion))
        return scores + min_max(self._similar(texts, other)) if other else scores

    def _similar(self, texts: Sequence[str], guide: str) -> list[float]:
        vectors = self.embedder.encode([guide, *texts])
        return [float(x) for x in vectors[1:] @ vectors[0]]
