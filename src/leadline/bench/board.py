"""The leaderboard as a picture: the main metric of each agent with its interval, one panel per benchmark."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from leadline.bench.run import Summary
from leadline.errors import need


def draw(rows: Sequence[Summary], kind: str = "svg") -> bytes:
    """SVG or PNG bytes."""
    rows = [row for row in rows if row.main in row.metrics]  # nothing scored, nothing to draw
    names = sorted({row.benchmark for row in rows})
    figures: Any = need("matplotlib.figure", "lab", "Plotting a leaderboard")
    figure = figures.Figure(figsize=(4.2, 1.0 + 1.3 * len(names)), layout="constrained")
    for axis, name in zip(figure.subplots(len(names), 1, squeeze=False)[:, 0], names, strict=True):
        mine = [row for row in rows if row.benchmark == name]
        for y, row in enumerate(reversed(mine)):
            value = row.metrics[row.main]
            half = value.high - value.mean if value.n > 1 else 0.0
            axis.errorbar(value.mean, y, xerr=half, fmt="o", capsize=3, color="C0")
        axis.set_yticks(range(len(mine)), [row.agent for row in reversed(mine)])
        axis.set_ylim(-0.5, len(mine) - 0.5)
        axis.set_title(f"{name} ({mine[0].main})", fontsize=9, loc="left")
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return buffer.getvalue()
