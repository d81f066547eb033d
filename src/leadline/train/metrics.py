"""What a training run says: one JSON line per step, and a plot of the columns that people look at."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from leadline import json_lines
from leadline.bench.metrics.sampling import pass_at_k
from leadline.bench.stats import mean_interval
from leadline.errors import StoreError, need
from leadline.files import DISK
from leadline.train.groups import group_all, group_any
from leadline.train.importance import effective_sample_size
from leadline.train.rows import Rows

PLOTTED = ("reward", "pass_1", "pass_k", "entropy", "length", "grad_norm")


def of_rows(rows: Rows, advantage: Tensor, base: Tensor) -> dict[str, float]:
    """Reward, share of dead groups, lengths, and how much weights changed the step: sum |A W| / sum |A|."""
    dead = ~group_any(rows.correct, rows.group_id) | group_all(rows.correct, rows.group_id)
    scale = float((base.abs() * rows.mask).sum())
    found = {
        "reward": float(rows.reward.mean()),
        "correct": float(rows.correct.float().mean()),
        "dead": float(dead.float().mean()),
        "rows": float(len(rows)),
        "length": float(rows.lengths.mean()),
        "weight_scale": float((advantage.abs() * rows.mask).sum()) / scale if scale else 1.0,
    }
    if rows.logp_roll is not None and rows.logp_old is not None:
        ratio = ((rows.logp_old - rows.logp_roll) * rows.mask).clamp(-20, 20).exp()[rows.mask > 0]
        found["is_ess"] = effective_sample_size(ratio) / max(1, len(ratio))
    if rows.entropy is not None:
        found["entropy"] = float((rows.entropy * rows.mask).sum() / rows.mask.sum())
    return found


def pass_table(rows: Rows, ks: Sequence[int]) -> dict[str, float]:
    """pass@k over the prompts of an evaluation, and half the 95 % interval of pass@1."""
    per_prompt: dict[int, list[bool]] = {}
    for prompt, right in zip(rows.group_id.tolist(), rows.correct.tolist(), strict=True):
        per_prompt.setdefault(prompt, []).append(right)
    counts = [(len(flags), sum(flags)) for flags in per_prompt.values()]
    table = {f"pass_{k}": sum(pass_at_k(n, c, k) for n, c in counts) / len(counts) for k in ks}
    interval = mean_interval([c / n for n, c in counts])
    return table | {"pass_1_half": (interval.high - interval.low) / 2}


def write_line(path: Path, record: Mapping[str, Any]) -> None:
    DISK.append(path, json_lines.line(record))


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a metrics file; a torn last one is left out."""
    if not path.exists():
        return []
    return list(json_lines.read_log(path, dict[str, Any], "a line of metrics", StoreError))


def keep_until(path: Path, step: int) -> None:
    """Drop lines after `step`, so that a resumed run does not report a step twice."""
    lines = [line for line in read_lines(path) if line["step"] <= step]
    DISK.write(path, json_lines.lines(lines))


def plot(path: Path, records: Sequence[Mapping[str, Any]], title: str) -> None:
    """An SVG with one small panel per column that has values."""
    figure_module = need("matplotlib.figure", "lab", "Plotting a training run")
    columns = [c for c in PLOTTED if sum(c in r for r in records) > 1]
    figure = figure_module.Figure(figsize=(3 * max(1, len(columns)), 2.6), layout="constrained")
    axes = figure.subplots(1, max(1, len(columns)), squeeze=False)[0]
    for axis, column in zip(axes, columns, strict=False):
        points = [(r["step"], r[column]) for r in records if column in r]
        axis.plot(*zip(*points, strict=True), linewidth=1)
        axis.set_title(column, fontsize=9)
        axis.set_xlabel("step", fontsize=8)
    figure.suptitle(title, fontsize=9)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    DISK.write(path, buffer.getvalue())
