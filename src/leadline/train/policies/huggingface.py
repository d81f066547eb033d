"""A transformers causal language model behind the Learner interface: for TRL, and for packaged weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from leadline.train.policies.decode import left_padded
from leadline.train.policies.generate import Generated, Temperature, nothing, say, temperatures
from leadline.train.rows import Rows
from leadline.train.scores import Scores


class HuggingFace:
    """Rows are right-padded, so plain causal attention is exact and no attention mask is needed."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def parameters(self) -> Iterable[Any]:
        found: Iterable[Any] = self.model.parameters()
        return found

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        """One backbone forward; the head only where the mask is 1. `hidden` is after the final norm."""
        where = rows.mask[:, 1:] > 0
        hidden = self.model.base_model(rows.ids[:, :-1], use_cache=False).last_hidden_state
        picked = hidden[where]
        logits = self.model.get_output_embeddings()(picked).float()
        log_all = torch.log_softmax(logits, -1)
        logp = log_all.gather(-1, rows.ids[:, 1:][where][:, None])[:, 0]
        entropy = -(log_all.exp() * log_all).sum(-1) if "entropy" in needs else None
        return Scores(
            placed(logp, where),
            None if entropy is None else placed(entropy, where),
            placed(logits, where) if "logits" in needs else None,
            placed(picked, where) if "hidden" in needs else None,
        )


def placed(values: Tensor, where: Tensor) -> Tensor:
    """[R, T, ...] with `values` where the (shifted) mask is True, else 0."""
    full = values.new_zeros((where.shape[0], where.shape[1] + 1, *values.shape[1:]))
    shifted = torch.nn.functional.pad(where, (1, 0))
    return full.index_put(shifted.nonzero(as_tuple=True), values)


def packed(
    prompt_ids: Tensor, prompt_mask: Tensor, completion_ids: Tensor, completion_mask: Tensor, rows: Rows
) -> tuple[Rows, Tensor]:
    """Left-padded prompts and right-padded completions as right-padded rows, and the column [R, C] of each token."""
    start = prompt_mask.sum(1).long()
    n, c = completion_ids.shape
    place = start[:, None] + torch.arange(c, device=start.device)
    width = int(place.max()) + 1
    ids = completion_ids.new_zeros(n, max(width, prompt_ids.shape[1] + c))
    ids.scatter_(1, place, completion_ids * completion_mask.long())
    for r in range(n):
        ids[r, : int(start[r])] = prompt_ids[r, prompt_mask[r] > 0]
    mask = torch.zeros(ids.shape, dtype=rows.mask.dtype, device=ids.device).scatter_(1, place, rows.mask)
    return replace(rows, ids=ids, mask=mask, logp_roll=None, logp_old=None), place


def unpacked(values: Tensor, place: Tensor) -> Tensor:
    """[R, C, ...] values at the columns of `place`."""
    index = place.view(*place.shape, *[1] * (values.dim() - 2)).expand(*place.shape, *values.shape[2:])
    return values.gather(1, index)


@torch.no_grad()
def generate_with(
    policy: HuggingFace,
    prompts: Sequence[Sequence[int]],
    max_new: int,
    rng: torch.Generator,
    *,
    temperature: Temperature | None = None,
    step: int = 0,
    stop: Sequence[int] = (1,),
    greedy: bool = False,
    start: Sequence[int] | None = None,
) -> Generated:
    """policies/generate.py's `generate` over a transformers model: the same draws, the same bookkeeping.

    Rows that ended stay in the batch (the model owns its cache); their tokens are not recorded.
    """
    n = len(prompts)
    ids, visible = left_padded(prompts)
    out, begun = nothing(n, max_new), np.array(start if start is not None else [0] * n)
    draws = torch.rand(n, max_new, generator=rng, dtype=torch.float64).numpy()
    rows, stops = np.arange(n), np.array(list(stop), dtype=np.int64)
    attention, token, past = visible.long(), ids, None
    for t in range(max_new):
        position = (attention.cumsum(1) - 1).clamp(min=0)[:, -token.shape[1] :]
        made = policy.model(
            token, attention_mask=attention, position_ids=position, past_key_values=past, use_cache=True,
            logits_to_keep=1,
        )  # fmt: skip
        past = made.past_key_values
        tau = temperatures(temperature, begun[rows] + t, step)
        said = say(out, np.full(len(rows), t), rows, made.logits[rows, -1].float(), tau, draws, greedy)
        token = out.ids[:, t : t + 1]
        ended = np.isin(said, stops)
        out.ended[rows[ended]] = True
        rows = rows[~ended]
        if not len(rows):
            break
        attention = torch.cat([attention, attention.new_ones(n, 1)], 1)
    return out
