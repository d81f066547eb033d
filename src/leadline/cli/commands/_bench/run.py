"""Run a benchmark (its twin, or official data) with an agent; resumes where it stopped."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name")
@click.option("--agent", default="reader", show_default=True, help="silent, first, reader or researcher.")
@click.option("--judge", "judge_name", default="rule", show_default=True, help="rule or embedding.")
@click.option("--n", default=20, show_default=True, help="Number of cases.")
@click.option("--seed", default=0, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), help="Official file or folder instead of the twin.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder (default: results/bench/NAME/AGENT).")
@click.option("--resume/--fresh", default=True, show_default=True, help="Keep or forget finished cases.")
@click.option("--workers", default=2, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(
    name: str, agent: str, judge_name: str, n: int, seed: int, data: Path | None, out: Path | None, resume: bool,
    workers: int, as_json: bool,
) -> None:  # fmt: skip
    """Run the benchmark NAME. Without --data its twin is made from a seeded world, so that the whole protocol runs
    offline. Each case is saved as it ends.
    """
    from leadline.bench.agents import agent_named
    from leadline.bench.protocol import Twin, load_official
    from leadline.bench.protocols import protocol
    from leadline.bench.run import run_benchmark
    from leadline.cli.output import print_json, print_table
    from leadline.cli.progress import bar
    from leadline.errors import UsageError
    from leadline.models.judge import judge_named

    if n < 1 or workers < 1:
        raise UsageError("--n and --workers must be at least 1.")
    chosen, act, judge = protocol(name), agent_named(agent), judge_named(judge_name)
    twin = chosen.twin(seed, n) if data is None else Twin(load_official(chosen, data)[:n], [])
    folder = out or Path("results/bench") / name / agent
    if not resume:
        (folder / "results.jsonl").unlink(missing_ok=True)
    with bar(name, quiet=as_json) as progress:
        summary = run_benchmark(chosen, twin, act, agent, judge, folder, workers=workers, progress=progress)
    if as_json:
        print_json(summary)
        return
    rows = [[m, i.mean, f"[{i.low:.3g}, {i.high:.3g}]", i.n] for m, i in summary.metrics.items()]
    print_table(
        ["metric", "mean", "95 % interval", "cases"], rows, title=f"{chosen.title}: {agent}, {judge.id}"
    )
    click.echo(f"{summary.n} cases, {summary.failed} failed; {folder / 'results.jsonl'}")
