"""RepExp: a bonus for responses whose frozen hidden state is far from the rest of their group (arXiv:2510.11686).

Idea: novelty in a pre-trained representation finds answers that sharpening cannot.
Method: r + beta * leverage of the pooled, group-centred feature of a frozen model; no bonus in groups without a
correct answer.
Departs: scale-free ridge rho = .5 (the recipe's lam .01 with `lam`), exact kernel form instead of a random projection.
Trap: with std-normalised advantages a bonus of .01 becomes an advantage of order 1 in all-correct groups; compose
with grpo:advantage=mean to see the difference.
"""

from __future__ import annotations

import torch
from torch import Tensor

from leadline.errors import NotFound
from leadline.explore.coreset import leverage
from leadline.train.groups import members
from leadline.train.hooks import Hooks, State
from leadline.train.rows import Rows

GATES = ("none_correct", "some_correct", "all_correct", "incorrect", "never")
"""When the bonus is switched off: in groups with none / some / all correct, or for incorrect rows."""


def group_bonus(
    pooled: Tensor,
    group_id: Tensor,
    correct: Tensor,
    *,
    beta: float = 0.01,
    rho: float = 0.5,
    lam: float | None = None,
    center: bool = True,
    leave_one_out: bool = False,
    gate: str = "none_correct",
) -> Tensor:
    """[R] bonus from pooled features [R, D]."""
    bonus = torch.zeros(len(group_id), dtype=torch.float64)
    for index in members(group_id):
        right = correct[index]
        none, every = not bool(right.any()), bool(right.all())
        off = {"none_correct": none, "some_correct": not none and not every, "all_correct": every}.get(
            gate, False
        )
        if off:
            continue
        features = pooled[index].double().numpy()
        found = leverage(features, rho=rho, lam=lam, center=center, leave_one_out=leave_one_out)
        values = torch.from_numpy(found)
        bonus[index] = beta * (values * right.double() if gate == "incorrect" else values)
    return bonus


def objective(
    *,
    beta: float = 0.01,
    rho: float = 0.5,
    lam: float = 0.0,
    center: bool = True,
    leave_one_out: bool = False,
    gate: str = "none_correct",
) -> Hooks:
    """`lam` > 0 is the recipe's absolute ridge, else rho * trace / n."""
    if gate not in GATES:
        raise NotFound("gate of repexp", gate, GATES)

    def bonus(rows: Rows, state: State) -> Tensor:
        assert rows.pooled is not None
        return group_bonus(
            rows.pooled, rows.group_id, rows.correct, beta=beta, rho=rho, lam=lam or None,
            center=center, leave_one_out=leave_one_out, gate=gate,
        ).to(rows.reward.dtype)  # fmt: skip

    return Hooks(name="repexp", needs=frozenset({"pooled"}), group_bonus=(bonus,))
