"""Run a system's experiment over seeds and say whether its claims hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from leadline.bench.stats import Interval, mean_interval, paired_interval, verdict
from leadline.bench.system import Claim, Pair, Scale, System, Trial
from leadline.errors import MissingExtra, UsageError
from leadline.files import DISK


class ClaimResult(msgspec.Struct, frozen=True):
    """One claim over all seeds: both arms, their paired difference and the verdict."""

    id: str
    text: str
    metric: str
    method_name: str
    baseline_name: str
    direction: str
    method: Interval
    baseline: Interval
    difference: Interval
    verdict: str
    pairs: tuple[Pair, ...]


class Reproduction(msgspec.Struct, frozen=True):
    """What `leadline reproduce SLUG` writes to results/<slug>.json."""

    slug: str
    paper: str
    scale: str
    seeds: int
    """The most that a claim has; `difference.n` says how many each has."""
    seconds: float
    claims: tuple[ClaimResult, ...]
    plot: str = ""

    @property
    def over(self) -> str:
        """Over how many seeds, for people: "1 seed", "5 to 16 seeds"."""
        fewest = min((len(claim.pairs) for claim in self.claims), default=self.seeds)
        if fewest == self.seeds:
            return "1 seed" if fewest == 1 else f"{fewest} seeds"
        return f"{fewest} to {self.seeds} seeds"


def n_seeds(trial: Trial, seeds: int | None, scale: Scale) -> int:
    """How many seeds a run takes: what was asked for, else two for a smoke run and the trial's own for a full one."""
    if seeds is not None:
        return seeds
    return 2 if scale == "smoke" else trial.seeds


def n_runs(card: System, seeds: int | None, scale: Scale) -> int:
    """How often an experiment is run, over all of the card's trials."""
    return sum(n_seeds(trial, seeds, scale) for trial in card.trials)


def reproduce(
    card: System,
    *,
    seeds: int | None = None,
    scale: Scale = "full",
    progress: Callable[[int, int], Any] | None = None,
) -> Reproduction:
    """Run every trial of the card for seeds 0..n-1. `progress(done, total)` is called after each seed.

    Raises UsageError where there is no experiment, no seed, or a claim that nothing measures.
    """
    if not card.trials:
        raise UsageError(
            f"{card.slug} is specified and not built yet.", remedy="`leadline systems` shows what is."
        )
    if seeds is not None and seeds < 1:
        raise UsageError(f"--seeds must be at least 1, not {seeds}.")
    started = time.perf_counter()
    total, done = n_runs(card, seeds, scale), 0
    measured: dict[str, list[Pair]] = {claim.id: [] for claim in card.claims}
    for trial in card.trials:
        for seed in range(n_seeds(trial, seeds, scale)):
            for claim, (baseline, method) in trial.experiment(seed, scale).items():
                if claim in measured:
                    measured[claim].append(Pair(float(baseline), float(method)))
            done += 1
            if progress is not None:
                progress(done, total)
    if unmeasured := [claim for claim, pairs in measured.items() if not pairs]:
        raise UsageError(
            f"No experiment of {card.slug} measures {', '.join(unmeasured)}.",
            remedy="Return a pair for each claim: {claim id: Pair(baseline, method)}.",
        )
    claims = tuple(judged(claim, measured[claim.id]) for claim in card.claims)
    most = max(n_seeds(trial, seeds, scale) for trial in card.trials)
    return Reproduction(card.slug, card.paper, scale, most, time.perf_counter() - started, claims)


def judged(claim: Claim, pairs: Sequence[Pair]) -> ClaimResult:
    """What the seeds' pairs say of a claim."""
    method, baseline = [p.method for p in pairs], [p.baseline for p in pairs]
    difference = paired_interval(method, baseline)
    return ClaimResult(
        claim.id, claim.text, claim.metric, claim.method, claim.baseline, claim.direction,
        mean_interval(method), mean_interval(baseline), difference,
        verdict(difference, claim.direction), tuple(pairs),
    )  # fmt: skip


def save(result: Reproduction, folder: Path) -> Reproduction:
    """Write <folder>/<slug>.json and, with the extra `lab`, <slug>.svg. Returns the result with its plot's path, which
    is empty without the extra: a missing picture loses no result."""
    stem = result.slug if result.scale == "full" else f"{result.slug}.smoke"
    picture = folder / f"{stem}.svg"
    try:
        DISK.write(picture, draw(result))
        drawn = msgspec.structs.replace(result, plot=str(picture))
    except MissingExtra:
        drawn = result
    DISK.write(folder / f"{stem}.json", msgspec.json.format(msgspec.json.encode(drawn), indent=2))
    return drawn


def draw(result: Reproduction) -> bytes:
    """An SVG: for each claim both arms with their interval, and every seed's pair as a thin line."""
    import io

    from leadline.errors import need

    figure_module = need("matplotlib.figure", "lab", "Plotting a result")
    figure = figure_module.Figure(figsize=(3.2 * max(1, len(result.claims)), 3.4), layout="constrained")
    axes = figure.subplots(1, max(1, len(result.claims)), squeeze=False)[0]
    for axis, claim in zip(axes, result.claims, strict=False):
        for pair in claim.pairs:
            axis.plot([0, 1], pair, color="0.75", linewidth=0.8, zorder=1)
        for x, arm in enumerate((claim.baseline, claim.method)):
            half = 0.0 if arm.n < 2 else arm.high - arm.mean
            axis.errorbar(x, arm.mean, yerr=half, fmt="o", capsize=4, color=("0.3", "C0")[x], zorder=2)
        axis.set_xticks([0, 1], [claim.baseline_name, claim.method_name])
        axis.set_xlim(-0.4, 1.4)
        axis.set_ylabel(claim.metric)
        axis.set_title(f"{claim.id}: {claim.verdict}", fontsize=9)
    figure.suptitle(f"{result.slug} ({result.over}, {result.scale})", fontsize=10)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
