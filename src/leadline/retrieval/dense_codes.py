"""Rows of vectors as int16 codes: half of the memory to read, and near enough to tell what may be at the top.

How far a code may be from its row is known, so that a search which scores those rows again stays exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.models.embed import Vectors
from leadline.retrieval.compiled import compiled

LARGEST = 32_767
PIECE = 16_384
"""Rows that are coded together."""


class Codes(NamedTuple):
    """Rows in short: row i is about scales[i] * numbers[i]."""

    numbers: NDArray[np.int16]
    scales: NDArray[np.float32]
    error: float
    """The largest distance between a row and its code: a product with a query of length 1 is at most so far off."""


def codes_of(vectors: Vectors) -> Codes:
    """int16 codes of rows, made in pieces."""
    numbers, scales = np.empty(vectors.shape, np.int16), np.empty(len(vectors), np.float32)
    error = 0.0
    for start in range(0, len(vectors), PIECE):
        rows, part = vectors[start : start + PIECE], slice(start, start + PIECE)
        scales[part] = np.abs(rows).max(axis=1, initial=0.0) / np.float32(LARGEST)
        scale = np.maximum(scales[part], np.finfo(np.float32).tiny)[:, None]
        numbers[part] = np.rint(rows / scale)
        away = np.linalg.norm(rows - numbers[part] * scale, axis=1)
        error = max(error, float(away.max(initial=0.0)))
    return Codes(numbers, scales, error)


def coded_products(codes: Codes, part: slice, queries: Vectors) -> Vectors:
    """float32 (m, rows of the part): about the product of each query with each row."""
    kernels = compiled("dense_kernels")
    missing = -len(queries) % kernels.TOGETHER
    if missing < kernels.TOGETHER - 1:  # two or three take less time with empty ones beside them
        queries = np.concatenate([queries, np.zeros((missing, queries.shape[1]), np.float32)])
    else:
        missing = 0
    products = np.empty((len(queries), part.stop - part.start), np.float32)
    kernels.scan(codes.numbers[part], codes.scales[part], queries, products)
    return products[: len(queries) - missing]
