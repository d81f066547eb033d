"""Environments to train in, by name: each file here makes tasks, says how they read as text, and scores answers.

`get("countdown")` or `get("countdown:n=4")` -> TaskSet. A new one is one new file with `tasks(**settings) -> TaskSet`,
here or anywhere: a name that ends in .py is a path.
"""

from __future__ import annotations

import sys
from typing import Any

from leadline.errors import UsageError
from leadline.train import named
from leadline.train.worlds.base import TaskSet

THIS = sys.modules[__name__]


def names() -> list[str]:
    return named.names(THIS, without=("base",))


def about() -> dict[str, dict[str, Any]]:
    """name -> what it is, and its settings with their defaults."""
    return {name: named.about(THIS, name, "tasks") for name in names()}


def get(text: str, **settings: Any) -> TaskSet:
    """The tasks of `name` or `name:key=value,...`, with `settings` in place of its defaults."""
    name, given = named.split(text)
    make = named.maker(THIS, name, "tasks", "training environment", names())
    made = make(**named.settings(make, name, given | settings))
    if not isinstance(made, TaskSet):
        raise UsageError(
            f"tasks() of {name} gave {type(made).__name__}.",
            remedy="It has to give a TaskSet (train/worlds/base.py).",
        )
    return made
