"""What another trainer keeps to itself: parts of an objective that would do nothing there are refused by name."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.errors import UsageError
from leadline.train import named
from leadline.train.hooks import WHOLE, Hooks

SETTINGS = (
    "loss", "low", "high", "dual", "aggregate", "max_length", "kl_coef", "entropy_coef", "minibatch", "epochs",
)  # fmt: skip
"""Settings of a base that act on slots which every other trainer keeps."""


def owned(hooks: Hooks, slots: Iterable[str]) -> dict[str, str]:
    """slot -> the method that filled it. Every base has a loss, and the like: those stand for nothing."""
    base = hooks.name.partition("+")[0]
    filled = {slot: hooks.owners.get(slot, base) for slot in slots if getattr(hooks, slot) is not None}
    return {slot: owner for slot, owner in filled.items() if slot in hooks.owners or slot not in WHOLE}


def refuse_settings(objective: str, trainer: str, where: str) -> None:
    """UsageError for settings of the base that `trainer` would not see; `where` they are set there instead."""
    name, given = named.split(objective.partition("+")[0])
    idle = [key for key in given if key in SETTINGS]
    if idle:
        raise UsageError(
            f"{trainer} keeps its own loss: {name}:{', '.join(idle)} would do nothing there.",
            remedy=f"Set {where}.",
        )
