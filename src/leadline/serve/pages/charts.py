"""Small charts as SVG in the page: means with their intervals, and curves.

They are drawn on the server, so they need no script and print as they are; colours and sizes of text come from
pages.css, so they follow light and dark. Every chart carries its figures in words for those who do not see it. Where
scripts run, curves.js draws the curves again with uPlot, to zoom and to read values off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from leadline.bench.stats import Interval
from leadline.evidence.render.page import escape, tag

WIDTH, ROW = 420.0, 38.0
CURVE_HEIGHT, LEFT, BOTTOM = 150.0, 44.0, 22.0


class Arm(NamedTuple):
    """A named mean with its interval and, where they are known, the values behind it."""

    name: str
    value: Interval
    points: tuple[float, ...] = ()


def ticks(low: float, high: float, n: int = 4) -> list[float]:
    """About n round numbers that cover [low, high].

    >>> ticks(0.12, 0.71)
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    span = (high - low) or abs(high) or 1.0
    raw = span / n
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * m for m in (1, 2, 2.5, 5, 10) if unit * m >= raw)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def intervals(arms: Sequence[Arm], title: str) -> str:
    """One row per arm: every value as a small dot, the interval as a bar, the mean as a dot on it."""
    known = [arm for arm in arms if math.isfinite(arm.value.mean)]
    if not known:
        return ""
    reach = [x for arm in known for x in (*arm.points, *arm.value[:3]) if math.isfinite(x)]
    marks = ticks(min(reach), max(reach))
    low, high = marks[0], marks[-1]

    def x(value: float) -> float:
        return 8 + (WIDTH - 16) * (value - low) / (high - low)

    foot = ROW * len(known) + 6
    drawn = [_vertical(x(mark), foot, f"{mark:g}") for mark in marks]
    for n, arm in enumerate(known):
        drawn.append(_arm(arm, ROW * n + 26, x))
    says = "; ".join(f"{arm.name} {in_words(arm.value)}" for arm in known)
    return _svg("".join(drawn), WIDTH, foot + 20, f"{title}: {says}")


def _arm(arm: Arm, y: float, x: Callable[[float], float]) -> str:
    value = arm.value
    dots = [tag("circle", "", cx=f"{x(p):.1f}", cy=f"{y:.1f}", r="2.5", cls="dot") for p in arm.points]
    low, high = (value.low, value.high) if value.n > 1 else (value.mean, value.mean)
    bar = tag("line", "", x1=f"{x(low):.1f}", x2=f"{x(high):.1f}", y1=f"{y:.1f}", y2=f"{y:.1f}", cls="bar")
    mean = tag("circle", "", cx=f"{x(value.mean):.1f}", cy=f"{y:.1f}", r="5", cls="mean")
    name = tag("text", escape(arm.name), x="8", y=f"{y - 12:.1f}")
    shown = tag("text", escape(in_words(value)), x=f"{WIDTH - 8:g}", y=f"{y - 12:.1f}", cls="value")
    return name + shown + "".join(dots) + bar + mean


def curve(points: Sequence[tuple[float, float]], title: str, halves: Sequence[float] = ()) -> str:
    """y over x as a line; `halves`, one per point, are half the interval of each y and drawn as a band."""
    pairs = [(x, y) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    if len(pairs) < 2:
        return ""
    band = [(px, y - h, y + h) for (px, y), h in zip(pairs, halves, strict=False)]
    ys = [y for _, y in pairs] + [edge for _, *edges in band for edge in edges]
    marks, steps = ticks(min(ys), max(ys), 3), ticks(pairs[0][0], pairs[-1][0])

    def at(px: float, y: float) -> str:
        across = (px - steps[0]) / (steps[-1] - steps[0])
        up = (y - marks[0]) / (marks[-1] - marks[0])
        return f"{LEFT + (WIDTH - LEFT - 12) * across:.1f},{8 + (CURVE_HEIGHT - BOTTOM - 8) * (1 - up):.1f}"

    drawn = []
    for mark in marks:
        (left, y), right = at(steps[0], mark).split(","), at(steps[-1], mark).split(",")[0]
        drawn.append(tag("line", "", x1=left, x2=right, y1=y, y2=y, cls="grid"))
        drawn.append(tag("text", f"{mark:g}", x=f"{LEFT - 6:g}", y=f"{float(y) + 4:.1f}", cls="value"))
    for step in steps:
        x = at(step, marks[0]).split(",")[0]
        drawn.append(tag("text", f"{step:g}", x=x, y=f"{CURVE_HEIGHT - 4:g}", cls="tick"))
    if band:
        edge = [at(px, high) for px, _, high in band] + [at(px, low) for px, low, _ in reversed(band)]
        drawn.append(tag("polygon", "", points=" ".join(edge), cls="band"))
    drawn.append(tag("polyline", "", points=" ".join(at(*pair) for pair in pairs), cls="curve"))
    says = f"{title}: {pairs[0][1]:.4g} at {pairs[0][0]:g}, {pairs[-1][1]:.4g} at {pairs[-1][0]:g}"
    return _svg("".join(drawn), WIDTH, CURVE_HEIGHT, says)


def in_words(value: Interval) -> str:
    """A mean with its interval where there is one.

    >>> in_words(Interval(0.5, 0.25, 0.75, 3)), in_words(Interval(2.0, -math.inf, math.inf, 1))
    ('0.5 [0.25, 0.75]', '2')
    """
    if value.n < 2:
        return f"{value.mean:.4g}"
    return f"{value.mean:.4g} [{value.low:.4g}, {value.high:.4g}]"


def _vertical(x: float, foot: float, text: str) -> str:
    line = tag("line", "", x1=f"{x:.1f}", x2=f"{x:.1f}", y1="4", y2=f"{foot:.1f}", cls="grid")
    return line + tag("text", text, x=f"{x:.1f}", y=f"{foot + 16:.1f}", cls="tick")


def _svg(drawn: str, width: float, height: float, says: str) -> str:
    return tag("svg", drawn, viewBox=f"0 0 {width:g} {height:g}", cls="chart", role="img", aria_label=says)
