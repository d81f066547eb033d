"""Progress bars with an estimate, on standard error, and only where a person looks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.progress import Progress

COMPILING = "compiling loops for this computer, kept for the next run"


class Update(Protocol):
    def __call__(self, done: int, total: int, what: str = "") -> None:
        """`done` of `total` (0: nobody knows), and what is being done where that is not always the same."""


@contextmanager
def bar(label: str, *, quiet: bool = False) -> Iterator[Update]:
    """Yield `update(done, total, what)`. Silent when standard error is not a terminal, and when `quiet` (JSON is
    printed) and the JSON goes to the terminal too.
    """
    if not sys.stderr.isatty() or (quiet and sys.stdout.isatty()):
        yield lambda done, total, what="": None
        return
    from leadline.machine_code import watching

    with progress_bar() as progress:
        task, stage, loops = progress.add_task(label, total=None), label, 0

        def update(done: int, total: int, what: str = "") -> None:
            nonlocal stage, task
            if (what or label) != stage:
                stage = what or label
                progress.remove_task(task)  # a total and an estimate belong to one stage
                task = progress.add_task(stage, total=None)
            progress.update(task, completed=done, total=total or None, description=stage)

        def compiling() -> None:
            nonlocal loops
            loops += 1
            progress.update(task, description=f"{stage}: {COMPILING} ({loops})")

        with watching(compiling):
            yield update


@contextmanager
def compiling_said() -> Iterator[None]:
    """Where no bar can show it, one line on standard error says that loops are compiled: it may take a minute."""
    if sys.stderr.isatty():
        yield
        return
    from leadline.machine_code import watching

    said = False

    def compiling() -> None:
        nonlocal said
        if not said:
            click.echo(f"leadline: {COMPILING}: about a minute ...", err=True)
        said = True

    with watching(compiling):
        yield


def progress_bar() -> Progress:
    """A bar on standard error with its count and the time that is left. What is printed meanwhile stays where it
    was going: standard output may be a file of JSON.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
