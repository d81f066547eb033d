"""`leadline`: finds commands by file name and imports only the one that runs."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import click

from leadline import __version__

COMMANDS = Path(__file__).parent / "commands"


class Commands(click.Group):
    """Each file of commands/ is a command; `--help` reads their first lines without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(path.stem.replace("_", "-") for path in COMMANDS.glob("[a-z]*.py"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        stem = cmd_name.replace("-", "_")
        if not stem.isidentifier() or not (COMMANDS / f"{stem}.py").is_file():
            return None
        command = import_module(f"leadline.cli.commands.{stem}").command
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
        rows = [(name, first_line(name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def first_line(name: str) -> str:
    """The one-line help of a command: the first line of its file, without the quotes."""
    with (COMMANDS / f"{name.replace('-', '_')}.py").open(encoding="utf-8") as file:
        return file.readline().strip().strip('"').rstrip(".")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="leadline")
def cli() -> None:
    """Answers from your own files with evidence that is checked word for word, and the laboratory in which
    such agents are measured and trained.

    Exit codes: 0 done, 1 a check failed, 2 usage, 3 nothing found, 4 budget spent (partial result written).
    """


def main() -> None:
    """Run the command line; errors become one message and an exit code, never a stack trace."""
    from leadline.errors import LeadlineError

    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        code = 2
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        code = 130
    except LeadlineError as error:
        click.echo(f"leadline: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader left (as in `| head`); nothing to say
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
