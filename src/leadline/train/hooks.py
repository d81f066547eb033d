"""Slots that a method replaces, and how methods compose (README-objectives, section 2).

A method is a Hooks object that fills few slots. `compose(GRPO, dars(), ead())` merges: a single-owner slot may be
claimed by one method only; the others chain in a fixed order: bonuses add to the reward, shapers add to the
advantage, token and importance weights multiply. Conflicts are refused with the slot and the methods in the message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from torch import Tensor

from leadline.errors import NotFound, UsageError
from leadline.train.rows import Rows

State = dict[str, Any]
"""What stateful methods keep between steps, under their own name. Saved in every checkpoint."""

NEEDS = ("hidden", "probs", "entropy", "ref_logp", "ref_logits", "pooled", "logp_roll", "logits")
"""What a method may ask of the scoring forward (`logits` of the update forward)."""


class Conflict(UsageError):
    """Two methods claim the same slot."""


@dataclass(frozen=True)
class Hooks:
    """One method. None in a single-owner slot means: as before."""

    name: str
    needs: frozenset[str] = frozenset()

    # Single-owner slots.
    data_filter: Callable[[Any, State], Any] | None = None
    """(prompts, state) -> the prompts to sample."""
    sample: Callable[[Any, Any, State], Rows] | None = None
    """(prompts, sampling, state) -> rows with rewards."""
    temperature: Callable[[Tensor, int], Tensor] | None = None
    """(positions of generated tokens, step) -> temperatures of the same shape."""
    advantage: Callable[[Rows, Tensor], Tensor] | None = None
    """(rows, reward [R]) -> [R] or [R, T]."""
    loss: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor] | None = None
    """(logp, logp_old, advantage, mask) -> [R, T].

    Where the advantage is 0, so are loss and gradient: rows without an advantage are skipped."""
    regularise: Callable[[Rows, Any], Tensor] | None = None
    """(rows, scores of the update forward) -> [R, T], added to the loss with the same weights."""
    aggregate: Callable[[Rows], Tensor] | None = None
    """rows -> weights [R, T]."""
    schedule: Callable[[Rows, torch.Generator], list[list[Tensor]]] | None = None
    """(rows, rng) -> epochs of row-index batches; one optimizer step per batch."""

    # Chained slots.
    row_filter: tuple[Callable[[Rows, State], Rows], ...] = ()
    group_bonus: tuple[Callable[[Rows, State], Tensor], ...] = ()
    """rows -> [R] added to the reward."""
    shape: tuple[Callable[[Rows, Tensor, State], Tensor], ...] = ()
    """(rows, advantage [R, T]) -> [R, T] added to the advantage."""
    token_weight: tuple[Callable[[Rows, State], Tensor], ...] = ()
    """rows -> [R, T] >= 0, multiplied."""
    is_weight: tuple[Callable[[Rows, State], Tensor], ...] = ()
    replay: tuple[Callable[[Any, Rows, State], None], ...] = ()
    """(prompts, rows, state) after the update: caches, filters, curricula."""
    owners: dict[str, str] = field(default_factory=dict)
    """Which method owns which single-owner slot."""


SINGLE = ("data_filter", "sample", "temperature", "advantage", "loss", "regularise", "aggregate", "schedule")
CHAINED = ("row_filter", "group_bonus", "shape", "token_weight", "is_weight", "replay")
WHOLE = ("advantage", "loss", "aggregate", "schedule")
"""What a trainer cannot do without."""
assert {f.name for f in fields(Hooks)} == {"name", "needs", "owners", *SINGLE, *CHAINED}


def compose(base: Hooks, *methods: Hooks) -> Hooks:
    """The base with the methods' slots, or Conflict. The base may be overridden; methods may not override each other.

    A slot that the base itself got from an earlier compose counts as that method's.
    """
    owners = {slot: base.owners[slot] for slot in SINGLE if slot in base.owners}
    claims: dict[str, list[str]] = {slot: [owner] for slot, owner in owners.items()}
    merged: dict[str, Any] = {}
    for method in methods:
        for slot in SINGLE:
            if getattr(method, slot) is not None:
                claims.setdefault(slot, []).append(method.name)
                merged[slot] = getattr(method, slot)
        for slot in CHAINED:
            merged[slot] = (*merged.get(slot, getattr(base, slot)), *getattr(method, slot))
    refuse({slot: names for slot, names in claims.items() if len(names) > 1})
    names = [base.name, *(m.name for m in methods)]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates:
        raise Conflict(f"{', '.join(duplicates)} is composed twice.", remedy="Name each method once.")
    needs = base.needs.union(*(m.needs for m in methods))
    owners |= {slot: names[-1] for slot, names in claims.items()}
    return replace(base, name="+".join(names), needs=needs, owners=owners, **merged)


def whole(hooks: Hooks) -> Hooks:
    """The same hooks, or UsageError where a trainer would not know what to do."""
    for need in hooks.needs - set(NEEDS):
        raise NotFound(f"need ({hooks.name})", need, NEEDS)
    missing = [slot for slot in WHOLE if getattr(hooks, slot) is None]
    if missing:
        raise UsageError(
            f"{hooks.name} is not a whole objective: it has no {' and no '.join(missing)}.",
            remedy=f"Write grpo+{hooks.name}: the base comes first, and has them all.",
        )
    return hooks


def refuse(claims: dict[str, list[str]]) -> None:
    if claims:
        what = "; ".join(f"{slot} by {' and '.join(names)}" for slot, names in sorted(claims.items()))
        raise Conflict(
            f"These methods cannot be combined, each slot has one owner: {what}.", remedy="Drop one of them."
        )


def prompts_left(prompts: Sequence[int], hooks: Hooks, state: State) -> Sequence[int]:
    """The prompts that are still sampled: all of them, where no method filters."""
    left: Sequence[int] = prompts if hooks.data_filter is None else hooks.data_filter(prompts, state)
    return left


def filtered(rows: Rows, hooks: Hooks, state: State) -> Rows:
    """The rows that are learned from, after every method's row filter in turn; there may be none."""
    for row_filter in hooks.row_filter:
        rows = row_filter(rows, state)
    return rows


def token_advantages(rows: Rows, hooks: Hooks, state: State) -> Tensor:
    """[R, T] A * W: the one tensor in which all foldable methods meet. Detached; 0 outside the mask.

    This is what the adapters to TRL and verl write back into those trainers.
    """
    assert hooks.advantage is not None
    reward, by_row, by_token = rows.reward, (len(rows),), (len(rows), rows.width)
    of_row = (len(rows), 1)  # the same for all tokens of a row
    for bonus in hooks.group_bonus:
        reward = reward + fitting(bonus(rows, state), bonus, "group_bonus", by_row)
    advantage = fitting(hooks.advantage(rows, reward), hooks.advantage, "advantage", by_row, by_token)
    advantage = advantage[:, None].expand_as(rows.mask) if advantage.dim() == 1 else advantage
    base = advantage
    for shape in hooks.shape:
        advantage = advantage + fitting(shape(rows, base, state), shape, "shape", by_token, of_row)
    for slot in ("token_weight", "is_weight"):
        for weight in getattr(hooks, slot):
            advantage = advantage * fitting(weight(rows, state), weight, slot, by_token, of_row)
    return torch.where(rows.mask > 0, advantage, torch.zeros_like(advantage)).detach()


def fitting(value: Tensor, function: Callable[..., Any], slot: str, *shapes: tuple[int, ...]) -> Tensor:
    """The value, or UsageError where a hook gave a tensor of another shape than its slot is for."""
    shape = tuple(value.shape)
    if shape not in shapes:
        where = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', function)}"
        raise UsageError(
            f"The slot {slot} got a tensor of shape {list(shape)} from {where}.",
            remedy=f"It is for {' or '.join(str(list(s)) for s in shapes)}: R rows, or R rows of T tokens.",
        )
    return value
