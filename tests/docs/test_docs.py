"""Every `bash` and `python` block of the README and the guide runs; see guide.py."""

import re
from pathlib import Path

import pytest
from guide import PAGES, ROOT, blocks, run

TASKS = [
    "ask.md",
    "collections.md",
    "laboratory.md",
    "models.md",
    "python.md",
    "runs.md",
    "serve.md",
    "training.md",
    "verify.md",
]
LANGUAGES = {"bash", "python", "text", "sh", "json"}
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
RUNNABLE = [
    n for n, text in TEXTS.items() if any(block.language in ("bash", "python") for block in blocks(text))
]


@pytest.mark.parametrize("name", RUNNABLE)
def test_every_block_runs(name: str, tmp_path: Path) -> None:
    for block, done in run(TEXTS[name], tmp_path):
        assert done.returncode == 0, f"{block.code}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("name", TEXTS)
def test_every_block_says_what_it_is(name: str) -> None:
    assert {block.language for block in blocks(TEXTS[name])} <= LANGUAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", TEXTS[page.name]):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", TASKS)
def test_the_first_screen_says_what_for_how_and_what_comes_out(name: str) -> None:
    first = (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines()[:40]
    assert first[0].startswith("# ")
    assert first[2].startswith("For: ")
    languages = re.findall(r"^```(\w+)$", "\n".join(first), re.MULTILINE)
    assert languages[0] in ("bash", "python")
    assert "text" in languages
