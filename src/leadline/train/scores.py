"""What a policy says about rows, and the one scoring forward that fills what the hooks need.

R rows, T positions, V vocabulary, D hidden size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import Tensor

from leadline.errors import UsageError
from leadline.train.rows import Rows


@dataclass
class Scores:
    """At temperature 1, aligned with Rows: entry [r, t] speaks of ids[r, t]. 0 outside the mask."""

    logp: Tensor
    entropy: Tensor | None = None
    logits: Tensor | None = None
    hidden: Tensor | None = None


class Learner(Protocol):
    """A policy that learns: a table, a log-linear model, a transformer."""

    def parameters(self) -> Iterable[Any]: ...

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        """`needs` may name entropy, logits, hidden; logp is always there. Differentiable."""
        ...


def fill(
    rows: Rows,
    policy: Learner,
    needs: frozenset[str],
    reference: Learner | None = None,
    *,
    micro_rows: int = 128,
) -> Rows:
    """The rows with logp_old and whatever `needs` names, from one no-grad forward of each model.

    `probs` keeps the softmax only for ids that occur in the batch: [R, T, V] is never kept for large vocabularies.
    """
    if reference is None and needs & {"ref_logp", "ref_logits", "pooled"}:
        raise UsageError("This objective compares with a frozen reference model and none was given.")
    sub_ids = torch.unique(rows.ids[rows.mask > 0]) if "probs" in needs else None
    parts: list[dict[str, Tensor]] = []
    with torch.no_grad():
        for start in range(0, len(rows), micro_rows):
            some = rows.select(torch.arange(start, min(start + micro_rows, len(rows))))
            parts.append(own_scores(some, policy, needs, sub_ids))
            if reference is not None and needs & {"ref_logp", "ref_logits", "pooled"}:
                parts[-1] |= reference_scores(some, reference, needs)
    filled = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    return replace(rows, sub_ids=sub_ids, **filled)


def own_scores(
    rows: Rows, policy: Learner, needs: frozenset[str], sub_ids: Tensor | None
) -> dict[str, Tensor]:
    """logp_old [R, T], and of what was asked: entropy [R, T], hidden [R, T, D], probs over `sub_ids` [R, T, S]."""
    asked = frozenset(needs & {"entropy", "hidden"} | ({"logits"} if sub_ids is not None else set()))
    scores = policy.score(rows, asked)
    found = {"logp_old": scores.logp}
    if scores.entropy is not None:
        found["entropy"] = scores.entropy
    if scores.hidden is not None:
        found["hidden"] = scores.hidden
    if sub_ids is not None and scores.logits is not None:
        found["probs"] = torch.softmax(scores.logits.float(), -1)[..., sub_ids]
    return found


def reference_scores(rows: Rows, reference: Learner, needs: frozenset[str]) -> dict[str, Tensor]:
    asked = {"logits"} if "ref_logits" in needs else set()
    asked |= {"hidden"} if "pooled" in needs else set()
    scores = reference.score(rows, frozenset(asked))
    found = {"ref_logp": scores.logp}
    if scores.logits is not None:
        found["ref_logits"] = scores.logits
    if scores.hidden is not None:
        mask = rows.mask[..., None]
        found["pooled"] = (scores.hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
    return found
