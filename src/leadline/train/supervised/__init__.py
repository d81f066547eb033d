"""Losses for fine-tuning and pre-training by name: each file here is one, `method(**settings) -> Supervised`.

`build("curiosft:kd=label,alpha=.99")`. N label tokens, V vocabulary. A loss sees the logits [N, V] that predict the
tokens, the labels [N] and, if it has a teacher, the teacher's logits; it gives [N] token losses, whose mean is trained.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from leadline.errors import NotFound
from leadline.train.objectives import cast
from leadline.train.supervised.teacher import Follow

TokenLoss = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""(logits [N, V], labels [N], teacher logits [N, V] or None) -> [N]."""


class Supervised(NamedTuple):
    name: str
    loss: TokenLoss
    follow: Follow | None = None
    """How a teacher follows the student; None: no teacher."""


def names() -> list[str]:
    return sorted(p.stem for p in Path(__file__).parent.glob("[a-z]*.py") if p.stem not in ("fit", "teacher"))


def build(text: str) -> Supervised:
    """`name:key=value,key=value` -> the loss, with these settings in place of its defaults."""
    name, _, rest = text.strip().partition(":")
    stem = name.replace("-", "_")
    if stem not in names():
        raise NotFound("supervised loss", name, names())
    make = import_module(f"{__name__}.{stem}").method
    known = inspect.signature(make).parameters
    settings: dict[str, Any] = {}
    for pair in filter(None, rest.split(",")):
        key, _, value = (part.strip() for part in pair.partition("="))
        if key not in known:
            raise NotFound(f"setting of {name}", key, known)
        settings[key] = cast(known[key].default, value, f"{name}:{key}")
    made = make(**settings)
    assert isinstance(made, Supervised)
    return made
