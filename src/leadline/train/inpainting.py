"""Inpainting-guided sampling: where a whole group failed, parts of a right trace are pinned and the rest is filled in.

IGPO (arXiv:2509.10396, section 3); numbers are the released code's. R rows, L answer tokens, G rows of a group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from leadline.train.groups import members
from leadline.train.policies.masked_diffusion import MaskedDiffusionLM, diffusion_sample
from leadline.train.rows import Rows
from leadline.train.single_turn import SingleTurn


@dataclass
class InpaintedRows(Rows):
    pinned: Tensor = field(default_factory=lambda: torch.zeros(0, 0, dtype=torch.bool))
    """[R, T] bool: tokens that were given, not said."""


class Hints(NamedTuple):
    """How a trace is cut and how much of it is shown."""

    shortest: int = 5
    longest: int = 10
    """Tokens of a chunk."""
    least: float = 0.2
    most: float = 0.6
    """Share eta of chunks that is shown."""
    reserve: int = 30
    """Answer tokens at the end that stay free."""
    replace: int = 4
    """Failures of a group that are replaced at most."""


def chunks(length: int, hints: Hints, rng: torch.Generator) -> list[tuple[int, int]]:
    """Consecutive (start, end) of random lengths; a remainder shorter than the shortest chunk is dropped."""
    found, at = [], 0
    while length - at >= hints.shortest:
        size = int(torch.randint(hints.shortest, hints.longest + 1, (), generator=rng))
        found.append((at, min(at + size, length)))
        at += size
    return found


def hidden_count(n_chunks: int, eta: float) -> int:
    """int(n (1 - eta)): how many chunks are not shown.

    >>> hidden_count(10, 0.37)
    6
    """
    return int(n_chunks * (1 - eta))


def stretch(trace: int, room: int, reserve: int = 30) -> float:
    """How far a short trace is spread over a longer answer, between 1 and 1.5.

    >>> [stretch(n, room) for n, room in ((100, 256), (200, 256), (300, 256), (60, 64))]
    [1.5, 1.13, 1.0, 1.0]
    """
    return min(1.5, max(1.0, (room - reserve) / trace))


def placed(
    shown: Sequence[tuple[int, int]], scale: float, room: int, max_gap: int = 100
) -> list[tuple[int, int]]:
    """Where the shown chunks stand in the answer, cut off at `room`: gaps between them grow by `scale`.

    >>> placed([(0, 5), (12, 18), (30, 36)], 1.5, 226)
    [(0, 5), (15, 21), (39, 45)]
    """
    found: list[tuple[int, int]] = []
    end = before = 0
    for start, stop in shown:
        at = end + min(int((start - before) * scale), max_gap) if found else int(start * scale)
        end, before = at + stop - start, stop
        if at < room:
            found.append((at, min(end, room)))
    return found


def pinned_answer(
    trace: Tensor, length: int, eta: float, hints: Hints, rng: torch.Generator, *, last: int = 1
) -> tuple[Tensor, Tensor]:
    """Answer [L] and pinned [L] bool with a share eta of the trace [N] in place. Its `last` tokens, the final result,
    are never shown: the answer must not leak.
    """
    cut = chunks(len(trace) - last, hints, rng)
    n_shown = len(cut) - hidden_count(len(cut), eta)
    picked = torch.randperm(len(cut), generator=rng)[:n_shown].sort().values.tolist()
    shown = [cut[i] for i in picked]
    answer, pinned = torch.zeros(length, dtype=torch.long), torch.zeros(length, dtype=torch.bool)
    scale = stretch(len(trace), length, hints.reserve)
    for (start, _), (at, end) in zip(shown, placed(shown, scale, length - hints.reserve), strict=False):
        answer[at:end], pinned[at:end] = trace[start : start + end - at], True
    return answer, pinned


def entropy_filter(pinned: Tensor, entropy: Tensor, tau: float = 0.2) -> Tensor:
    """[R, T] bool: of each row's pinned tokens, the max(1, int(n tau)) with the highest entropy; none in rows without.

    >>> entropy_filter(torch.ones(1, 5, dtype=torch.bool), torch.tensor([[0.1, 0.9, 0.2, 0.3, 0.0]])).tolist()
    [[False, True, False, False, False]]
    """
    n = pinned.sum(1)
    keep = torch.where(n > 0, (n * tau + 1e-9).long().clamp(min=1), n)
    rank = entropy.masked_fill(~pinned, -1.0).argsort(dim=-1, descending=True, stable=True).argsort(-1)
    return (rank < keep[:, None]) & pinned


class Rescue(NamedTuple):
    """Shares of groups in which every answer is wrong."""

    before: float
    after: float


@dataclass
class InpaintTurn(SingleTurn):
    """Diffusion rollouts; all-wrong groups are sampled again, with hints (`kind` "inpaint") or without ("resample")."""

    traces: Tensor
    """[P, L] one right answer per prompt."""
    kind: str = "inpaint"
    hints: Hints = field(default_factory=Hints)
    rescues: list[Rescue] = field(default_factory=list)
    """One per call."""

    def rollouts(
        self,
        policy: Any,
        which: Sequence[int],
        rng: torch.Generator,
        *,
        temperature: Any = None,
        step: int = 0,
    ) -> InpaintedRows:
        index = torch.as_tensor(which)
        free = torch.zeros(len(index), self.max_new, dtype=torch.bool)
        ids = self.sample(policy, index, free.long(), free, rng)
        correct, pinned = self.verify(index, ids), free.clone()
        groups = members(index)
        dead = [rows for rows in groups if not bool(correct[rows].any())]
        if dead and self.kind != "none":
            rows = torch.cat(dead)
            answer, shown = self.guides(index[rows], rng)
            again = self.sample(policy, index[rows], answer, shown, rng)
            right = self.verify(index[rows], again)
            self.replace(dead, again, right, shown, ids, correct, pinned)
        still = sum(not bool(correct[rows].any()) for rows in groups)
        self.rescues.append(Rescue(len(dead) / len(groups), still / len(groups)))
        none = torch.zeros(self.prompts[index].shape)
        return InpaintedRows(
            index, torch.cat([self.prompts[index], ids], 1), torch.cat([none, torch.ones(ids.shape)], 1),
            correct.float(), correct, prompt_id=index, pinned=torch.cat([none.bool(), pinned], 1),
        )  # fmt: skip

    def sample(
        self, policy: MaskedDiffusionLM, index: Tensor, answer: Tensor, pinned: Tensor, rng: torch.Generator
    ) -> Tensor:
        return diffusion_sample(policy, self.prompts[index], answer, pinned, rng, steps=self.max_new)

    def guides(self, index: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Answer and pinned [R, L] of each row; nothing pinned when resampling."""
        if self.kind == "resample":
            return torch.zeros(len(index), self.max_new, dtype=torch.long), torch.zeros(
                len(index), self.max_new, dtype=torch.bool
            )
        spread = self.hints.most - self.hints.least
        eta = self.hints.least + spread * torch.rand(len(index), generator=rng)
        made = [
            pinned_answer(self.traces[i], self.max_new, e, self.hints, rng)
            for i, e in zip(index.tolist(), eta.tolist(), strict=True)
        ]
        return torch.stack([a for a, _ in made]), torch.stack([p for _, p in made])

    def replace(
        self, dead: list[Tensor], again: Tensor, right: Tensor, shown: Tensor, ids: Tensor, correct: Tensor,
        pinned: Tensor,
    ) -> None:  # fmt: skip
        """Put the right ones among `again` in the first places of their groups, in place."""
        at = 0
        for rows in dead:
            found = torch.arange(at, at + len(rows))[right[at : at + len(rows)]][: self.hints.replace]
            to = rows[: len(found)]
            ids[to], pinned[to], correct[to] = again[found], shown[found], True
            at += len(rows)
