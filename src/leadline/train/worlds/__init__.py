"""Environments to train in, by name: each file here makes tasks, says how they read as text, and scores answers.

`get("countdown")` -> TaskSet. A new one is one new file with `tasks(**settings) -> TaskSet`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from leadline.errors import NotFound
from leadline.train.worlds.base import TaskSet


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if path.stem != "base")


def get(name: str, **settings: Any) -> TaskSet:
    stem = name.replace("-", "_")
    if stem not in names():
        raise NotFound("training environment", name, names())
    made = import_module(f"{__name__}.{stem}").tasks(**settings)
    assert isinstance(made, TaskSet)
    return made
