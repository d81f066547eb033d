"""Matrix products in float32 that stay in registers: what a small network needs, inside compiled code, on one thread.

BLAS repacks both factors in every call, which costs as much as the product itself when there are few rows. Here a tile
of the result, some rows by three vectors, is summed up in registers straight from where the factors lie; a right factor
that is used often is laid out once, in `panels`. Terms are added in order, INNER at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from leadline.train.policies.arrays import Array
from leadline.train.policies.compiled import COMPILED
from leadline.train.policies.emit import (
    INDEX,
    LANES,
    NUMBER,
    POINTER,
    VECTOR,
    ZERO,
    at_least,
    called,
    emitting,
    everywhere,
    sum_each,
)
from leadline.train.policies.vectors import transpose

IN_ORDER: dict[str, Any] = {**COMPILED, "fastmath": False}
TALLEST = 4 if LANES == 8 else 8
"""Rows of a tile: with three vectors each they fill the registers (16 with AVX, else 32)."""
WIDTH = 3 * LANES
"""Columns of a tile, and of a panel."""
INNER = 160
"""Terms summed in one pass: a panel of that height stays in the first cache."""


@intrinsic
def tile(
    typing: Any, rows: Any, vectors: Any, add: Any, a: Any, a_row: Any, a_inner: Any, b: Any, b_inner: Any, c: Any,
    c_row: Any, inner: Any,
) -> Any:  # fmt: skip
    """c [rows, vectors * LANES] = (add ? c : 0) + a [rows, inner] b [inner, vectors * LANES].

    a, b and c are addresses; strides are counted in numbers, and the columns of b and c are neighbours. `rows` is
    TALLEST or a smaller power of two, `vectors` 1, 2 or 3: there is a loop for each, unrolled, with every sum in a
    register of its own. inner >= 1.
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        n_rows = TALLEST
        while n_rows:
            with builder.if_then(builder.icmp_signed("==", args[0], INDEX(n_rows))):
                for n_vectors in (3, 2, 1):
                    with builder.if_then(builder.icmp_signed("==", args[1], INDEX(n_vectors))):
                        unrolled(builder, n_rows, n_vectors, *args[2:])
            n_rows //= 2
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.boolean, *[types.int64] * 8), generate


def unrolled(
    builder: Any, n_rows: int, n_vectors: int, add: Any, a: Any, a_row: Any, a_inner: Any, b: Any, b_inner: Any,
    c: Any, c_row: Any, inner: Any,
) -> None:  # fmt: skip
    """Emit the loop of one size of tile."""

    def place(base: Any, offset: Any, vector: int = 0) -> Any:
        offset = builder.add(offset, INDEX(vector * LANES)) if vector else offset
        return builder.gep(builder.inttoptr(base, POINTER), [offset], source_etype=NUMBER)

    a_rows, c_rows = ([builder.mul(row, INDEX(i)) for i in range(n_rows)] for row in (a_row, c_row))
    results = [place(c, row, j) for row in c_rows for j in range(n_vectors)]
    start = [builder.select(add, builder.load(p, typ=VECTOR, align=4), ZERO) for p in results]
    before, body, after = builder.block, builder.append_basic_block("tile"), builder.append_basic_block("end")
    builder.branch(body)
    builder.position_at_end(body)
    step, sums = builder.phi(INDEX), [builder.phi(VECTOR) for _ in start]
    b_row, a_column, new = builder.mul(step, b_inner), builder.mul(step, a_inner), []
    right = [builder.load(place(b, b_row, j), typ=VECTOR, align=4) for j in range(n_vectors)]
    for i in range(n_rows):
        left = everywhere(
            builder, builder.load(place(a, builder.add(a_rows[i], a_column)), typ=NUMBER, align=4)
        )
        new += [called(builder, "fma", left, right[j], sums[i * n_vectors + j]) for j in range(n_vectors)]
    following = builder.add(step, INDEX(1))
    for phi, first, then in zip([step, *sums], [INDEX(0), *start], [following, *new], strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(then, body)
    builder.cbranch(builder.icmp_signed("<", following, inner), body, after)
    builder.position_at_end(after)
    for number, p in zip(new, results, strict=True):
        builder.store(number, p, align=4)


@intrinsic
def meet(typing: Any, a: Any, size: Any, b: Any, b_row: Any, last: Any, out: Any) -> Any:
    """out [LANES] = b [LANES, size] a [size]: how much one vector has of each of several, 1 <= LANES <= size.

    a, b and out are addresses. Line `last` of b stands for those after it, which are not read.
    """
    return emitting(types.void, (types.int64,) * 6, inner_products)


def inner_products(builder: Any, a: Any, size: Any, b: Any, b_row: Any, last: Any, out: Any) -> None:
    """Emit a loop over vectors, of which the last one ends where a ends, and sums across lanes that share work."""

    def place(base: Any, offset: Any) -> Any:
        return builder.gep(builder.inttoptr(base, POINTER), [offset], source_etype=NUMBER)

    def line(i: int) -> Any:
        within = builder.icmp_signed("<", INDEX(i), last)
        return place(b, builder.mul(builder.select(within, INDEX(i), last), b_row))

    lines, end = [line(i) for i in range(LANES)], builder.sub(size, INDEX(LANES))
    before, body, after = builder.block, builder.append_basic_block("meet"), builder.append_basic_block("met")
    builder.branch(body)
    builder.position_at_end(body)
    at, sums = builder.phi(INDEX), [builder.phi(VECTOR) for _ in lines]
    here = builder.select(builder.icmp_signed("<", at, end), at, end)
    left = builder.load(place(a, here), typ=VECTOR, align=4)
    left = builder.select(at_least(builder, builder.sub(at, here)), left, ZERO)  # no number twice
    right = [builder.load(builder.gep(p, [here], source_etype=NUMBER), typ=VECTOR, align=4) for p in lines]
    new = [called(builder, "fma", left, x, y) for x, y in zip(right, sums, strict=True)]
    following = builder.add(at, INDEX(LANES))
    for phi, first, then in zip([at, *sums], [INDEX(0), *[ZERO] * LANES], [following, *new], strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(then, body)
    builder.cbranch(builder.icmp_signed("<", following, size), body, after)
    builder.position_at_end(after)
    builder.store(sum_each(builder, new), place(out, INDEX(0)), align=4)


@njit(**IN_ORDER)
def address(x: Array) -> Any:
    return np.int64(x.ctypes.data)


@njit(**IN_ORDER)
def number_stride(x: Array, axis: int) -> int:
    return x.strides[axis] // 4


@njit(**IN_ORDER)
def blocked(
    add: bool, a: int, a_row: int, a_inner: int, b: int, b_inner: int, b_panel: int, c: int, c_row: int, rows: int,
    columns: int, inner: int,
) -> None:  # fmt: skip
    """All whole vectors of columns of the result. Addresses and strides as in `tile`; panels are b_panel apart."""
    parts = (inner + INNER - 1) // INNER
    for first in range(0, columns // LANES * LANES, WIDTH):
        vectors = min(3, (columns - first) // LANES)
        panel = b + 4 * (first // WIDTH) * b_panel
        for part in range(parts):
            low, high = inner * part // parts, inner * (part + 1) // parts
            left, right, to, more = (
                a + 4 * low * a_inner,
                panel + 4 * low * b_inner,
                c + 4 * first,
                add or part > 0,
            )
            row, tall = 0, TALLEST
            while row < rows:
                while row + tall > rows:
                    tall //= 2
                tile(
                    tall, vectors, more, left + 4 * row * a_row, a_row, a_inner, right, b_inner,
                    to + 4 * row * c_row, c_row, high - low,
                )  # fmt: skip
                row += tall


@njit(**IN_ORDER)
def multiply(a: Array, b: Array, c: Array, add: bool) -> None:
    """c [M, N] = (add ? c : 0) + a [M, K] b [K, N]; a of any strides, rows of b and c contiguous. K >= 1."""
    m, k, n = a.shape[0], a.shape[1], c.shape[1]
    blocked(
        add, address(a), number_stride(a, 0), number_stride(a, 1), address(b), number_stride(b, 0), WIDTH,
        address(c), number_stride(c, 0), m, n, k,
    )  # fmt: skip
    for j in range(n // LANES * LANES, n):
        for i in range(m):
            total = c[i, j] if add else np.float32(0)
            for s in range(k):
                total += a[i, s] * b[s, j]
            c[i, j] = total


@njit(**IN_ORDER)
def multiply_panels(a: Array, b: Array, c: Array, add: bool) -> None:
    """c [M, N] = (add ? c : 0) + a [M, K] b, where `b` is the right factor [K, N] as `panels` made it."""
    m, k, n = a.shape[0], a.shape[1], c.shape[1]
    blocked(
        add, address(a), number_stride(a, 0), number_stride(a, 1), address(b), WIDTH, WIDTH * k,
        address(c), number_stride(c, 0), m, n, k,
    )  # fmt: skip
    for j in range(n // LANES * LANES, n):
        panel = b[j // WIDTH * WIDTH * k :]
        for i in range(m):
            total = c[i, j] if add else np.float32(0)
            for s in range(k):
                total += a[i, s] * panel[s * WIDTH + j % WIDTH]
            c[i, j] = total


@njit(**IN_ORDER)
def panels(matrix: Array, out: Array) -> None:
    """The right factor [K, N] as [ceil(N / WIDTH), K, WIDTH], flat: WIDTH columns after WIDTH columns."""
    k, n = matrix.shape
    for first in range(0, n, WIDTH):
        wide = min(WIDTH, n - first)
        for i in range(k):
            at = first * k + i * WIDTH
            out[at : at + wide] = matrix[i, first : first + wide]


@njit(**IN_ORDER)
def panels_transposed(matrix: Array, out: Array) -> None:
    """`panels` of the transpose of a matrix [N, K], a square of vectors at a time."""
    n, k = matrix.shape
    if k < LANES:
        panels(matrix.T, out)
        return
    apart = number_stride(matrix, 0)
    for column in range(0, n, LANES):
        first = column // WIDTH * WIDTH
        for begin in range(0, k, LANES):
            row = min(begin, k - LANES)
            source = address(matrix) + 4 * (column * apart + row)
            target = address(out) + 4 * (first * k + row * WIDTH + column - first)
            transpose(source, apart, min(LANES, n - column) - 1, target, WIDTH)


def panel_size(k: int, n: int) -> int:
    """Numbers that `panels` needs for [K, N]."""
    return -(-n // WIDTH) * WIDTH * k
