"""Options of several commands: where the report goes, what the run may cost, and the queue of runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

INFINITY = float("inf")


def limits(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --out, --max-seconds and --max-steps."""
    options = (
        click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="Folder of the report (default: ./leadline-report/<run id>).",
        ),
        click.option(
            "--max-seconds",
            type=click.FloatRange(min=0),
            default=INFINITY,
            help="Stop after so many seconds and report what was found.",
        ),
        click.option(
            "--max-steps",
            type=click.FloatRange(min=0),
            default=INFINITY,
            help="Stop after so many steps and report what was found.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def queue_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --queue, the database of a shared queue of runs."""
    return click.option(
        "--queue", metavar="URL", help="A shared queue of runs: postgresql://USER@HOST/DATABASE."
    )(command)
