"""How the loops between matrix products are compiled, and an exponential that they can turn into vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from leadline.machine_code import keep_apart

keep_apart()
FAST = {"reassoc", "contract", "nsz", "arcp"}
"""Sums may be reordered into vector lanes; NaN and infinity keep their meaning."""
COMPILED: dict[str, Any] = {"cache": True, "nogil": True, "fastmath": FAST, "error_model": "numpy"}


@intrinsic
def as_float(typing: Any, bits: Any) -> Any:
    """The float32 made of these 32 bits."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), generate


@njit(inline="always", **COMPILED)
def exponential(x: Any) -> Any:
    """exp(x) in float32 to 3e-7, as 2^whole * 2^part (Taylor): plain arithmetic becomes vectors, calls do not."""
    t = max(np.float32(-126), min(np.float32(127), x * np.float32(1.4426950408889634)))
    whole = np.floor(t + np.float32(0.5))
    part = t - whole
    p = np.float32(1.5403530393381608e-4)
    p = p * part + np.float32(1.3333558146428443e-3)
    p = p * part + np.float32(9.618129107628477e-3)
    p = p * part + np.float32(5.550410866482158e-2)
    p = p * part + np.float32(2.402265069591007e-1)
    p = p * part + np.float32(6.931471805599453e-1)
    p = p * part + np.float32(1)
    return p * as_float((np.int32(whole) + np.int32(127)) << np.int32(23))
