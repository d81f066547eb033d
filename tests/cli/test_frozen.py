"""Names that users build on. Adding one here is a decision; removing one breaks somebody."""

import importlib
from typing import Any

import click
import pytest

import leadline

OPTIONS = {
    "doctor": "--json",
    "explore": "method --env --budget --seed --seeds --timeout --model --plot --resume --json",
    "research": "question sources --collection --out --max-seconds --max-steps --seed --agent --model"
    " --max-tokens --max-usd --allow --search --mcp --confirm --offline --later --queue --json",
    "runs": "--queue --json",
    "runs list": "--queue --json",
    "runs show": "run --step --queue --json",
    "runs resume": "run --out --max-seconds --max-steps --later --queue --json",
    "runs fork": "run --at --model --out --max-seconds --max-steps --json",
    "runs pause": "run --queue --json",
    "runs cancel": "run --queue --json",
    "runs delete": "run --json",
    "worker": "--queue --at-once --until-empty --json",
    "schema": "format",
    "verify": "report sources --json",
    "index": "sources --collection --embedder --analyzer --unit --ray --json",
}


def command(path: str) -> click.Command:
    name, *rest = path.split()
    found: Any = importlib.import_module(f"leadline.cli.commands.{name}").command
    for part in rest:
        found = found.get_command(click.Context(found), part)
    assert isinstance(found, click.Command)
    return found


@pytest.mark.parametrize("path", sorted(OPTIONS))
def test_no_new_cli_options(path: str) -> None:
    names = [
        parameter.opts[0] if isinstance(parameter, click.Option) else str(parameter.name)
        for parameter in command(path).params
    ]
    assert " ".join(names) == OPTIONS[path]


def test_what_is_imported_from_leadline() -> None:
    assert leadline.__all__ == ["Collection", "research", "verify"]
    for name in leadline.__all__:
        assert callable(getattr(leadline, name))


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'resarch'"):
        leadline.resarch  # noqa: B018
