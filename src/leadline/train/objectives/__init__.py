"""Objectives by name: each file here is one method, `objective(**settings) -> Hooks`.

`build("grpo+dars:schedule=hw+ead")` composes them. A new method is one new file; there is no second list.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

from leadline.errors import NotFound, UsageError
from leadline.train.hooks import Hooks, compose


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def get(name: str, **settings: Any) -> Hooks:
    """The hooks of one method with `settings` in place of its defaults."""
    stem = name.replace("-", "_")
    if stem not in names():
        raise NotFound("objective", name, names())
    make = import_module(f"{__name__}.{stem}").objective
    known = inspect.signature(make).parameters
    for key in settings:
        if key not in known:
            raise NotFound(f"setting of {name}", key, known)
    hooks = make(**{key: cast(known[key].default, value, f"{name}:{key}") for key, value in settings.items()})
    assert isinstance(hooks, Hooks)
    return hooks


def build(text: str) -> Hooks:
    """`base+method:key=value,key=value+...` -> composed hooks. The first name is the base."""
    parts = []
    for word in text.split("+"):
        name, _, rest = word.strip().partition(":")
        pairs = [pair.partition("=") for pair in rest.split(",") if pair]
        parts.append(get(name, **{key.strip(): value.strip() for key, _, value in pairs}))
    base = parts[0]
    if base.loss is None or base.advantage is None:
        raise UsageError(
            f"{base.name} is a method, not a whole objective.",
            remedy=f"Write grpo+{text}: the base comes first.",
        )
    return compose(base, *parts[1:])


def cast(default: Any, value: Any, name: str) -> Any:
    """A setting from the command line as the type of its default."""
    if not isinstance(value, str) or isinstance(default, str):
        return value
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[value.lower()]
        return float(value) if default is None else type(default)(value)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{name} cannot be {value!r}.", remedy=f"Its default is {default!r}.") from error
