"""Compare finished benchmark runs in one table and a plot."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--results", type=click.Path(path_type=Path), default=Path("results/bench"), show_default=True)
@click.option("--plot", type=click.Path(path_type=Path), help="Also draw the leaderboard there (SVG or PNG).")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(results: Path, plot: Path | None, as_json: bool) -> None:
    """Compare finished benchmark runs: the main metric of each, best first."""
    import msgspec

    from leadline.bench.board import draw
    from leadline.bench.run import Summary
    from leadline.cli.output import check_plot, print_json, print_table
    from leadline.errors import UsageError
    from leadline.files import DISK

    if plot is not None:
        check_plot(plot, "Plotting the leaderboard")
    files = sorted(results.glob("*/*/summary.json"))
    if not files:
        raise UsageError(
            f"There is no finished run under {results}.", remedy="Run `leadline bench run NAME`."
        )
    found = [msgspec.json.decode(file.read_bytes(), type=Summary) for file in files]
    rows = [
        row for row in found if row.main in row.metrics
    ]  # a run that its judge scored nowhere has no place
    rows.sort(key=lambda s: (s.benchmark, -s.metrics[s.main].mean, s.agent))
    if plot is not None:
        DISK.write(plot, draw(rows, plot.suffix.lstrip(".").lower()))
    if as_json:
        print_json(rows)
        return
    table = [
        [s.benchmark, s.agent, s.judge, s.main, s.metrics[s.main].mean,
         f"[{s.metrics[s.main].low:.3g}, {s.metrics[s.main].high:.3g}]", s.n, s.failed]
        for s in rows
    ]  # fmt: skip
    print_table(["benchmark", "agent", "judge", "metric", "mean", "95 % interval", "cases", "failed"], table)
