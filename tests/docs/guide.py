"""The code blocks of the guide, and how they run. `python tests/docs/guide.py` writes their output back into it.

`bash` and `python` blocks run, in order, in a folder that holds a part of the sample; a `text` block right after one
is its output. `sh` blocks are what CI itself runs (make demo, make test).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = ("policies", "minutes")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MAX_LINES = 24


class Block(NamedTuple):
    language: str
    code: str
    start: int
    end: int


def blocks(text: str) -> list[Block]:
    return [Block(found[1], found[2], *found.span(2)) for found in BLOCK.finditer(text)]


def run(text: str, folder: Path) -> Iterator[tuple[Block, subprocess.CompletedProcess[str]]]:
    """Run the blocks of a page one after the other in `folder`."""
    for name in FOLDERS:
        shutil.copytree(ROOT / "sample" / name, folder / "sample" / name)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "LEADLINE_HOME": str(folder / "home"), "COLUMNS": "100"}
    for block in blocks(text):
        command = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}.get(
            block.language
        )
        if command is not None:
            yield (
                block,
                subprocess.run(
                    [*command, block.code],
                    cwd=folder,
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=False,
                ),
            )


def refreshed(text: str) -> str:
    """The page with the output that its blocks have now."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = {block.start: done.stdout for block, done in run(text, Path(folder))}
    found = blocks(text)
    for before, block in reversed(list(pairwise(found))):
        if block.language == "text" and before.start in outputs:
            lines = [line.rstrip() for line in outputs[before.start].strip("\n").splitlines()]
            shown = lines if len(lines) <= MAX_LINES else [*lines[:MAX_LINES], "..."]
            text = text[: block.start] + "\n".join(shown) + "\n" + text[block.end :]
    return text


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8")
