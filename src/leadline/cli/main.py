"""`leadline`: finds commands by file name and imports only the one that runs."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import click

from leadline import __version__
from leadline.cli.lazy import commands_of

Commands = commands_of(Path(__file__).parent / "commands", "leadline.cli.commands")


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

    for stream in (sys.stdout, sys.stderr):
        # File names need not be text: half a character is shown escaped instead of ending the run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
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
    except ModuleNotFoundError as error:
        from leadline.cli.extras import as_missing

        missing = as_missing(error)
        if missing is None:
            raise
        click.echo(f"leadline: {missing}", err=True)
        code = missing.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader left (as in `| head`); nothing to say
        code = 0
    except OSError as error:
        if error.filename is None:
            raise
        name = error.filename if len(str(error.filename)) < 200 else f"{str(error.filename)[:80]}..."
        click.echo(f"leadline: {name}: {error.strerror}. Check the path and your rights to it.", err=True)
        code = 2
    sys.exit(code if isinstance(code, int) else 0)
