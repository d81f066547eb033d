"""What a tree search is told: its configuration, and the rows of new children."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from leadline.errors import UsageError
from leadline.explore.kernels import NODE, TERMINAL

Strategy = Literal["bfs", "dfs", "beam", "best", "uct", "frontier", "deepsearch"]
Array = np.ndarray[Any, Any]


class TreeConfig(msgspec.Struct, frozen=True):
    """Which leaf is next, what is backed up, and when to stop."""

    strategy: Strategy = "uct"
    """deepsearch: down the best sibling until something ends, then the best leaf of the whole tree."""
    backup: Literal["sum", "paper", "code", "vanilla", "none"] = "sum"
    """sum: every score and reward counts as a visit. The others: one trajectory per expansion, by DeepSearch's
    rule (rules.constrained_backup)."""
    lam: float = 2.0
    """Exploration constant of UCT; 2 in DeepSearch."""
    unvisited_first: bool = True
    """UCT tries every child once before a second visit; False: an unvisited child scores 0."""
    beam: int = 5
    max_depth: int = 64
    lam_value: float = 0.4
    lam_entropy: float = 0.0
    lam_depth: float = 0.01
    max_calls: float = float("inf")
    max_tokens: float = float("inf")


def children(
    *, score: Sequence[float] | Array | None = None, reward: Sequence[float] | Array | None = None,
    entropy: Sequence[float] | Array | float = 0.0, action: Sequence[int] | Array | None = None,
    tokens: Sequence[int] | Array | int = 0, n: int | None = None,
) -> Array:  # fmt: skip
    """Rows for `tell`. score: the expander's estimate (NaN: none); reward: NaN unless the child is terminal;
    entropy: mean over its own tokens; action: what leads there (default 0, 1, ...)."""
    given = [x for x in (score, reward, action) if x is not None]
    rows = np.zeros(len(given[0]) if given else n or 0, NODE)
    rows["reward"] = np.nan if reward is None else reward
    rows["score"] = rows["reward"] if score is None else score
    rows["entropy"], rows["tokens"] = entropy, tokens
    rows["action"] = np.arange(len(rows)) if action is None else action
    if np.isinf(rows["score"]).any() or np.isinf(rows["reward"]).any():
        raise UsageError("Scores and rewards must be finite numbers (NaN: none yet).")
    rows["flags"] = np.where(np.isnan(rows["reward"]), 0, TERMINAL)
    return rows


DEFAULT = TreeConfig()
