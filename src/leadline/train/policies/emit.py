"""Pieces of LLVM code for vectors of this processor's width, for intrinsics (vectors.py, tiles.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import cgutils

FEATURES = llvm.get_host_cpu_features()
LANES = 16 if FEATURES.get("avx512f") else 8 if FEATURES.get("avx") else 4
"""Numbers in a vector register of this processor."""
NUMBER, INDEX = ir.FloatType(), ir.IntType(64)
VECTOR, POINTER = ir.VectorType(NUMBER, LANES), ir.PointerType()
WHOLE = ir.VectorType(ir.IntType(32), LANES)
FIRST_LANE, LANE = ir.Constant(WHOLE, [0] * LANES), ir.Constant(WHOLE, list(range(LANES)))
NOTHING, ZERO = ir.Constant(VECTOR, ir.Undefined), ir.Constant(VECTOR, [0.0] * LANES)


def at(builder: Any, place: Any) -> Any:
    """Emit the pointer for an address."""
    return builder.inttoptr(place, POINTER)


def everywhere(builder: Any, number: Any) -> Any:
    """Emit the vector of one number."""
    return builder.shuffle_vector(builder.insert_element(NOTHING, number, INDEX(0)), NOTHING, FIRST_LANE)


def called(builder: Any, name: str, *values: Any) -> Any:
    """Emit LLVM's function of vectors with this name."""
    kind = ir.FunctionType(VECTOR, [VECTOR] * len(values))
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f32")
    return builder.call(function, values)


def reduced(builder: Any, name: str, *values: Any) -> Any:
    """Emit LLVM's reduction of a vector with this name, in any order."""
    kind = ir.FunctionType(NUMBER, [value.type for value in values])
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.{name}.v{LANES}f32")
    return builder.call(function, values, fastmath=("reassoc",))


def at_least(builder: Any, first: Any) -> Any:
    """Emit which lanes are number `first` or after."""
    first, lanes = builder.trunc(first, ir.IntType(32)), ir.Constant(WHOLE, ir.Undefined)
    wide = builder.shuffle_vector(builder.insert_element(lanes, first, INDEX(0)), lanes, FIRST_LANE)
    return builder.icmp_signed(">=", LANE, wide)


def sum_each(builder: Any, vectors: list[Any]) -> Any:
    """Emit the vector whose lane i is the sum of vector i, of LANES: of two, summed by halves, one is made again."""
    step = 1
    while len(vectors) > 1:
        kept = [lane + LANES if lane & step else lane for lane in range(LANES)]
        moved = [lane + LANES - step if lane & step else lane + step for lane in range(LANES)]
        vectors = [
            builder.fadd(
                *(builder.shuffle_vector(x, y, ir.Constant(WHOLE, which)) for which in (kept, moved))
            )
            for x, y in zip(vectors[::2], vectors[1::2], strict=True)
        ]
        step *= 2
    return vectors[0]


def emitting(returns: Any, arguments: tuple[Any, ...], emit: Callable[..., Any]) -> Any:
    """What an intrinsic returns: its signature, and `emit(builder, *values)` as its code."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return emit(builder, *values) or context.get_dummy_value()

    return returns(*arguments), generate
