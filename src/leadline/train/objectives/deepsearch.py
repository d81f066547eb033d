"""DeepSearch: tree search as the sampler, one advantage per chunk of tokens (arXiv:2509.25454).

Idea: search harder on hard prompts, and credit the chunks of a trajectory by the value that the tree gave them.
Method: n trajectories from one tree per prompt; A = tanh(q of the chunk) - mean outcome of the group; clip .2 / .28,
dual clip 10, token-mean, no KL. Solved prompts go to a cache: next time n direct rollouts are drawn and the first
min(n, cached) are overwritten by cached solutions (outcome-only values, ratio 1, no correction for their age).
Departs: small trees. The data filter on Pass1@4 needs rollouts of its own: train.pilots.equal_tokens runs it between
rounds.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from torch import Tensor

from leadline.explore.tree_config import Strategy
from leadline.train.hooks import Hooks, State
from leadline.train.losses import ppo
from leadline.train.replay import SolutionCache, overwrite
from leadline.train.rows import Rows, concat
from leadline.train.samplers.base import Sampling, plain
from leadline.train.samplers.tree import TreePlan, tree_rows, with_outcome_segments
from leadline.train.segments import segment_advantage


def advantage(rows: Rows, reward: Tensor) -> Tensor:
    """[R, T] from chunk values, against the mean of the outcomes +1 and -1."""
    assert rows.seg_value is not None
    assert rows.seg_id is not None
    return segment_advantage(rows.seg_value, rows.seg_id, 2 * rows.correct.float() - 1, rows.group_id)


def from_cache(prompts: list[int], sampling: Sampling, cache: SolutionCache) -> Rows:
    """Direct rollouts with cached solutions in the first places of each prompt."""
    rows = plain(prompts, sampling)
    for prompt in prompts:
        places = (rows.group_id == prompt).nonzero().flatten().tolist()
        for row, solution in zip(places, cache.kept[prompt], strict=False):
            rows = overwrite(rows, row, solution)
    return with_outcome_segments(rows)


def objective(
    *, width: int = 4, chunk: int = 8, max_depth: int = 6, max_expansions: int = 64, selection: Strategy = "deepsearch",
    cache: bool = True, every: int = 1, dual: float = 10.0,
) -> Hooks:  # fmt: skip
    """`selection` uct is the ablation. Solutions serve from the next multiple of `every` steps on (a round of the
    paper). State "deepsearch": the cache, its step, and the prompts that it serves."""

    def sample(prompts: Any, sampling: Any, state: State) -> Rows:
        mine = state.setdefault(
            "deepsearch", {"cache": SolutionCache(sampling.n).state(), "n": 0, "served": []}
        )
        known = SolutionCache.of(mine["cache"])
        plan = TreePlan(sampling.n, width, chunk, max_depth, max_expansions, selection)
        served = set(known.kept) if mine["n"] % every == 0 else set(mine["served"])
        cached = [p for p in prompts if cache and p in served]
        searched = [p for p in prompts if p not in cached]
        parts = [tree_rows(searched, sampling, plan)] if searched else []
        parts += [from_cache(cached, sampling, known)] if cached else []
        rows = concat(parts)
        known.remember(rows, mine["n"])
        state["deepsearch"] = {"cache": known.state(), "n": mine["n"] + 1, "served": sorted(served)}
        return rows

    return Hooks(
        name="deepsearch", sample=sample, advantage=advantage, loss=partial(ppo, low=0.2, high=0.28, dual=dual),
    )  # fmt: skip
