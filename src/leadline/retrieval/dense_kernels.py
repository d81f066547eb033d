"""Products of queries with int16 rows, compiled. For dense_codes.py."""

from __future__ import annotations

import numpy as np
from numba import njit

TOGETHER = 4
"""Queries that share the reading and widening of a row."""
TILE = 64
"""Rows that stay in the processor's cache for all queries."""


@njit(cache=True, error_model="numpy", fastmath=True, nogil=True)
def scan(codes, scales, queries, out):  # type: ignore[no-untyped-def]
    """out[q, i] = scales[i] * codes[i] . queries[q]: codes int16 (n, d), queries float32 (m, d), out float32 (m, n)."""
    n, m = len(codes), len(queries)
    some = m // TOGETHER * TOGETHER
    for first in range(0, n, TILE):
        end = min(n, first + TILE)
        for q in range(0, some, TOGETHER):
            _four(codes, scales, queries[q : q + TOGETHER], out[q : q + TOGETHER], first, end)
        for q in range(some, m):
            _one(codes, scales, queries[q], out[q], first, end)


@njit(cache=True, error_model="numpy", fastmath=True, nogil=True)
def _four(codes, scales, queries, out, first, end):  # type: ignore[no-untyped-def]
    query0, query1, query2, query3 = queries[0], queries[1], queries[2], queries[3]
    for i in range(first, end):
        row = codes[i]
        sum0 = sum1 = sum2 = sum3 = np.float32(0)
        for j in range(len(row)):
            x = np.float32(row[j])
            sum0 += x * query0[j]
            sum1 += x * query1[j]
            sum2 += x * query2[j]
            sum3 += x * query3[j]
        out[0, i] = sum0 * scales[i]
        out[1, i] = sum1 * scales[i]
        out[2, i] = sum2 * scales[i]
        out[3, i] = sum3 * scales[i]


@njit(cache=True, error_model="numpy", fastmath=True, nogil=True)
def _one(codes, scales, query, out, first, end):  # type: ignore[no-untyped-def]
    for i in range(first, end):
        row = codes[i]
        total = np.float32(0)
        for j in range(len(row)):
            total += np.float32(row[j]) * query[j]
        out[i] = total * scales[i]
