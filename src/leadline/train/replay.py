"""Rows kept for later: solution caches, the latest success of a prompt, solve rates. All serialise to plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import torch

from leadline.train.rows import CACHED, Rows


class Solution(NamedTuple):
    ids: tuple[int, ...]
    mask: tuple[float, ...]
    reward: float
    step: int


@dataclass
class SolutionCache:
    """At most `n` distinct correct trajectories per prompt, newest last (DeepSearch's buffer, arXiv:2509.25454)."""

    n: int = 8
    kept: dict[int, list[Solution]] = field(default_factory=dict)

    def add(self, prompt: int, solution: Solution) -> None:
        """Equal token ids are one solution: the newer replaces the older."""
        others = [s for s in self.kept.get(prompt, []) if s.ids != solution.ids]
        self.kept[prompt] = [*others, solution][-self.n :]

    def remember(self, rows: Rows, step: int, *, above: float = 0.0) -> None:
        """Every row that is correct and whose reward is above `above`."""
        assert rows.prompt_id is not None
        for r in (rows.correct & (rows.reward > above)).nonzero().flatten().tolist():
            end = int((rows.mask[r] > 0).nonzero()[-1]) + 1
            ids, mask = rows.ids[r, :end].tolist(), rows.mask[r, :end].tolist()
            self.add(int(rows.prompt_id[r]), Solution(tuple(ids), tuple(mask), float(rows.reward[r]), step))

    def state(self) -> dict[str, object]:
        return {"n": self.n, "kept": {p: [tuple(s) for s in ss] for p, ss in self.kept.items()}}

    @classmethod
    def of(cls, state: Mapping[str, object]) -> SolutionCache:
        kept: dict[int, list[Solution]] = {}
        for prompt, solutions in state["kept"].items():  # type: ignore[attr-defined]
            kept[int(prompt)] = [Solution(tuple(s[0]), tuple(s[1]), s[2], s[3]) for s in solutions]
        return cls(int(state["n"]), kept)  # type: ignore[call-overload]


def overwrite(rows: Rows, row: int, solution: Solution) -> Rows:
    """The rows with one replaced by a cached solution, treated as on-policy: its old log probability is recomputed.

    The row's ratio starts at 1 and nothing corrects for its age, as both papers' code does; `source` marks it.
    """
    width = max(rows.width, len(solution.ids))
    changed = rows.with_width(width).select(torch.arange(len(rows)))
    changed.ids[row] = 0
    changed.mask[row] = 0
    changed.ids[row, : len(solution.ids)] = torch.tensor(solution.ids)
    changed.mask[row, : len(solution.mask)] = torch.tensor(solution.mask, dtype=changed.mask.dtype)
    changed.reward[row] = solution.reward
    changed.correct[row] = True
    source = torch.zeros_like(changed.group_id) if changed.source is None else changed.source
    source[row] = CACHED
    changed.source, changed.logp_roll, changed.logp_old, changed.entropy = source, None, None, None
    return changed


def solve_rates(rows: Rows) -> dict[int, float]:
    """Accuracy of each prompt in this batch."""
    assert rows.prompt_id is not None
    seen: dict[int, list[bool]] = {}
    for prompt, right in zip(rows.prompt_id.tolist(), rows.correct.tolist(), strict=True):
        seen.setdefault(prompt, []).append(right)
    return {prompt: sum(flags) / len(flags) for prompt, flags in seen.items()}


def pruned(rates: Mapping[int, float], prompts: Iterable[int], *, at: float = 0.9) -> list[int]:
    """Prompts whose solve rate stays below `at` (Fathom's pruning); unseen ones stay."""
    return [p for p in prompts if rates.get(p, 0.0) < at]
