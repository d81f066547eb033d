"""Gen-Searcher's dual reward: how good the picture is, and whether the brief holds what was needed (arXiv:2603.28767).

R = (1 - alpha) R_image + alpha R_text. The picture's K-Score is noisy (the generator's limits, its seed); the text's
mark is stable and blind to the references.
"""

from __future__ import annotations

import math
from typing import Literal

ALPHA = 0.5
LEAST, MOST = 1, 4
"""Valid references outside of which the released reward is 0. The prompt allows five (agents.brief.MOST)."""


def snapped(mark: float) -> float:
    """The nearest quarter of [0, 1], the lower one of two that are equally near.

    >>> [snapped(mark) for mark in (0.625, 0.63, 0.9, 0.125, 1.7, -1)]
    [0.5, 0.75, 1.0, 0.0, 1.0, 0.0]
    """
    return min(1.0, max(0.0, math.ceil(4 * mark - 0.5) / 4))


def dual_reward(
    image: float | None,
    text: float,
    *,
    references: int = LEAST,
    well_formed: bool = True,
    alpha: float = ALPHA,
    outage: Literal["mask", "zero"] = "mask",
) -> float | None:
    """The reward of one rollout, None where it is to be masked out. `image` None: the generator gave no picture.

    0 for a brief that cannot be read or has no prompt, and for a number of valid references outside [1, 4]. The
    released code gives 0 for a generator's outage too, which punishes good searches; `outage="zero"` is that.

    >>> dual_reward(0.75, 0.75), round(dual_reward(0.35, 0.25), 4), dual_reward(None, 1.0)
    (0.75, 0.3, None)
    >>> dual_reward(1, 1, references=5), dual_reward(1, 1, well_formed=False)
    (0.0, 0.0)
    """
    if not well_formed or not LEAST <= references <= MOST:
        return 0.0
    if image is None:
        return None if outage == "mask" else 0.0
    return (1 - alpha) * image + alpha * snapped(text)
