"""Run a benchmark (its twin, or official data) with an agent; resumes where it stopped."""

from __future__ import annotations

import re
from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.option(
    "--agent",
    default="reader",
    show_default=True,
    help="silent, first, reader, researcher, or your own file mine.py; with --model any of `leadline agents`.",
)
@click.option(
    "--model", metavar="SPEC", help="local, PROVIDER:NAME or http://HOST/v1#NAME; for agents that need one."
)
@click.option(
    "--judge", "judge_name", default="rule", show_default=True, help="rule, embedding or model:SPEC."
)
@click.option(
    "--answers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Score these answers instead of asking an agent: JSON lines {id, text}.",
)
@click.option("--n", default=20, show_default=True, help="Number of cases.")
@click.option("--seed", default=0, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), help="Official file or folder instead of the twin.")
@click.option("--part", is_flag=True, help="Accept a part or a changed copy of the official data.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder (default: results/bench/NAME/AGENT).")
@click.option("--resume/--fresh", default=True, show_default=True, help="Keep or forget finished cases.")
@click.option("--workers", default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(
    name: str, agent: str, model: str | None, judge_name: str, answers: Path | None, n: int, seed: int,
    data: Path | None, part: bool, out: Path | None, resume: bool, workers: int, as_json: bool,
) -> None:  # fmt: skip
    """Run the benchmark NAME, or that of your own file mine.py. Without --data its twin is made from a seeded world,
    so that the whole protocol runs offline. Each case is saved with its trace as it ends; another --judge scores the
    saved answers again.

    Exit codes: 0 done, 1 a judge gave no verdict on some cases (run again to ask it once more).
    """
    from leadline.bench.agents import agent_named, answers_in
    from leadline.bench.protocol import Twin, load_official
    from leadline.bench.protocols import protocol
    from leadline.bench.run import run_benchmark
    from leadline.cli.output import print_json, print_table
    from leadline.cli.progress import bar
    from leadline.errors import CheckFailed, UsageError
    from leadline.files import DISK
    from leadline.models.judge import judge_named

    if n < 1 or workers < 1:
        raise UsageError("--n and --workers must be at least 1.")
    chosen, judge = protocol(name), judge_named(judge_name)
    twin = chosen.twin(seed, n) if data is None else Twin(load_official(chosen, data, part=part)[:n], [])
    act = answers_in(answers, twin.cases) if answers else agent_named(agent, model)
    called = answers.stem if answers else agent if model is None else f"{agent} with {model}"
    folder = out or Path("results/bench") / chosen.name / re.sub(r"[^\w.-]+", "-", called)
    DISK.probe(folder)
    if not resume:
        (folder / "results.jsonl").unlink(missing_ok=True)
    try:
        with bar(chosen.name, quiet=as_json) as progress:
            summary = run_benchmark(
                chosen, twin, act, called, judge, folder, workers=workers, progress=progress
            )
    except KeyboardInterrupt:
        click.echo(f"The finished cases are in {folder}: the same command goes on with the rest.", err=True)
        raise
    if as_json:
        print_json(summary)
    else:
        rows = [[m, i.mean, f"[{i.low:.3g}, {i.high:.3g}]", i.n] for m, i in summary.metrics.items()]
        title = f"{chosen.title}: {called}, {judge.id}"
        rows += [[m, value, "", summary.n - summary.unscored] for m, value in summary.over_all.items()]
        print_table(["metric", "mean", "95 % interval", "cases"], rows, title=title)
        click.echo(f"{summary.n} cases, {summary.failed} failed; {folder / 'results.jsonl'}")
    if summary.unscored:
        raise CheckFailed(
            f"{judge.id} gave no verdict on {summary.unscored} of {summary.n} cases; they are missing from the means.",
            remedy="Their answers are kept: run the same command again to have them judged.",
        )
