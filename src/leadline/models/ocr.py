"""Text recognition: RapidOCR (PP-OCR weights inside the package, no download), its boxes put into reading order.

Boxes come as quadrilaterals in any order. The page's slope is the weighted median of their upper edges; after turning
the centres back by it, boxes whose centres lie within half a letter height are one line, read from left to right.
So the cells of an invoice's row end up in one line even if the paper lay askew.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from leadline.errors import SourceError, need

MIN_SCORE = 0.5
"""Below this a line is not read at all: the engine's own default."""


class Box(NamedTuple):
    """A recognised stretch of text: corners (4, 2) in pixels from the upper left clockwise, score in [0, 1]."""

    text: str
    corners: np.ndarray
    score: float


class Line(NamedTuple):
    """A line in reading order; box x0, y0, x1, y1 in pixels encloses all of it."""

    text: str
    box: tuple[float, float, float, float]
    score: float


def recognise(pixels: np.ndarray) -> list[Line]:
    """Lines of an RGB image (height, width, 3) of uint8."""
    return lines(boxes(pixels))


def read_lines(data: bytes) -> list[str]:
    """The lines of an image file (PNG, JPEG, ...) in reading order. SourceError if it is no image."""
    images: Any = need("PIL.Image", "docs", "Reading scans")
    try:
        with images.open(io.BytesIO(data)) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise SourceError(f"It is not a readable image ({error}).", remedy="Save it as PNG.") from error
    return [line.text for line in recognise(pixels)]


def boxes(pixels: np.ndarray) -> list[Box]:
    """What the engine recognises, in its own order."""
    # Channels in OpenCV's order, as the recogniser was trained.
    found = engine()(np.ascontiguousarray(pixels[:, :, ::-1]), use_cls=False)
    if found.boxes is None or found.txts is None:
        return []
    return [
        Box(text, np.asarray(corners, dtype=float), float(score))
        for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        if score >= MIN_SCORE and text.strip()
    ]


@cache
def engine() -> Any:
    """One engine per process, one thread: workers must not fight for cores. Loading takes about a second."""
    rapidocr: Any = need("rapidocr", "docs", "Reading scans")
    threads = dict.fromkeys(
        (f"EngineConfig.onnxruntime.{kind}_op_num_threads" for kind in ("intra", "inter")), 1
    )
    return rapidocr.RapidOCR(params={"Global.log_level": "critical", **threads})


def slope(corners: np.ndarray) -> float:
    """Radians by which lines fall to the right: median over upper edges of (n, 4, 2), weighted by length.

    >>> round(slope(np.array([[[0, 0], [100, 2], [100, 22], [0, 20]]], dtype=float)), 3)
    0.02
    """
    edges = corners[:, 1] - corners[:, 0]
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    angles = np.arctan2(edges[:, 1], edges[:, 0])
    # Short boxes are axis-aligned by the detector's rounding and say nothing.
    long = lengths >= np.quantile(lengths, 0.6)
    order = np.argsort(angles[long], kind="stable")
    weights = np.cumsum(lengths[long][order])
    return float(angles[long][order][np.searchsorted(weights, weights[-1] / 2)])


def lines(found: Sequence[Box]) -> list[Line]:
    """Boxes to lines, top to bottom."""
    if not found:
        return []
    corners = np.stack([box.corners for box in found])
    angle = slope(corners)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    level = corners @ turn
    middle = level[:, :, 1].mean(axis=1)
    height = np.hypot(*(corners[:, 3] - corners[:, 0]).T)
    rows = cluster(middle, height)
    return [_line([found[i] for i in sorted(row, key=lambda i: (level[i, :, 0].min(), i))]) for row in rows]


def cluster(middle: np.ndarray, height: np.ndarray) -> list[list[int]]:
    """Indices of boxes (n,) whose middles lie within half a height of their row's running mean, top to bottom."""
    rows: list[list[int]] = []
    for i in np.argsort(middle, kind="stable").tolist():
        if rows:
            last = rows[-1]
            if abs(middle[i] - middle[last].mean()) < 0.5 * min(height[i], float(np.median(height[last]))):
                last.append(i)
                continue
        rows.append([i])
    return rows


def _line(row: Sequence[Box]) -> Line:
    corners = np.concatenate([box.corners for box in row])
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    text = " ".join(" ".join(box.text.split()) for box in row)
    return Line(text, (float(x0), float(y0), float(x1), float(y1)), min(box.score for box in row))
