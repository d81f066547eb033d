"""Two views of one context, the plain one and a perturbed one, and how much the policy's words depend on which it sees.

VOGUE (arXiv:2510.01444) perturbs pictures by noise; the same holds for noised passages or dropped evidence.
R rows, T tokens, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor

from leadline.errors import NotFound
from leadline.train.rows import Rows

Form = Literal["mean", "sum"]


@dataclass
class PairedRows(Rows):
    """Rows of which some were generated from the perturbed view."""

    perturbed: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))
    """[R] bool."""
    uncertainty: Tensor = field(default_factory=lambda: torch.zeros(0))
    """[R, T] `symmetric_kl` between the two views at the row's own tokens; 0 outside the mask."""


def symmetric_kl(logits: Tensor, other: Tensor, form: Form = "mean") -> Tensor:
    """[...] KL(p || q) + KL(q || p) over the last dimension, or half of it; in the logits' own precision.

    >>> p, q = (torch.tensor(x).log() for x in ([0.7, 0.2, 0.1], [0.5, 0.3, 0.2]))
    >>> round(float(symmetric_kl(p, q)), 5), round(float(symmetric_kl(p, q, "sum")), 5)
    (0.08858, 0.17716)
    """
    if form not in get_args(Form):
        raise NotFound("form of the symmetric KL", form, get_args(Form))
    log_p, log_q = torch.log_softmax(logits, -1), torch.log_softmax(other, -1)
    both = ((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum(-1)
    return both / 2 if form == "mean" else both
