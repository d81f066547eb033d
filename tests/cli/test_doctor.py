import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leadline.cli.commands.doctor import ADDS, examine


def test_every_extra_is_listed_with_what_it_adds() -> None:
    extras = {extra["extra"]: extra for extra in examine()["extras"]}
    assert set(extras) == set(ADDS)
    assert extras["dev"]["installed"]
    assert "pytest" in extras["dev"]["packages"]


def test_what_is_missing_is_named(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that has Leadline's own code and nothing else of it."""
    code, out, _ = cli("doctor", "--json")
    assert code == 0
    found = json.loads(out)
    for extra in found["extras"]:
        assert extra["installed"] == (not extra["missing"])


def test_it_works_when_everything_optional_is_missing(tmp_path: Path) -> None:
    import leadline

    source = Path(leadline.__file__).parents[1]
    script = (
        "import sys; sys.path[:0] = [sys.argv[1]]\n"
        "import importlib.metadata as m\n"
        "def none(*a): raise m.PackageNotFoundError\n"
        "m.version = none\n"
        "from leadline.cli.commands.doctor import examine\n"
        "found = examine()\n"
        "print(sum(e['installed'] for e in found['extras']), len(found['extras']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(source)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", str(len(ADDS))]


def test_for_people(cli: Any, leadline_home: Path) -> None:
    code, out, _ = cli("doctor")
    assert code == 0
    assert str(leadline_home) in out
    assert "questions over tables, answered with SQL" in out


def test_a_home_that_is_a_file_is_noticed(cli: Any, leadline_home: Path) -> None:
    leadline_home.write_text("not a folder")
    code, out, _ = cli("doctor")
    assert code == 0
    assert "NOT writable: set LEADLINE_HOME to another folder" in " ".join(out.split())
