import subprocess
import sys
from typing import Any

import pytest

from leadline.cli.main import cli as root

HEAVY = {"numpy", "torch", "onnxruntime", "rich", "duckdb", "msgspec", "starlette", "tokenizers"}


@pytest.mark.parametrize("name", root.list_commands(None))  # type: ignore[arg-type]
def test_every_command_explains_itself(cli: Any, name: str) -> None:
    code, out, err = cli(name, "--help")
    assert (code, err) == (0, "")
    assert out.startswith("Usage: ")
    assert len(out.splitlines()) > 4


def test_help_lists_every_command_with_its_line(cli: Any) -> None:
    code, out, _ = cli("--help")
    assert code == 0
    for name in ("research", "verify", "index", "search", "collections", "runs", "schema", "doctor"):
        assert f"  {name} " in out


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from leadline.cli.main import cli\n"
        "try: cli(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert loaded & HEAVY == set()


def test_an_unknown_command_names_near_ones(cli: Any) -> None:
    code, out, err = cli("reserch")
    assert (code, out) == (2, "")
    assert (
        err == "leadline: There is no command named 'reserch'. Did you mean: research?\n" or "research" in err
    )


def test_an_unknown_option_is_a_usage_error(cli: Any) -> None:
    code, _, err = cli("research", "why?", "--fast")
    assert code == 2
    assert "No such option" in err


def test_a_reader_that_leaves_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -c 'from leadline.cli.main import main; main()' schema report | head -c 10",
        shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
