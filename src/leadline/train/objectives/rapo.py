"""RAPO: forward KL to a reference that is flattened where the reward is low, and an entropy bonus (arXiv:2510.03865).

Idea: after a failure pull towards anything plausible, after a success towards the base model; forward KL keeps mass
where the reference has mass, so pass@k at large k is not lost.
Method: loss + alpha * KL(ref^phi(r) / Z || pi) - beta * H(pi), phi(r) = phi0 + (1 - phi0) r; per position on the
policy's own prefixes (the sequence-level Z is intractable; tempering per position is exact there).
Departs: phi0 .2, alpha and beta are ours, the paper's values were not readable.
`kind`: exact (all logits), score (unbiased from samples), estimator (the paper's D, biased gradient), reverse.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from leadline.errors import NotFound
from leadline.train import kl
from leadline.train.hooks import Hooks
from leadline.train.rows import Rows

KINDS = ("exact", "score", "estimator", "reverse", "reverse-exact")


def objective(
    *,
    alpha: float = 0.01,
    beta: float = 0.0,
    phi0: float = 0.2,
    kind: str = "exact",
    low: float = 0.0,
    high: float = 1.0,
) -> Hooks:
    """phi0 1 is plain forward KL. `low`, `high`: the range of the reward."""
    if kind not in KINDS:
        raise NotFound("kind of rapo", kind, KINDS)
    if kind in ("score", "estimator") and phi0 != 1:
        kind_needs = {"ref_logits"}  # the tempered reference's normaliser needs all logits
    else:
        kind_needs = {"ref_logits", "logits"} if "exact" in kind else {"ref_logp"}

    def regularise(rows: Rows, scores: Any) -> Tensor:
        phi = kl.reward_phi(rows.reward, phi0=phi0, low=low, high=high)[:, None]
        penalty = alpha * divergence(rows, scores, phi) if alpha else 0.0 * scores.logp
        return penalty - beta * scores.entropy if beta else penalty

    def divergence(rows: Rows, scores: Any, phi: Tensor) -> Tensor:
        if kind == "exact":
            return kl.forward_exact(scores.logits, rows.ref_logits, phi[..., None])
        if kind == "reverse-exact":
            return kl.reverse_exact(scores.logits, rows.ref_logits)
        if kind == "reverse":
            return kl.reverse(scores.logp, rows.ref_logp)
        ref = rows.ref_logp if rows.ref_logits is None else kl.tempered_logp(rows.ref_logits, rows.ids, phi)
        assert ref is not None
        return kl.forward_score(scores.logp, ref) if kind == "score" else kl.forward(scores.logp, ref)

    needs = kind_needs | ({"entropy"} if beta else set())
    return Hooks(name="rapo", needs=frozenset(needs), regularise=regularise)
