"""Every `bash` and `python` block of the README and the guide runs, in order, in a folder that holds the sample.

`sh` blocks are what CI itself runs (make demo, make test); `text` blocks are output.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TASKS = ["ask.md", "collections.md", "python.md", "runs.md", "verify.md"]
SMALL = ("policies", "minutes", "tables", "notes")
LANGUAGES = {"bash", "python", "text", "sh", "json"}


class Block(NamedTuple):
    language: str
    code: str


def blocks(page: Path) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [Block(*block) for block in found]


RUNNABLE = [page for page in PAGES if any(block.language in ("bash", "python") for block in blocks(page))]


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.name)
def test_every_block_runs(page: Path, tmp_path: Path) -> None:
    for folder in SMALL:
        shutil.copytree(ROOT / "sample" / folder, tmp_path / "sample" / folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "LEADLINE_HOME": str(tmp_path / "home"), "COLUMNS": "100"}
    for language, code in blocks(page):
        command = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}.get(language)
        if command is not None:
            done = subprocess.run(
                [*command, code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= LANGUAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_there_is_one_page_per_task() -> None:
    there = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert set(TASKS) <= there


@pytest.mark.parametrize("name", TASKS)
def test_the_first_screen_says_what_for_how_and_what_comes_out(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    first = text.splitlines()[:40]
    assert first[0].startswith("# ")
    languages = re.findall(r"^```(\w+)$", "\n".join(first), re.MULTILINE)
    assert languages[0] in ("bash", "python")
    assert "text" in languages
