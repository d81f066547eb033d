"""Losses for fine-tuning and pre-training by name: each file here is one, `method(**settings) -> Supervised`.

`build("curiosft:kd=label,alpha=.99")`. N label tokens, V vocabulary. A loss sees the logits [N, V] that predict the
tokens, the labels [N] and, if it has a teacher, the teacher's logits; it gives [N] token losses, whose mean is trained.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from leadline.train import named
from leadline.train.supervised.teacher import Follow

THIS = sys.modules[__name__]
TokenLoss = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""(logits [N, V], labels [N], teacher logits [N, V] or None) -> [N]."""


class Supervised(NamedTuple):
    name: str
    loss: TokenLoss
    follow: Follow | None = None
    """How a teacher follows the student; None: no teacher."""


def names() -> list[str]:
    return named.names(THIS, without=("fit", "teacher"))


def build(text: str) -> Supervised:
    """`name:key=value,key=value` -> the loss, with these settings in place of its defaults."""
    name, given = named.split(text)
    make = named.maker(THIS, name, "method", "supervised loss", names())
    made = make(**named.settings(make, name, given))
    assert isinstance(made, Supervised)
    return made
