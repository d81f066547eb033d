"""The training record: flat rows, one sampled response each, in ragged groups (README-objectives, section 1).

R rows, T token positions (prompt and response in one sequence, padded on the right), V vocabulary, D hidden size.
`mask` marks the tokens that the policy produced: prompts, tool output and padding are 0, so one tensor serves
single answers and agent trajectories alike. Entry [r, t] of a log probability belongs to ids[r, t] given ids[r, :t].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from torch import Tensor

from leadline.errors import UsageError

FRESH, CACHED, TREE = 0, 1, 2
"""Values of `source`."""

TOKEN_FIELDS = (
    "ids", "mask", "tau", "logp_roll", "logp_old", "entropy", "ref_logp", "ref_logits", "hidden", "probs", "seg_id",
)  # fmt: skip


@dataclass
class Rows:
    """One batch. Fields that nobody asked for stay None; `needs` of the hooks says which are filled."""

    group_id: Tensor
    """[R] rows with equal ids are compared with each other."""
    ids: Tensor
    """[R, T] int64."""
    mask: Tensor
    """[R, T] float: 1 where the policy produced the token."""
    reward: Tensor
    """[R]"""
    correct: Tensor
    """[R] bool."""
    prompt_id: Tensor | None = None
    """[R] index of the prompt in its batch or data set."""
    stage_id: Tensor | None = None
    """[R] 1 for a first sampling pass, 2 for an adaptive second one."""
    source: Tensor | None = None
    """[R] FRESH, CACHED or TREE."""
    tau: Tensor | None = None
    """[R, T] temperature under which each token was sampled."""
    logp_roll: Tensor | None = None
    """[R, T] under the behaviour policy, as sampled (temperature included)."""
    logp_old: Tensor | None = None
    """[R, T] under the policy at the start of the update, temperature 1."""
    entropy: Tensor | None = None
    ref_logp: Tensor | None = None
    ref_logits: Tensor | None = None
    """[R, T, V]"""
    hidden: Tensor | None = None
    """[R, T, D] last layer after the final norm, at the position that predicts the token."""
    probs: Tensor | None = None
    """[R, T, K] softmax over the vocabulary, kept for the ids in `sub_ids` only (not renormalised)."""
    sub_ids: Tensor | None = None
    """[K] token ids of the columns of `probs`; the same for all rows."""
    pooled: Tensor | None = None
    """[R, D] mean hidden state of the response under a frozen model."""
    seg_id: Tensor | None = None
    """[R, T] column of seg_value for each token (tree samplers, process rewards)."""
    seg_value: Tensor | None = None
    """[R, S]"""
    parts: dict[str, Tensor] = field(default_factory=dict)
    """Named parts of the reward, [R] each."""
    meta: list[dict[str, Any]] = field(default_factory=list)

    def __len__(self) -> int:
        return int(self.group_id.shape[0])

    @property
    def width(self) -> int:
        return int(self.ids.shape[1])

    @property
    def lengths(self) -> Tensor:
        """[R] tokens that the policy produced."""
        return self.mask.sum(1)

    def check(self) -> Rows:
        """Refuse rows whose parts do not fit together, naming the part."""
        n = len(self)
        if n == 0:
            raise UsageError("A batch without rows cannot be trained on.")
        for name, value in self.row_tensors().items():
            if value.shape[0] != n:
                raise UsageError(f"{name} has {value.shape[0]} rows, the batch has {n}.")
        if bool((self.lengths == 0).any()):
            empty = int((self.lengths == 0).nonzero()[0])
            raise UsageError(f"Row {empty} has no token of the policy: its mask is empty.")
        return self

    def row_tensors(self) -> dict[str, Tensor]:
        """Every tensor whose first dimension is the row."""
        named = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "sub_ids"}
        tensors = {name: value for name, value in named.items() if isinstance(value, Tensor)}
        return tensors | {f"parts.{name}": value for name, value in self.parts.items()}

    def select(self, index: Tensor) -> Rows:
        """The rows at `index` (int64 or bool), in that order."""
        index = index.nonzero().flatten() if index.dtype == torch.bool else index
        changed: dict[str, Any] = {
            name: value[index] for name, value in self.row_tensors().items() if "." not in name
        }
        changed["parts"] = {name: value[index] for name, value in self.parts.items()}
        changed["meta"] = [self.meta[i] for i in index.tolist()] if self.meta else []
        return replace(self, **changed)

    def trimmed(self) -> Rows:
        """Without the columns on the right in which no row has a policy token."""
        used = self.mask.any(0).nonzero()
        return self.with_width(int(used[-1]) + 1 if len(used) else 0)

    def with_width(self, width: int) -> Rows:
        """Cut or zero-padded on the right to `width` columns."""
        changed = {}
        for name in TOKEN_FIELDS:
            value = getattr(self, name)
            if value is not None and value.shape[1] != width:
                short = value[:, :width]
                gap = value.new_zeros((value.shape[0], width - short.shape[1], *value.shape[2:]))
                changed[name] = torch.cat([short, gap], 1)
        return replace(self, **changed) if changed else self


def padded(values: Sequence[Sequence[Any]], dtype: torch.dtype = torch.float32) -> Tensor:
    """[R, T] lists of different lengths, padded with 0 on the right.

    >>> padded([[1, 2], [3]], torch.long).tolist()
    [[1, 2], [3, 0]]
    """
    tensors = [torch.tensor(value, dtype=dtype) for value in values]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)


def concat(batches: Sequence[Rows]) -> Rows:
    """All rows below each other; a field that one batch lacks is dropped."""
    width = max(rows.width for rows in batches)
    widened = [rows.with_width(width) for rows in batches]
    if any(rows.seg_value is not None for rows in widened):
        widened = same_segments(widened)
    joined: dict[str, Any] = {}
    for f in fields(Rows):
        values = [getattr(rows, f.name) for rows in widened]
        if f.name == "sub_ids":
            joined[f.name] = values[0]
        elif isinstance(values[0], Tensor):
            joined[f.name] = None if any(v is None for v in values) else torch.cat(values)
    shared = set.intersection(*(set(rows.parts) for rows in widened))
    joined["parts"] = {name: torch.cat([rows.parts[name] for rows in widened]) for name in sorted(shared)}
    joined["meta"] = [m for rows in widened for m in (rows.meta or [{}] * len(rows))]
    return Rows(**joined)


def same_segments(batches: Sequence[Rows]) -> list[Rows]:
    """Pad seg_value to one number of segments."""
    n = max(rows.seg_value.shape[1] for rows in batches if rows.seg_value is not None)
    return [
        rows
        if rows.seg_value is None or rows.seg_value.shape[1] == n
        else replace(
            rows, seg_value=torch.nn.functional.pad(rows.seg_value, (0, n - rows.seg_value.shape[1]))
        )
        for rows in batches
    ]
