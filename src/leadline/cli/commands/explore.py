"""Search a puzzle, maze or reaction space under a budget, and show what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leadline.cli.asking import Signals
    from leadline.explore.cells import Judge
    from leadline.explore.search import Exploration
    from leadline.models.base import ChatModel


@click.command()
@click.argument("method")
@click.option(
    "--env",
    "environment",
    required=True,
    help='"game24:4 5 6 10", "countdown:3 5 2=11", "sudoku:9", "maze:12", "shapes:5", "reactions:chan-lam", '
    '"minigrid:LEVEL", "textworld:FILE", or your own file mine.py.',
)
@click.option(
    "--budget", type=click.IntRange(min=0), default=700, show_default=True, help="Steps in the environment."
)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Runs, from --seed on."
)
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0, min_open=True), default=float("inf"),
              help="Seconds that one step may take.")  # fmt: skip
@click.option("--model", help="A language model that judges in go-explore and proposes in llm, e.g. `local`.")
@click.option(
    "--plot", type=click.Path(path_type=Path), help="Draw best reward over steps: an .svg or .png file."
)
@click.option("--resume", "checkpoint", type=click.Path(path_type=Path, dir_okay=False),
              help="Keep the search in this file, and go on from it if it exists.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def command(
    method: str, environment: str, budget: int, seed: int, seeds: int, timeout_s: float, model: str | None,
    plot: Path | None, checkpoint: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Search an environment by METHOD: restarts; dfs, bfs, go-explore (on an archive); uct, best, beam, frontier (on
    a tree); in a reaction space random, one-factor, gp-ei, gp-ucb, gp-pi, forest-ei, botorch-ei, botorch-ucb, llm.
    Exit code 3 when no run reached a reward of 1. Ctrl-C ends a search with what it has found.
    """
    from leadline.cli.asking import Signals
    from leadline.cli.output import check_plot, print_json
    from leadline.files import DISK

    if plot is not None:
        check_plot(plot, "Plotting a search")
    if checkpoint is not None:
        DISK.probe(checkpoint.parent, "--resume")
    with Signals(running=True) as signals:
        found = _searches(
            method, environment, budget, range(seed, seed + seeds), signals, timeout_s=timeout_s, model=model,
            checkpoint=checkpoint, quiet=as_json,
        )  # fmt: skip
    if plot is not None:
        _draw(found, plot, f"{method} on {environment}")
    if as_json:
        print_json(found)
    else:
        _show(found, seed)
    if signals.exit_code:
        how = "the same command goes on" if checkpoint else "with --resume FILE a search can go on"
        click.echo(f"Stopped after {found[-1].operations} of {budget} steps: {how}.", err=True)
        raise SystemExit(signals.exit_code)
    if not any(f.solved for f in found):
        raise SystemExit(3)


def _searches(
    method: str, environment: str, budget: int, seeds: range, signals: Signals,
    *, timeout_s: float, model: str | None, checkpoint: Path | None, quiet: bool,
) -> list[Exploration]:  # fmt: skip
    """One search per seed; a signal ends the one under way with what it has, and is the last."""
    from functools import partial

    from leadline.cli.progress import bar
    from leadline.environments.registry import make_environment
    from leadline.explore.search import explore

    found: list[Exploration] = []
    for seed in seeds:
        chat = _model(model) if model else None
        judge = _judge(chat, environment, seed) if chat and method == "go-explore" else None
        with bar(f"{method} on {environment}, seed {seed}", quiet=quiet) as progress:
            found.append(
                explore(
                    method, partial(make_environment, environment, seed), budget, seed, judge=judge, model=chat,
                    timeout_s=timeout_s, checkpoint=_for_seed(checkpoint, seed, len(seeds)), name=environment,
                    progress=progress, stop=lambda: signals.exit_code,
                )
            )  # fmt: skip
        if signals.exit_code:
            break
    return found


def _show(found: list[Exploration], first_seed: int) -> None:
    """A row per search, and how the first one went."""
    from leadline.cli.output import print_table

    rows = [
        [first_seed + k, f.solved, f.reward, f.operations, f.states, f.ending] for k, f in enumerate(found)
    ]
    print_table(["seed", "solved", "best reward", "steps", "states", "ended by"], rows)
    for f in found[:1]:
        click.echo("\n".join([*f.actions, *(f"failed: {text}" for text in f.failures)]))


def _for_seed(path: Path | None, seed: int, seeds: int) -> Path | None:
    """One file per run."""
    return path if path is None or seeds == 1 else path.with_name(f"{path.name}-{seed}")


def _model(spec: str) -> ChatModel:
    from leadline.models.specs import model_from

    return model_from(spec)


def _judge(model: ChatModel, environment: str, seed: int) -> Judge:
    from leadline.environments.registry import make_environment
    from leadline.explore.cells import Cell
    from leadline.explore.model_judge import ModelJudge
    from leadline.explore.search import action_in_words

    aside = make_environment(environment, seed)

    def name(cell: Cell, action: int) -> str:
        """The action, and what comes of it where that can be seen."""
        aside.restore(cell.snapshot)
        chosen = aside.legal_actions()[action]
        seen = aside.step(chosen)
        return f"{action_in_words(chosen)}: {seen.error or seen.text}"

    return ModelJudge(model, f"Solve this: {environment}.", name, seed=seed)


def _draw(found: list[Exploration], path: Path, title: str) -> None:
    import io

    from matplotlib.figure import Figure

    from leadline.files import DISK

    form = path.suffix[1:].lower()
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axis = figure.subplots()
    for f in found:
        x, y = [0, *(n for n, _ in f.curve), f.operations], [0.0, *(r for _, r in f.curve), f.reward]
        axis.step(x, y, where="post", linewidth=1)
    axis.set(xlabel="steps in the environment", ylabel="best reward", title=title)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, dpi=150, metadata={"Date": None} if form == "svg" else None)
    DISK.write(path, buffer.getvalue())
