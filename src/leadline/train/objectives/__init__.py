"""Objectives by name: each file here is one method, `objective(**settings) -> Hooks`.

`build("grpo+dars:rule=hw+ead")` composes them. A new method is one new file, here or anywhere: a name that ends in
.py is a path ("grpo+folder/mine.py:gain=2"). There is no second list.
"""

from __future__ import annotations

import sys
from typing import Any

from leadline.errors import UsageError
from leadline.train import named
from leadline.train.hooks import Hooks, compose

THIS = sys.modules[__name__]


def names() -> list[str]:
    return named.names(THIS)


def about() -> dict[str, dict[str, Any]]:
    """name -> what it is, and its settings with their defaults."""
    return {name: named.about(THIS, name, "objective") for name in names()}


def get(name: str, /, **settings: Any) -> Hooks:
    """The hooks of one method with `settings` in place of its defaults."""
    make = named.maker(THIS, name, "objective", "objective", names())
    hooks = make(**named.settings(make, name, settings))
    if not isinstance(hooks, Hooks):
        raise UsageError(
            f"objective() of {name} gave {type(hooks).__name__}.",
            remedy="It has to give Hooks (train/hooks.py).",
        )
    return hooks


def build(text: str) -> Hooks:
    """`base+method:key=value,key=value+...` -> composed hooks. The first name is the base."""
    parts = []
    for word in text.split("+"):
        name, settings = named.split(word)
        parts.append(get(name, **settings))
    base = parts[0]
    if base.loss is None or base.advantage is None:
        raise UsageError(
            f"{base.name} is a method, not a whole objective.",
            remedy=f"Write grpo+{text}: the base comes first.",
        )
    return compose(base, *parts[1:])
