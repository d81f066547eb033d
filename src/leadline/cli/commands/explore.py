"""Search a puzzle, maze or reaction space under a budget, and show what was found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leadline.explore.archive import Judge
    from leadline.explore.search import Exploration


@click.command()
@click.argument("method")
@click.option("--env", "environment", required=True, help='"game24:4 5 6 10", "countdown:3 5 2=11", "sudoku:9", '
              '"maze:12", "shapes:5", "reactions:chan-lam", "minigrid:LEVEL", "textworld:FILE".')  # fmt: skip
@click.option(
    "--budget", type=click.IntRange(min=0), default=700, show_default=True, help="Steps in the environment."
)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Runs, from --seed on."
)
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0, min_open=True), default=float("inf"),
              help="Seconds that one step may take.")  # fmt: skip
@click.option("--model", help="A GGUF file or model name that judges in go-explore.")
@click.option("--plot", type=click.Path(path_type=Path), help="Write best reward over steps to this SVG.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def command(
    method: str, environment: str, budget: int, seed: int, seeds: int, timeout_s: float, model: str | None,
    plot: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Search an environment by METHOD: dfs, bfs, go-explore (on an archive), uct, best, beam, frontier (on a tree);
    in a reaction space also random, one-factor, gp-ei, gp-ucb, gp-pi.
    Exit code 3 when no run reached a reward of 1.
    """
    from leadline.cli.output import print_json, print_table
    from leadline.environments.registry import make_environment
    from leadline.explore.search import explore

    found: list[Exploration] = []
    for run in range(seed, seed + seeds):
        judge = _judge(model, environment, run) if model else None
        make = lambda run=run: make_environment(environment, run)  # noqa: E731
        found.append(explore(method, make, budget, run, judge=judge, timeout_s=timeout_s))
    if plot is not None:
        _draw(found, plot)
    if as_json:
        print_json(found)
    else:
        rows = [[seed + k, f.solved, f.reward, f.operations, f.states, f.ending] for k, f in enumerate(found)]
        print_table(["seed", "solved", "best reward", "steps", "states", "ended by"], rows)
        for f in found[:1]:
            click.echo("\n".join([*f.actions, *(f"failed: {text}" for text in f.failures)]))
    if not any(f.solved for f in found):
        raise SystemExit(3)


def _judge(model: str, environment: str, seed: int) -> Judge:
    from leadline.environments.registry import make_environment
    from leadline.explore.archive import Cell
    from leadline.explore.model_judge import ModelJudge
    from leadline.models.specs import model_from

    aside = make_environment(environment, seed)

    def name(cell: Cell, action: int) -> str:
        aside.restore(cell.snapshot)
        chosen = aside.legal_actions()[action]
        return f"{chosen.tool} {' '.join(map(str, chosen.arguments.values()))}"

    return ModelJudge(model_from(model), f"Solve this: {environment}.", name, seed=seed)


def _draw(found: list[Exploration], path: Path) -> None:
    import io

    from leadline.errors import need
    from leadline.files import DISK

    figure = need("matplotlib.figure", "lab", "Plotting a search").Figure(
        figsize=(5, 3.2), layout="constrained"
    )
    axis = figure.subplots()
    for f in found:
        x, y = [0, *(n for n, _ in f.curve), f.operations], [0.0, *(r for _, r in f.curve), f.reward]
        axis.step(x, y, where="post", linewidth=1)
    axis.set_xlabel("steps in the environment")
    axis.set_ylabel("best reward")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    DISK.write(path, buffer.getvalue())
