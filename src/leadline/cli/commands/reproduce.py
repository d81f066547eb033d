"""Run the experiment of a published system and say whether its claims hold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from leadline.bench.reproduce import Reproduction
    from leadline.bench.stats import Interval
    from leadline.bench.system import Scale, System

NO_PLOT = "no plot (it needs the extra 'lab')"


@click.command()
@click.argument("slug")
@click.option(
    "--seeds", type=int, default=None, help="Number of seeds (default: the card's, 2 with --smoke)."
)
@click.option("--smoke", is_flag=True, help="A size of seconds: shows that it runs, proves nothing.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def command(slug: str, seeds: int | None, smoke: bool, out: Path, as_json: bool) -> None:
    """Run the experiment of SLUG, of your own file mine.py, or of `all`: baseline and method over seeds, mean, 95 %
    interval, verdict, and a plot under results/. A claim that does not hold is a result, not an error. `all` leaves
    out, by name, what needs an extra that is not installed.
    """
    from leadline.cli.output import print_json
    from leadline.files import DISK
    from leadline.systems import get, load

    cards = [card for card in load().values() if card.status == "built"] if slug == "all" else [get(slug)]
    DISK.probe(out)
    scale: Scale = "smoke" if smoke else "full"
    done = run_all(cards, slug, seeds, scale, out, quiet=as_json)
    for line in done.left_out:
        click.echo(line, err=True)
    if done.stopped:
        kept = f"{len(done.results)} of {len(cards)} systems are done and kept"
        click.echo(f"Stopped: {kept if slug == 'all' else 'nothing is kept'}.", err=True)
    if done.results or not done.stopped:
        if as_json:
            print_json(done.results if slug == "all" else done.results[0])
        else:
            show(done.results)
    if done.stopped:
        raise SystemExit(130)


class Done(NamedTuple):
    """What was reproduced, what was left out for want of an extra, and whether Ctrl-C ended it."""

    results: list[Reproduction]
    left_out: list[str]
    stopped: bool = False


def run_all(
    cards: Sequence[System], slug: str, seeds: int | None, scale: Scale, out: Path, *, quiet: bool
) -> Done:
    """One experiment after the other, each kept as it ends; an extra that is missing stops only the one of a name."""
    from leadline.bench.reproduce import n_runs, reproduce, save
    from leadline.cli.extras import as_missing
    from leadline.cli.progress import bar
    from leadline.errors import LeadlineError

    *begun, total = accumulate((n_runs(card, seeds, scale) for card in cards), initial=0)
    done = Done([], [])
    with bar(slug, quiet=quiet) as progress:
        progress(0, total)
        for card, before in zip(cards, begun, strict=True):

            def tell(runs: int, _: int, before: int = before) -> None:
                progress(before + runs, total)

            try:
                result = reproduce(card, seeds=seeds, scale=scale, progress=tell)
            except KeyboardInterrupt:
                return done._replace(stopped=True)
            except (LeadlineError, ModuleNotFoundError) as error:
                if slug != "all" or (mendable := as_missing(error)) is None:
                    raise
                done.left_out.append(f"{card.slug} was left out: {mendable}")
                continue
            done.results.append(save(result, out))
    return done


def show(results: list[Reproduction]) -> None:
    """A row per claim, and how long each system took."""
    from leadline.cli.output import print_table

    rows = [
        [r.slug, c.id, c.metric, f"{c.baseline.mean:.4g}", f"{c.method.mean:.4g}",
         f"{c.difference.mean:+.4g} {within(c.difference)}", c.verdict]
        for r in results
        for c in r.claims
    ]  # fmt: skip
    print_table(
        ["system", "claim", "metric", "baseline", "method", "difference, 95 % interval", "verdict"], rows
    )
    for result in results:
        click.echo(f"{result.slug}: {result.over}, {result.seconds:.1f} s, {result.plot or NO_PLOT}")


def within(interval: Interval) -> str:
    """Of one seed there is none."""
    return (
        f"[{interval.low:+.4g}, {interval.high:+.4g}]" if isfinite(interval.low) else "(1 seed: no interval)"
    )
