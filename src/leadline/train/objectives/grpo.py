"""GRPO (arXiv:2402.03300) with the switches of its descendants: the base that methods compose with.

Idea: the other answers to the same prompt are the baseline.
Variants by settings: DAPO high=.28, dual=10, aggregation=token-mean; Dr.GRPO advantage=mean, aggregation=rows-const
(arXiv:2503.20783); RLOO advantage=rloo; GSPO loss=gspo (gspo-rows: one advantage per row); CISPO loss=cispo.
Defaults: token-mean aggregation as TRL and verl ship it, sample std with eps 1e-6 as verl, no KL.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor

from leadline.errors import NotFound, UsageError
from leadline.train import advantages, aggregation, kl, losses, schedules
from leadline.train.hooks import Hooks
from leadline.train.rows import Rows

ADVANTAGES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "std": advantages.standardised,
    "population-std": partial(advantages.standardised, ddof=0),
    "mean": advantages.mean_only,
    "rloo": advantages.leave_one_out,
    "batch-std": advantages.batch_standardised,
    "rank": advantages.ranked,
}
LOSSES: dict[str, Callable[..., Tensor]] = {
    "ppo": losses.ppo,
    "cispo": losses.cispo,
    "gspo": losses.gspo,
    "gspo-rows": losses.gspo_rows,
}


def objective(
    *,
    advantage: str = "std",
    loss: str = "ppo",
    low: float | None = None,
    high: float | None = None,
    dual: float = 0.0,
    aggregate: str = "token-mean",
    max_length: int = 0,
    kl_coef: float = 0.0,
    entropy_coef: float = 0.0,
    minibatch: int = 0,
    epochs: int = 1,
    name: str = "grpo",
) -> Hooks:
    """A complete base. `minibatch` 0 is one step per batch; `max_length` is the constant of rows-const.

    `low` and `high` are .2 where they are not given, and those of its paper for gspo.
    """
    refuse(minibatch >= 0, "minibatch", minibatch, "0 (the whole batch) or more")
    refuse(epochs >= 1, "epochs", epochs, "1 or more")
    refuse(dual == 0 or dual > 1, "dual", dual, "0 (none) or above 1")
    for bound, given in (("low", low), ("high", high)):
        refuse(given is None or given >= 0, bound, given, "0 or more")
    for value, known, kind in ((advantage, ADVANTAGES, "advantage"), (loss, LOSSES, "loss")):
        if value not in known:
            raise NotFound(kind, value, known)
    if aggregate not in aggregation.MODES:
        raise NotFound("aggregation", aggregate, aggregation.MODES)
    mode: aggregation.Mode = aggregate  # type: ignore[assignment]  # checked above
    usual = {} if loss == "gspo" else {"low": 0.2, "high": 0.2}
    bounds = {bound: value for bound, value in (("low", low), ("high", high)) if value is not None}
    clip: dict[str, Any] = usual | bounds
    clip |= {"dual": dual} if dual and loss in ("ppo", "gspo-rows") else {}
    needs = ({"ref_logp"} if kl_coef else set()) | ({"entropy"} if entropy_coef else set())

    def regularise(rows: Rows, scores: Any) -> Tensor:
        penalty = kl_coef * kl.reverse(scores.logp, rows.ref_logp) if kl_coef else 0.0 * scores.logp
        return penalty - entropy_coef * scores.entropy if entropy_coef else penalty

    def weights(rows: Rows) -> Tensor:
        return aggregation.weights(rows.mask, mode, group_id=rows.group_id, max_length=max_length or None)

    return Hooks(
        name=name,
        needs=frozenset(needs),
        advantage=lambda rows, reward: ADVANTAGES[advantage](reward, rows.group_id),
        loss=partial(LOSSES[loss], **clip),
        regularise=regularise if needs else None,
        aggregate=weights,
        schedule=schedules.minibatches(minibatch, epochs) if minibatch else schedules.full_batch(epochs),
    )


def refuse(fits: bool, setting: str, value: object, wanted: str) -> None:
    if not fits:
        raise UsageError(f"grpo:{setting} cannot be {value}.", remedy=f"It is {wanted}.")
