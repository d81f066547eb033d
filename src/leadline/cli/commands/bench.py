"""Measure retrieval and agents with the protocols of public benchmarks."""

from __future__ import annotations

from pathlib import Path

import click

from leadline.cli.lazy import commands_of


@click.group(cls=commands_of(Path(__file__).parent / "_bench", "leadline.cli.commands._bench"))
def command() -> None:
    """Measure retrieval and agents with the protocols of public benchmarks."""
