"""Trees of known shape for comparing selection rules at equal cost (the tree check of arXiv:2509.25454's spec).

A node's quality is a random walk from its parent's; a child ends with chance `p_end` or at `depth`, and is then
right (+1) with chance sigmoid(quality), else wrong (-1). A node's children depend only on the tree's seed and the
path, so two searches of one seed see the same tree.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np

from leadline.explore.tree import TreeSearch
from leadline.explore.tree_config import TreeConfig, children


class SyntheticTree(NamedTuple):
    branching: int = 4
    depth: int = 10
    quality: float = -2.0
    step: float = 1.0
    p_end: float = 0.1


class Growth(NamedTuple):
    """expansions until the wanted number of trajectories ended; mean reward of those."""

    expansions: int
    reward: float


def grow(seed: int, config: TreeConfig, tree: SyntheticTree = SyntheticTree(), n: int = 8) -> Growth:  # noqa: B008
    """Search tree `seed` until n trajectories ended (or nothing is left, or max_calls is reached)."""
    search = TreeSearch(msgspec.structs.replace(config, max_depth=tree.depth))
    place: dict[int, tuple[tuple[int, ...], float]] = {0: ((), tree.quality)}
    while len(search.finished) < n and len(leaves := search.ask(1)):
        path, quality = place[leaf := int(leaves[0])]
        below, rows = _children(seed, tree, path, quality)
        for k, node in enumerate(search.tell(leaf, rows).tolist()):
            place[node] = ((*path, k), float(below[k]))
    rewards = [float(search.nodes["reward"][k]) for k in search.finished]
    return Growth(search.calls, float(np.mean(rewards)))


def _children(seed: int, tree: SyntheticTree, path: tuple[int, ...], quality: float) -> tuple[Any, Any]:
    rng = np.random.default_rng((seed, 1, *[k + 1 for k in path]))
    below = quality + tree.step * rng.standard_normal(tree.branching)
    end, luck, entropy = rng.random((3, tree.branching))
    ends = (end < tree.p_end) | (len(path) + 1 == tree.depth)
    reward = np.where(luck < 1 / (1 + np.exp(-below)), 1.0, -1.0)
    return below, children(reward=np.where(ends, reward, np.nan), entropy=entropy)
