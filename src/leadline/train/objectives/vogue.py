"""VOGUE: explore where seeing is uncertain (arXiv:2510.01444).

Idea: let the policy answer from the picture and from a noised copy; where its next words depend on the noise, it is
uncertain of what it sees, and answers found there are worth more.
Method: B_v = min(alpha_v U, |A| / beta_v) for rows of the noised view, U the symmetric KL between both views on the
row's own tokens; B_e = min(alpha_e H, |A| / beta_e) for all rows; A' = A + B_v + B_e. Both are detached and >= 0, and
with the defaults their sum never exceeds |A|, so no sign flips.
Defaults 1, 2, .4, 2 and the noise of .4 (normalised pixels) are as reported by the paper's reviewers.
Variants: alpha_v=0 is the entropy-shaped advantage (arXiv:2506.14758); response=true takes each row's mean U.
Trap: groups without a mixed reward have A = 0, so the cap gives them nothing.
Not verified: the paper's own equations; the cap's form is inferred from the entropy-shaped advantage.
"""

from __future__ import annotations

import torch
from torch import Tensor

from leadline.errors import UsageError
from leadline.train.hooks import Hooks, State
from leadline.train.paired import PairedRows
from leadline.train.rows import Rows


def capped_bonus(signal: Tensor, advantage: Tensor, alpha: float, beta: float) -> Tensor:
    """min(alpha * signal, |A| / beta) for a signal >= 0, detached.

    >>> a = torch.tensor([1.0, -0.5, 0.0])
    >>> [round(x, 4) for x in capped_bonus(torch.full((3,), 0.8614001), a, 0.4, 2.0).tolist()]
    [0.3446, 0.25, 0.0]
    """
    return torch.minimum(alpha * signal, advantage.abs() / beta).detach()


def row_mean(values: Tensor, mask: Tensor) -> Tensor:
    """[R, T] each row's mean over its tokens, repeated."""
    mean = (values * mask).sum(1, keepdim=True) / mask.sum(1, keepdim=True).clamp(min=1)
    return mean.expand_as(values)


def objective(
    *,
    alpha_v: float = 1.0,
    beta_v: float = 2.0,
    alpha_e: float = 0.4,
    beta_e: float = 2.0,
    response: bool = False,
) -> Hooks:
    def visual(rows: Rows, advantage: Tensor, state: State) -> Tensor:
        if not isinstance(rows, PairedRows):
            raise UsageError(
                "VOGUE needs rows sampled in two views of their context, and these have one.",
                remedy="Use a sampler that perturbs the context, or alpha_v=0 for the entropy bonus alone.",
            )
        u = row_mean(rows.uncertainty, rows.mask) if response else rows.uncertainty
        return capped_bonus(u, advantage, alpha_v, beta_v) * rows.perturbed[:, None]

    def entropic(rows: Rows, advantage: Tensor, state: State) -> Tensor:
        assert rows.entropy is not None
        return capped_bonus(rows.entropy, advantage, alpha_e, beta_e)

    shape = ((visual,) if alpha_v else ()) + ((entropic,) if alpha_e else ())
    return Hooks(name="vogue", needs=frozenset({"entropy"} if alpha_e else ()), shape=shape)
