"""The examples in docstrings run and say what they promise."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
ROOMS = (
    "agents", "bench", "cli", "environments", "evidence", "explore", "models", "retrieval", "runs", "serve", "sources",
    "systems", "tasks", "train",
)  # fmt: skip


def modules_with_examples() -> list[str]:
    files = [path for room in ROOMS for path in sorted((SOURCE / "leadline" / room).rglob("*.py"))]
    files += sorted((SOURCE / "leadline").glob("*.py"))
    named = (path.relative_to(SOURCE).with_suffix("") for path in files if ">>> " in path.read_text("utf-8"))
    return [".".join(path.parts).removesuffix(".__init__") for path in named]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples(name: str) -> None:
    done = doctest.testmod(import_module(name))
    assert not done.failed, f"the report is above: {done.failed} of {done.attempted} examples of {name} fail"
