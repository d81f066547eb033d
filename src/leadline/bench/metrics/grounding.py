"""Scoring of points and boxes named in a picture: GUI grounding as InfiGUI-G1 evaluates it (arXiv:2508.05731), IoU.

A region is a box (x1, y1, x2, y2), bounds inclusive, or a polygon of three points or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadline.errors import UsageError

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Region = Box | Sequence[Point] | None


class Grounding(NamedTuple):
    correct: bool
    """The first point is in the region: top-1."""
    has_correct: bool
    """Any point is."""
    n: int


def inside_box(point: Point, box: Box) -> bool:
    """
    >>> inside_box((20, 10), (10, 10, 20, 20)), inside_box((21, 10), (10, 10, 20, 20))
    (True, False)
    """
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes (x1, y1, x2, y2); 0 for boxes without area.

    >>> iou((0, 0, 2, 2), (1, 0, 3, 2)), iou((0, 0, 1, 1), (1, 0, 2, 1)), iou((0, 0, 0, 5), (0, 0, 0, 5))
    (0.3333333333333333, 0.0, 0.0)
    """
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = [max(0.0, x2 - x1) * max(0.0, y2 - y1) for x1, y1, x2, y2 in (a, b)]
    union = sum(areas) - width * height
    return width * height / union if union > 0 else 0.0


def inside_polygon(point: Point, corners: Sequence[Point]) -> bool:
    """By ray casting to the right; points on an edge may fall on either side.

    >>> inside_polygon((1, 1), [(0, 0), (4, 0), (0, 4)]), inside_polygon((3, 3), [(0, 0), (4, 0), (0, 4)])
    (True, False)
    """
    x, y = point
    odd = False
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            odd = not odd
    return odd


def inside(point: Point, region: Box | Sequence[Point]) -> bool:
    """Four numbers are a box, three or more points a polygon."""
    if len(region) == 4 and not isinstance(region[0], Sequence):
        return inside_box(point, region)  # type: ignore[arg-type]
    if len(region) < 3:
        raise UsageError(f"A region is a box of 4 numbers or a polygon of 3 points, not {region!r}.")
    return inside_polygon(point, region)  # type: ignore[arg-type]


def first_hit(points: Sequence[Point], region: Box | Sequence[Point]) -> int:
    """1-based place of the first point in the region, 0 if none is."""
    return next((k for k, point in enumerate(points, 1) if inside(point, region)), 0)


def grounded(points: Sequence[Point], region: Region) -> Grounding:
    """Points in the order in which they were named. Where nothing is to be found (None), naming nothing is right."""
    if region is None:
        return Grounding(not points, not points, len(points))
    first = first_hit(points, region)
    return Grounding(first == 1, first > 0, len(points))
