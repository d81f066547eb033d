"""Fathom's RAPO: no dead groups (arXiv:2509.24107, section 3.5). Not the forward-KL RAPO of objectives/rapo.py.

Idea: prune what is solved, replay a success where all rollouts failed, scale up what still carries a signal.
Method: A = (r - mean) / population std, times N_groups / N_good; one random failed rollout of an all-failed group is
replaced by the prompt's latest success; at an epoch's end prompts with solve rate >= .9 leave.
Departs: "solved" and "failed" mean the answer, not the format part of the reward (taken literally the paper's rule
counts a format-only reward as solved); replayed tokens start at ratio 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from leadline.train.advantages import standardised
from leadline.train.groups import dense, members
from leadline.train.hooks import Hooks, State
from leadline.train.replay import SolutionCache, overwrite, pruned, solve_rates
from leadline.train.rows import Rows


def scaled_advantage(reward: Tensor, group_id: Tensor, *, scale: bool = True) -> Tensor:
    """(r - mean) / population std, times groups / groups with a signal; 0 where all rewards of a group are equal."""
    raw = standardised(reward, group_id, ddof=0, eps=1e-12)
    index, total = dense(group_id)
    good = len(torch.unique(index[raw != 0]))
    return raw * (total / good) if scale and good else raw


def replayed(rows: Rows, cache: SolutionCache, rng: torch.Generator) -> tuple[Rows, list[int]]:
    """Rows with one failure of each all-failed, cached prompt replaced, and the indices that were."""
    assert rows.prompt_id is not None
    replaced = []
    prompt_id = rows.prompt_id
    for index in members(rows.group_id):
        kept = cache.kept.get(int(prompt_id[index[0]]))
        if kept and not bool(rows.correct[index].any()):
            row = int(index[torch.randint(len(index), (1,), generator=rng)])
            rows = overwrite(rows, row, kept[-1])
            replaced.append(row)
    return rows, replaced


def live(prompts: Sequence[int], rates: Mapping[int, float], at: float) -> list[int]:
    """What is left after pruning; all of them once nothing would be left."""
    return pruned(rates, prompts, at=at) or list(prompts)


def objective(
    *,
    prune: bool = True,
    scale: bool = True,
    replay: bool = True,
    prune_at: float = 0.9,
    store_above: float = 0.5,
    seed: int = 0,
) -> Hooks:
    """State "fathom_rapo": the cache (one solution per prompt) and the latest solve rate of each prompt."""

    def mine(state: State) -> dict[str, Any]:
        fresh = {"cache": SolutionCache(1).state(), "rates": {}, "n": 0}
        found: dict[str, Any] = state.setdefault("fathom_rapo", fresh)
        return found

    def data_filter(prompts: Any, state: State) -> Any:
        return live(prompts, mine(state)["rates"], prune_at)

    def refill(rows: Rows, state: State) -> Rows:
        kept = mine(state)
        kept["n"] += 1
        kept["rates"] = {**kept["rates"], **solve_rates(rows)}
        cache = SolutionCache.of(kept["cache"])
        rng = torch.Generator().manual_seed(seed * 1_000_003 + kept["n"])
        changed, _ = replayed(rows, cache, rng) if replay else (rows, [])
        cache.remember(rows, kept["n"], above=store_above)
        kept["cache"] = cache.state()
        return changed

    return Hooks(
        name="fathom_rapo",
        data_filter=data_filter if prune else None,
        advantage=lambda rows, reward: scaled_advantage(reward, rows.group_id, scale=scale),
        row_filter=(refill,),
    )
