"""Vectors of this processor's width as values of compiled code (numba).

The compiler leaves loops over a few dozen numbers half scalar, and what remains costs more than the loop. Here one
operation works on LANES numbers. Places in memory are addresses; nothing checks them.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, models, overload, register_model

from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.emit import (
    INDEX,
    LANES,
    NUMBER,
    VECTOR,
    WHOLE,
    at,
    at_least,
    called,
    emitting,
    everywhere,
    reduced,
)


class Vector(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Vector({LANES})")


vector = Vector()


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)


@intrinsic
def load(typing: Any, place: Any) -> Any:
    """The vector that begins there."""
    return emitting(vector, (types.int64,), lambda b, p: b.load(at(b, p), typ=VECTOR, align=4))


@intrinsic
def store(typing: Any, x: Any, place: Any) -> Any:
    return emitting(types.void, (vector, types.int64), lambda b, x, p: b.store(x, at(b, p), align=4) and None)


@intrinsic
def spread(typing: Any, number: Any) -> Any:
    """A number in every lane."""
    return emitting(vector, (types.float32,), everywhere)


@intrinsic
def plus(typing: Any, x: Any, y: Any) -> Any:
    return emitting(vector, (vector, vector), lambda b, x, y: b.fadd(x, y))


@intrinsic
def minus(typing: Any, x: Any, y: Any) -> Any:
    return emitting(vector, (vector, vector), lambda b, x, y: b.fsub(x, y))


@intrinsic
def times(typing: Any, x: Any, y: Any) -> Any:
    return emitting(vector, (vector, vector), lambda b, x, y: b.fmul(x, y))


@intrinsic
def over(typing: Any, x: Any, y: Any) -> Any:
    return emitting(vector, (vector, vector), lambda b, x, y: b.fdiv(x, y))


@intrinsic
def fused(typing: Any, x: Any, y: Any, z: Any) -> Any:
    """x * y + z, rounded once."""
    return emitting(vector, (vector, vector, vector), lambda b, *v: called(b, "fma", *v))


@intrinsic
def larger(typing: Any, x: Any, y: Any) -> Any:
    """Of each lane the larger, y where one of them is not a number."""
    return emitting(vector, (vector, vector), lambda b, x, y: b.select(b.fcmp_ordered(">", x, y), x, y))


@intrinsic
def smaller(typing: Any, x: Any, y: Any) -> Any:
    """Of each lane the smaller, y where one of them is not a number."""
    return emitting(vector, (vector, vector), lambda b, x, y: b.select(b.fcmp_ordered("<", x, y), x, y))


@intrinsic
def from_lane(typing: Any, x: Any, first: Any, other: Any) -> Any:
    """x in lanes `first` and after, `other` before."""

    def emit(b: Any, x: Any, first: Any, other: Any) -> Any:
        return b.select(at_least(b, first), x, other)

    return emitting(vector, (vector, types.int64, vector), emit)


@intrinsic
def power_of_two(typing: Any, x: Any) -> Any:
    """2^x of whole numbers from -126 to 127."""

    def emit(b: Any, x: Any) -> Any:
        biased = b.add(b.fptosi(x, WHOLE), ir.Constant(WHOLE, [127] * LANES))
        return b.bitcast(b.shl(biased, ir.Constant(WHOLE, [23] * LANES)), VECTOR)

    return emitting(vector, (vector,), emit)


@intrinsic
def rounded(typing: Any, x: Any) -> Any:
    return emitting(vector, (vector,), lambda b, x: called(b, "rint", x))


@intrinsic
def largest(typing: Any, x: Any) -> Any:
    """The largest number of a vector."""
    return emitting(types.float32, (vector,), lambda b, x: reduced(b, "fmax", x))


@intrinsic
def total(typing: Any, x: Any) -> Any:
    """The sum of a vector's numbers, in any order."""
    return emitting(types.float32, (vector,), lambda b, x: reduced(b, "fadd", ir.Constant(NUMBER, 0.0), x))


@intrinsic
def transpose(typing: Any, source: Any, apart: Any, last: Any, target: Any, lines: Any) -> Any:
    """target [LANES, LANES] = source transposed; their lines are `apart` and `lines` numbers apart.

    Line `last` of the source stands for those after it, which are not read.
    """

    def emit(b: Any, source: Any, apart: Any, last: Any, target: Any, lines: Any) -> None:
        def place(base: Any, line: Any, apart: Any) -> Any:
            return b.gep(at(b, base), [b.mul(line, apart)], source_etype=NUMBER)

        rows = []
        for i in range(LANES):
            line = b.select(b.icmp_signed("<", INDEX(i), last), INDEX(i), last)
            rows.append(b.load(place(source, line, apart), typ=VECTOR, align=4))
        step = 1
        while step < LANES:  # blocks of `step` beside the diagonal change places
            for i in (i for i in range(LANES) if not i & step):
                pair = rows[i], rows[i + step]
                upper = [lane if not lane & step else lane - step + LANES for lane in range(LANES)]
                lower = [lane + LANES if lane & step else lane + step for lane in range(LANES)]
                rows[i], rows[i + step] = (
                    b.shuffle_vector(*pair, ir.Constant(WHOLE, which)) for which in (upper, lower)
                )
            step *= 2
        for i, row in enumerate(rows):
            b.store(row, place(target, INDEX(i), lines), align=4)

    return emitting(types.void, (types.int64,) * 5, emit)


@overload(operator.add, strict=False)
def _add(x: Any, y: Any) -> Any:
    return (lambda x, y: plus(x, y)) if isinstance(x, Vector) and isinstance(y, Vector) else None


@overload(operator.sub, strict=False)
def _subtract(x: Any, y: Any) -> Any:
    return (lambda x, y: minus(x, y)) if isinstance(x, Vector) and isinstance(y, Vector) else None


@overload(operator.mul, strict=False)
def _multiply(x: Any, y: Any) -> Any:
    return (lambda x, y: times(x, y)) if isinstance(x, Vector) and isinstance(y, Vector) else None


@overload(operator.truediv, strict=False)
def _divide(x: Any, y: Any) -> Any:
    return (lambda x, y: over(x, y)) if isinstance(x, Vector) and isinstance(y, Vector) else None


@njit(**COMPILED)
def exponential(x: Any) -> Any:
    """exp of a vector to 3e-7, as 2^whole * 2^part (Taylor); 2^-126 and 2^127 at the ends, not a number stays so."""
    x = larger(spread(np.float32(-87.33654)), smaller(spread(np.float32(88.02969)), x))
    whole = rounded(x * spread(np.float32(1.4426950408889634)))
    part = fused(x, spread(np.float32(1.4426950408889634)), spread(np.float32(0)) - whole)
    part = fused(x, spread(np.float32(1.925963033500011e-8)), part)  # what is missing from log2 e in float32
    p = spread(np.float32(1.5403530393381608e-4))
    p = fused(p, part, spread(np.float32(1.3333558146428443e-3)))
    p = fused(p, part, spread(np.float32(9.618129107628477e-3)))
    p = fused(p, part, spread(np.float32(5.550410866482158e-2)))
    p = fused(p, part, spread(np.float32(2.402265069591007e-1)))
    p = fused(p, part, spread(np.float32(6.931471805599453e-1)))
    return fused(p, part, spread(np.float32(1))) * power_of_two(whole)
