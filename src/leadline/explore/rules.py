"""The formulas of tree search, each alone: UCT, DeepSearch's frontier score, its backup and its clip.

Sources: Kocsis and Szepesvari 2006 (UCT); DeepSearch (arXiv:2509.25454), section numbers of its method.
Arrays broadcast; scalars come back as floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
BackupMode = Literal["paper", "code", "vanilla"]


def uct(q: Any, n: Any, n_parent: Any, lam: float = 2.0) -> Any:
    """Q + lam sqrt(ln N_parent / N) with Q = q / N. Unvisited: the bonus and Q are 0, as in DeepSearch's code.

    >>> round(float(uct(0.25, 2, 3)), 6)
    1.607304
    """
    q, n, n_parent = (np.asarray(x, float) for x in (q, n, n_parent))
    seen = n > 0
    safe = np.where(seen, n, 1.0)
    bonus = np.sqrt(np.log(np.maximum(n_parent, 1.0)) / safe)
    return np.where(seen, q / safe + lam * bonus, 0.0)


def frontier_score(
    q_parent: Any, entropy: Any, depth: Any, max_depth: int,
    *, lam_value: float = 0.4, lam_entropy: float = 0.0, lam_depth: float = 0.01,
) -> Any:  # fmt: skip
    """lam1 tanh(Q(parent)) + lam2 H + lam3 sqrt(d / d_max): which leaf of the whole tree to grow next (step 6).

    >>> round(float(frontier_score(0.85 / 3, 0.7, 2, 64)), 6)
    0.112163
    """
    depth_bonus = np.sqrt(np.asarray(depth, float) / max_depth)
    return lam_value * np.tanh(q_parent) + lam_entropy * np.asarray(entropy, float) + lam_depth * depth_bonus


def gamma(i: Any, leaf: int, mode: BackupMode = "paper") -> Any:
    """Weight of the node at depth i >= 1 of a path whose leaf is at depth `leaf`: max(i / leaf, .1).
    The released code counts the root as well: (i + 1) / (leaf + 1).

    >>> [float(gamma(i, 64)) for i in (1, 7, 8)]
    [0.1, 0.109375, 0.125]
    """
    i = np.asarray(i, float)
    return np.maximum((i + 1) / (leaf + 1) if mode == "code" else i / leaf, 0.1)


def constrained_backup(q_path: Sequence[float], reward: float, mode: BackupMode = "paper") -> Array:
    """New q of the nodes at depth 1..l of a path that ended in `reward` (+1 or -1); equation 5.

    A success erases earlier blame; a failure never blames a node that has led to a success. `vanilla`, the
    ablation, adds gamma * reward whatever the signs. The leaf keeps the reward itself.

    >>> constrained_backup([0.25, 0.5, 0.0, 0.0], -1.0).tolist()
    [0.25, 0.5, -0.75, -1.0]
    """
    q = np.asarray(q_path, float)
    step = gamma(np.arange(1, len(q) + 1), len(q), mode) * reward
    agrees = (q * reward >= 0) | (mode == "vanilla")
    new = np.where(agrees, q + step, step if reward > 0 else q)
    if len(new):
        new[-1] = reward
    return new


def soft_clip(q: Any, *, eps: float = 1.0, q_max: float = 1.0) -> Any:
    """tanh(q / eps) q_max, for intermediate nodes (step 8).

    >>> round(float(soft_clip(0.45)), 6)
    0.421899
    """
    return np.tanh(np.asarray(q, float) / eps) * q_max


class Terminal(NamedTuple):
    """A finished trajectory of one expansion: its outcome and the mean entropy of all its tokens."""

    node: int
    reward: float
    """+1 correct, -1 wrong or incomplete."""
    entropy: float
    complete: bool = True


def keep_one(terminals: Sequence[Terminal]) -> Terminal | None:
    """The trajectory of an expansion that is backed up: correct before wrong before incomplete, then the lowest
    mean entropy, then the first (step 4). None when nothing ended."""
    return min(terminals, key=lambda t: (-t.reward if t.complete else 2.0, t.entropy, t.node), default=None)
