"""Calibration error of stated confidences (BrowseComp, BrowseComp-Plus, HLE)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np


def calibration_error(
    confidences: Sequence[float],
    correct: Sequence[bool],
    *,
    bin_size: int = 100,
    mode: Literal["strict", "released"] = "strict",
) -> float:
    """100 * sqrt(sum_b n_b/N (mean confidence - accuracy)^2) over bins of `bin_size` items sorted by confidence.

    Confidences are shares in [0, 1]. The last bin absorbs the remainder. The released script's loop ends one bin
    early (the most confident bin is never counted) and gives 0 below `bin_size` items: `mode="released"`.
    """
    confidence, right = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    if confidence.size == 0 or (mode == "released" and confidence.size < bin_size):
        return 0.0
    order = np.argsort(confidence, kind="stable")
    confidence, right = confidence[order], right[order]
    n_bins = max(1, confidence.size // bin_size)
    starts = [i * bin_size for i in range(n_bins)]
    ends = [*starts[1:], confidence.size]
    bins = list(zip(starts, ends, strict=True))
    if mode == "released":
        bins = bins[:-1]
    gaps = [(e - s) / confidence.size * (confidence[s:e].mean() - right[s:e].mean()) ** 2 for s, e in bins]
    return float(100 * np.sqrt(sum(gaps)))
