"""What every command prints with: JSON for programs, tables for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

PIPED_WIDTH = 160


def width(at_most: int = 100) -> int:
    """Columns for running text: the terminal's, and no more than can be read."""
    import shutil

    return max(40, min(at_most, shutil.get_terminal_size((at_most, 24)).columns))


def check_plot(path: Path, what: str) -> None:
    """Refuse before the work what could not be drawn after it."""
    from leadline.errors import UsageError, need
    from leadline.files import DISK

    if path.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"{path} is neither an .svg nor a .png file.", remedy="Name the plot so.")
    need("matplotlib.figure", "lab", what)
    DISK.probe(path.parent, "--plot")


def print_json(value: Any) -> None:
    """Print `value` as indented JSON with a final newline."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """Print a table as wide as the terminal; the last column wraps. Piped output is never cut."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    table = Table(*columns, title=title or None, box=box.SIMPLE_HEAD, title_justify="left")
    for row in rows:
        table.add_row(*(Text(f"{cell:.4g}" if isinstance(cell, float) else str(cell)) for cell in row))
    console.print(table)
