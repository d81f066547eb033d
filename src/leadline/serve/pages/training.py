"""Training runs of the laboratory: the curves of each, read from the metrics.jsonl that the trainer writes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from leadline import json_lines
from leadline.errors import NotFound
from leadline.evidence.render.page import escape, tag
from leadline.serve.pages.charts import curve
from leadline.serve.pages.frame import table

CURVES = (
    ("reward", "Mean reward"),
    ("pass_1", "pass@1 of the evaluation, with its 95 % interval"),
    ("pass_k", "pass@k of the evaluation"),
    ("entropy", "Entropy of the policy"),
    ("length", "Tokens per rollout"),
    ("kl", "KL to the reference"),
    ("grad_norm", "Norm of the gradient"),
    ("dead", "Share of groups without a signal"),
)
"""Column of metrics.jsonl -> what it is; those that a run does not have are left out."""
LABELS = {"pass_1": "pass@1", "pass_k": "pass@k", "grad_norm": "norm"}
"""What a value is called beside the pointer, where the column's name will not do."""
HALVES = {"pass_1": "pass_1_half"}
MOST_POINTS = 400
"""A curve is thinned to about that many points."""

Line = Mapping[str, Any]


def training_runs(results: Path) -> dict[str, Path]:
    """Name -> metrics.jsonl, of every folder below `results` that has one."""
    found = sorted(results.glob("**/metrics.jsonl"))
    return {path.parent.relative_to(results).as_posix(): path for path in found}


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines that can be read; the last may be half written while the run goes on."""
    lines = json_lines.readable(path.read_bytes(), dict[str, Any])
    return [line for line in lines if isinstance(line.get("step"), int | float)]


def training_list(results: Path) -> str:
    """The training runs of the results folder as a table."""
    runs = training_runs(results)
    if not runs:
        return ""
    rows = []
    for name, path in runs.items():
        lines = read_metrics(path)
        last = {key: value for line in lines for key, value in line.items()}
        link = tag("a", escape(name), href=f"/laboratory/training/{quote(name)}")
        rows.append((link, *(escape(_shown(last.get(key))) for key in ("step", "reward", "pass_1"))))
    return tag("h2", "Training") + table(("run", "step", "reward", "pass@1"), rows)


def training_page(results: Path, name: str) -> str:
    """One training run: its curves and its evaluations."""
    runs = training_runs(results)
    if name not in runs:
        raise NotFound("training run", name[:120], runs)
    lines = read_metrics(runs[name])
    head = tag("p", tag("a", "Laboratory", href="/laboratory")) + tag("h1", escape(name))
    if not lines:
        return head + tag("p", "It has written no step yet.", cls="lead")
    steps = tag("p", f"{len(lines):,} steps recorded; the last is {lines[-1]['step']:g}.", cls="lead")
    return head + steps + tag("div", _curves(lines), cls="charts") + _evaluations(lines)


def _curves(lines: Sequence[Line]) -> str:
    drawn = []
    for column, title in CURVES:
        having = [line for line in lines if isinstance(line.get(column), int | float)]
        every = max(1, len(having) // MOST_POINTS)
        kept = [*having[:-1:every], *having[-1:]]
        halves = [line.get(HALVES.get(column, ""), 0.0) for line in kept] if column in HALVES else []
        points = [(line["step"], line[column]) for line in kept]
        picture = curve(points, title, halves)
        drawn.append(_figure(title, picture, column, _banded(points, halves)) if picture else "")
    return "".join(drawn)


def _banded(points: Sequence[tuple[float, float]], halves: Sequence[float]) -> list[tuple[float, ...]]:
    """(step, value) or (step, value, half its interval) of every point that can be drawn."""
    beside: list[tuple[float, ...]] = [(half,) for half in halves] or [()] * len(points)
    rows = [(*point, *half) for point, half in zip(points, beside, strict=True)]
    return [row for row in rows if all(map(math.isfinite, row))]


def _figure(title: str, picture: str, name: str, points: Sequence[tuple[float, ...]]) -> str:
    """The picture with its figures beside it, for the script that makes it one to look into."""
    data = {"data_points": msgspec.json.encode(points).decode(), "data_label": LABELS.get(name, name)}
    return tag("figure", tag("figcaption", escape(title)) + picture, cls="card chart-card", **data)


def _evaluations(lines: Sequence[Line]) -> str:
    evaluated = [line for line in lines if "pass_1" in line]
    if not evaluated:
        return ""
    rows = [
        (
            f"{line['step']:g}",
            f"{_shown(line['pass_1'])} ± {_shown(line.get('pass_1_half'))}",
            _shown(line.get("pass_k")),
            _shown(line.get("reward")),
        )
        for line in evaluated
    ]
    return tag("h2", "Evaluations") + table(("step", "pass@1, 95 %", "pass@k", "reward"), rows)


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else ""
