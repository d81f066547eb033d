"""An optional library that is missing is named with the extra that brings it, wherever it is missed."""

import json
import subprocess
import sys

import pytest

from leadline.bench import reproduce
from leadline.cli.extras import as_missing, extra_of, requirements
from leadline.errors import MissingExtra, UsageError

WITHOUT = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {gone!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Nothing())
sys.argv = ["leadline", *{arguments!r}]
from leadline.cli.main import main
main()
"""


def without(gone, *arguments, cwd):
    script = WITHOUT.format(gone=gone, arguments=arguments)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=cwd)


def test_modules_are_found_whose_package_has_another_name():
    assert "scikit-learn" in requirements()["lab"]
    assert [extra_of(m) for m in ("PIL.Image", "faiss", "docx", "pydantic_monty")] == [
        "docs",
        "dense",
        "docs",
        "code",
    ]
    assert extra_of("leadline") == extra_of("") == ""


def test_what_no_extra_brings_is_not_excused():
    assert as_missing(ModuleNotFoundError("No module named 'leadline.typo'", name="leadline.typo")) is None
    assert as_missing(UsageError("other")) is None
    known = MissingExtra("Reading PDF", "docs")
    assert as_missing(known) is known


def test_an_import_that_nobody_guarded_is_one_line_and_exit_code_2(tmp_path):
    done = without(("torch",), "reproduce", "dars", "--smoke", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "leadline: This uses torch, which needs the extra 'train'. Run: pip install 'leadline[train]'"
    )
    assert "Traceback" not in done.stderr


def test_without_the_plots_library_the_result_is_kept(tmp_path):
    done = without(("matplotlib",), "reproduce", "webleaper", "--smoke", "--seeds", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no plot" in done.stdout
    kept = json.loads((tmp_path / "results" / "webleaper.smoke.json").read_text())
    assert kept["plot"] == ""
    assert kept["claims"]


def test_all_leaves_out_what_cannot_run_and_runs_the_rest(cli, monkeypatch, tmp_path):
    from leadline.systems import load

    real = reproduce.reproduce

    def few(card, **options):
        if card.slug == "to-backtrack-or-not":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return real(card, **options)

    cards = {slug: load()[slug] for slug in ("webleaper", "to-backtrack-or-not")}
    monkeypatch.setattr("leadline.systems.load", lambda: cards)
    monkeypatch.setattr(reproduce, "reproduce", few)
    code, out, err = cli("reproduce", "all", "--smoke", "--seeds", "1", "--out", str(tmp_path), "--json")
    assert code == 0
    assert [row["slug"] for row in json.loads(out)] == ["webleaper"]
    assert "to-backtrack-or-not was left out: This uses torch" in err


def test_another_mistake_still_ends_all(cli, monkeypatch, tmp_path):
    def broken(card, **options):
        raise UsageError("The seeds are wrong.")

    monkeypatch.setattr(reproduce, "reproduce", broken)
    code, _, err = cli("reproduce", "all", "--smoke", "--out", str(tmp_path))
    assert code == 2
    assert "The seeds are wrong." in err


@pytest.mark.parametrize("name", ["torch", "numba", "matplotlib", "duckdb", "psycopg", "ray"])
def test_every_heavy_library_belongs_to_an_extra(name):
    assert extra_of(name)
