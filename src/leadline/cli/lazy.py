"""Groups of commands that are found by file name: only the command that runs is imported."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click


class FileCommands(click.Group):
    """Each file of `folder` (a package named `package`) is a command with an attribute `command`.

    The first line of a file's docstring is its one-line help, read without importing it.
    """

    folder: Path
    package: str

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(path.stem.replace("_", "-") for path in self.folder.glob("[a-z]*.py"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        stem = cmd_name.replace("-", "_")
        if not stem.isidentifier() or not (self.folder / f"{stem}.py").is_file():
            return None
        command = import_module(f"{self.package}.{stem}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from leadline.errors import NotFound

            raise NotFound("command", name, self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, self._first_line(name)) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def _first_line(self, name: str) -> str:
        with (self.folder / f"{name.replace('-', '_')}.py").open(encoding="utf-8") as file:
            return file.readline().strip().strip('"').rstrip(".")


def commands_of(folder: Path, package: str) -> Any:
    """A class for `click.group(cls=...)` over the files of one folder."""
    return type("Commands", (FileCommands,), {"folder": folder, "package": package})
