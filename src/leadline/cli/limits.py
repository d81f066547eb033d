"""The options of every command that asks a question: where the report goes, and what the run may cost."""

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
