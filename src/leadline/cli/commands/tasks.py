"""Make hard questions with known answers from a seeded world, and check task files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leadline.evidence.model import Document
    from leadline.tasks.render.library import Library
    from leadline.tasks.world import World


@click.group()
def command() -> None:
    """Make hard questions with known answers from a seeded world, and check task files."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def kinds(as_json: bool) -> None:
    """List the kinds of tasks with the idea of each."""
    from importlib import import_module

    from leadline.cli.output import print_json, print_table
    from leadline.tasks.makers import kinds as names

    rows = []
    for name in names():
        doc = import_module(f"leadline.tasks.makers.{name.replace('-', '_')}").__doc__ or ""
        rows.append({"kind": name, "idea": doc.split("\n")[0]})
    if as_json:
        print_json(rows)
    else:
        print_table(["kind", "idea"], [[r["kind"], r["idea"]] for r in rows])


@command.command()
@click.argument("kind")
@click.option("--world", "n_facts", default=1000, show_default=True, help="Number of facts of the world.")
@click.option("--n", default=20, show_default=True, help="Number of tasks.")
@click.option("--seed", default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("tasks.jsonl"), show_default=True)
@click.option("--documents", type=click.Path(path_type=Path), help="Also write the world's documents there.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON summary.")
def make(
    kind: str, n_facts: int, n: int, seed: int, out: Path, documents: Path | None, as_json: bool
) -> None:
    """Make N tasks of KIND over a seeded world of documents."""
    from leadline.cli.output import print_json
    from leadline.errors import UsageError
    from leadline.tasks.item import write_items
    from leadline.tasks.makers import maker

    build = maker(kind)
    if n < 1:
        raise UsageError(f"--n must be at least 1, not {n}.")
    world, library = _world(n_facts, seed)
    made = write_items(out, build(world, library, n, seed))
    if documents is not None:
        _write_documents(documents, library.documents)
    summary = {"kind": kind, "asked": n, "made": made, "facts": len(world.facts),
               "documents": len(library.documents), "out": str(out)}  # fmt: skip
    if as_json:
        print_json(summary)
    else:
        click.echo(f"{made} of {n} {kind} tasks over {len(library.documents)} documents -> {out}")
        if made < n:
            click.echo("The world is too small for more that pass the filter: try a larger --world.")


@command.command()
@click.argument("tasks", type=click.Path(path_type=Path))
@click.option("--world", "n_facts", default=1000, show_default=True, help="The world they were made from.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(tasks: Path, n_facts: int, seed: int, as_json: bool) -> None:
    """Check a task file: the gold answer scores 1 and a wrong one 0, the evidence is at its place and leads to the
    answer. Exit 1 if anything fails."""
    from leadline.bench.metrics.answers import verify_answer
    from leadline.cli.output import print_json, print_table
    from leadline.errors import CheckFailed
    from leadline.tasks.check import check_items
    from leadline.tasks.item import read_items

    items = list(read_items(tasks))
    _, library = _world(n_facts, seed)
    findings = list(check_items(items, library.by_id, verify_answer))
    if as_json:
        print_json({"tasks": len(items), "findings": [f._asdict() for f in findings]})
    elif findings:
        print_table(["task", "problem"], [list(f) for f in findings])
    else:
        click.echo(f"{len(items)} tasks: all hold")
    if findings:
        raise CheckFailed(
            f"{len(findings)} problems in {tasks}.", remedy="Was it made with this --world and --seed?"
        )


def _world(n_facts: int, seed: int) -> tuple[World, Library]:
    from leadline.tasks.render.text import Style, render_text
    from leadline.tasks.world import make_world

    world = make_world(n_facts, seed)
    return world, render_text(world, Style(dispersion=0.4, redundancy=1))


def _write_documents(folder: Path, documents: list[Document]) -> None:
    from leadline.files import DISK

    for document in documents:
        DISK.write(folder / document.uri, document.text.encode())
