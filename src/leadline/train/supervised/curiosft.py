"""CurioSFT: cross-entropy and distillation towards a heated copy of the model itself (arXiv:2602.02244).

Idea: imitation makes a model certain everywhere; heat the copy where it is uncertain (reasoning), hardly where it
is certain (facts), and let the student stay near it.
Method: teacher q = softmax(u / tau), tau per token such that its entropy grows by dH(H) (`select_temperature`);
kd="label": -l + a/2 (l - lT)^2 at the label (the released code), kd="full": -l + a KL(p || q) (the paper's prose).
Presets: the released code is kd=label, alpha=.99, every=5; `full` with a slow teacher (alpha .05) is the default here,
because the code's is nearly cross-entropy at small scale.
Departs: divides a copy of the logits; entropies are over the whole vocabulary (the code: the 512 largest logits).
Not verified: the paper's own equations; the form is the released code's. N tokens, V vocabulary.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from leadline.errors import NotFound
from leadline.train.kl import reverse_exact
from leadline.train.supervised import Supervised
from leadline.train.supervised.cross_entropy import token_losses
from leadline.train.supervised.teacher import Follow

KINDS = ("full", "label")


class Heat(NamedTuple):
    """Settings of entropy-guided temperature selection. Entropies in nats; the numbers are the released code's.

    With a small vocabulary no token reaches a pivot of 1.2 nats: about half the log of the plausible choices fits.
    """

    tau_min: float = 1.1
    tau_max: float = 1.5
    pivot: float = 1.2
    slope: float = 2.0
    most: float = 0.5
    """Largest increase of entropy."""
    floor: float = 0.03
    """Tokens below this entropy are facts: tau_min, whatever the rule says."""
    iterations: int = 20


def entropy(logits: Tensor, tau: Tensor | float = 1.0) -> Tensor:
    """[...] entropy of softmax(logits / tau) in nats; tau broadcasts against [...]."""
    logp = torch.log_softmax(logits / (tau[..., None] if isinstance(tau, Tensor) else tau), -1)
    return -(logp.exp() * logp).sum(-1)


def entropy_increase(h: Tensor, heat: Heat) -> Tensor:
    """dH = most * sigmoid(slope (H - pivot)): little for certain tokens, much for uncertain ones."""
    return heat.most * torch.sigmoid(heat.slope * (h - heat.pivot))


@torch.no_grad()
def select_temperature(logits: Tensor, heat: Heat | None = None) -> Tensor:
    """[...] tau in [tau_min, tau_max] at which the teacher's entropy is H + dH, by bisection: it rises with tau."""
    heat = heat or Heat()
    h = entropy(logits)
    goal = h + entropy_increase(h, heat)
    low, high = torch.full_like(h, heat.tau_min), torch.full_like(h, heat.tau_max)
    enough, never = entropy(logits, low) >= goal, entropy(logits, high) <= goal
    for _ in range(heat.iterations):
        middle = (low + high) / 2
        short = entropy(logits, middle) < goal
        low, high = torch.where(short, middle, low), torch.where(short, high, middle)
    tau = torch.where(never, torch.full_like(h, heat.tau_max), (low + high) / 2)
    return torch.where(enough | (h <= heat.floor), torch.full_like(h, heat.tau_min), tau)


def distillation(
    logits: Tensor, teacher_logits: Tensor, labels: Tensor, tau: Tensor, *, kd: str = "full"
) -> Tensor:
    """[...] distance of the student (temperature 1) from the teacher at tau: KL(p || q), or half the squared gap of
    the label's log probability. For labels drawn from p the two have the same mean gradient; those of data are not.
    """
    heated = teacher_logits / tau[..., None]
    if kd == "full":
        return reverse_exact(logits, heated)
    return (token_losses(logits, labels) - token_losses(heated, labels)).square() / 2


def curio_sft_loss(
    logits: Tensor,
    teacher_logits: Tensor,
    labels: Tensor,
    *,
    weight: float = 1.0,
    kd: str = "full",
    heat: Heat | None = None,
) -> Tensor:
    """[...] token losses. With kd="label" the gradient is cross-entropy's times 1 - weight (l - lT)."""
    if kd not in KINDS:
        raise NotFound("kind of distillation", kd, KINDS)
    tau = select_temperature(teacher_logits, heat)
    return token_losses(logits, labels) + weight * distillation(logits, teacher_logits, labels, tau, kd=kd)


def method(
    *,
    kd: str = "full",
    weight: float = 1.0,
    alpha: float = 0.05,
    every: int = 5,
    tau_min: float = 1.1,
    tau_max: float = 1.5,
    pivot: float = 1.2,
    most: float = 0.5,
    floor: float = 0.03,
) -> Supervised:
    heat = Heat(tau_min, tau_max, pivot, most=most, floor=floor)

    def loss(logits: Tensor, labels: Tensor, teacher: Tensor | None) -> Tensor:
        assert teacher is not None
        return curio_sft_loss(logits, teacher, labels, weight=weight, kd=kd, heat=heat)

    return Supervised("curiosft", loss, Follow(alpha, every))
