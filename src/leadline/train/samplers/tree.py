"""One search tree per prompt whose edges are chunks of tokens (DeepSearch, arXiv:2509.25454).

The tree, its selection and its backup are explore/tree.py's; this file grows many trees in lockstep, one generation
call per round, and turns finished ones into rows with a value per chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from leadline.explore.kernels import TERMINAL
from leadline.explore.rules import soft_clip
from leadline.explore.tree import TreeSearch
from leadline.explore.tree_config import Strategy, TreeConfig, children
from leadline.train.rows import TREE, Rows, concat, padded
from leadline.train.samplers.base import Chunk, Sampling, repeated


@dataclass(frozen=True)
class TreePlan:
    """Sizes of a tree. 8 trajectories of chunks of 256 tokens, 64 deep, in the paper; ours are for short answers."""

    n: int = 8
    width: int = 4
    chunk: int = 8
    max_depth: int = 6
    max_expansions: int = 64
    selection: Strategy = "deepsearch"


@dataclass
class Growing:
    """A tree and what its nodes stand for."""

    prompt: int
    plan: TreePlan
    search: TreeSearch = field(init=False)
    chunks: dict[int, Chunk] = field(default_factory=dict)
    leaf: int = -1
    jumps: int = 0
    """Expansions that did not go on below the one before."""

    def __post_init__(self) -> None:
        self.search = TreeSearch(
            TreeConfig(
                strategy=self.plan.selection,
                backup="paper", max_depth=self.plan.max_depth, max_calls=self.plan.max_expansions,
            )
        )  # fmt: skip

    def ask(self) -> bool:
        """Pick a leaf; False when n trajectories are there, the budget is spent or nothing is left."""
        leaves: Any = self.search.ask(1) if len(self.search.finished) < self.plan.n else []
        before, self.leaf = self.leaf, int(leaves[0]) if len(leaves) else -1
        self.jumps += before >= 0 and self.leaf >= 0 and int(self.search.nodes["parent"][self.leaf]) != before
        return self.leaf >= 0

    def response(self, node: int) -> list[int]:
        return [i for k in self.search.path(node) for i in self.chunks[k].ids]

    def tell(self, chunks: Sequence[Chunk], sampling: Sampling) -> None:
        """Judge what ended (or ran out of depth: wrong) and back one trajectory up."""
        so_far = self.response(self.leaf)
        last = int(self.search.nodes["depth"][self.leaf]) + 1 >= self.plan.max_depth
        rewards = [float("nan")] * len(chunks)
        for i, chunk in enumerate(chunks):
            if chunk.ended or last:
                right = chunk.ended and sampling.judge(self.prompt, [*so_far, *chunk.ids]).correct
                rewards[i] = 1.0 if right else -1.0
        rows = children(
            reward=rewards, entropy=[c.entropy for c in chunks], tokens=[len(c.ids) for c in chunks]
        )
        nodes = self.search.tell(self.leaf, rows)
        self.chunks |= dict(zip(nodes.tolist(), chunks, strict=True))

    def about(self) -> dict[str, int]:
        """What the tree cost (frontier jumps are among the expansions) and how many of its answers ended."""
        search = self.search
        ended = int((search.nodes["flags"] & TERMINAL > 0).sum())
        return {
            "expansions": search.calls, "jumps": self.jumps, "tree_tokens": search.tokens, "terminals": ended,
        }  # fmt: skip


def grow(prompts: Sequence[int], sampling: Sampling, plan: TreePlan) -> list[Growing]:
    """One tree per prompt, all expanded together, one `extend` per round."""
    trees = [Growing(p, plan) for p in prompts]
    while active := [tree for tree in trees if tree.ask()]:
        made = sampling.extend(
            [t.prompt for t in active], [t.response(t.leaf) for t in active], plan.width, plan.chunk
        )
        for tree, chunks in zip(active, made, strict=True):
            tree.tell(chunks, sampling)
    return trees


def to_rows(tree: Growing, sampling: Sampling) -> Rows | None:
    """One row per finished trajectory. Shared prefixes are repeated, with the same value, in each row (as the code of
    the paper does); inner values are soft-clipped, terminals stay +1 or -1.
    """
    finished = tree.search.finished[: tree.plan.n]
    if not finished:
        return None
    prefix = sampling.prefix(tree.prompt)
    paths = [tree.search.path(node) for node in finished]
    value, reward = tree.search.nodes["value"], tree.search.nodes["reward"]
    outcome = torch.tensor([float(reward[node]) for node in finished])
    parts = [[tree.chunks[k] for k in path] for path in paths]
    seg_value = padded([[*(float(soft_clip(value[k])) for k in p[:-1]), float(reward[p[-1]])] for p in paths])
    group = torch.full((len(paths),), tree.prompt)
    return Rows(
        group, padded([[*prefix, *(i for c in p for i in c.ids)] for p in parts], torch.long),
        padded([[0.0] * len(prefix) + [1.0] * sum(len(c.ids) for c in p) for p in parts]),
        (outcome > 0).float(), outcome > 0, prompt_id=group, stage_id=torch.ones_like(group),
        source=torch.full_like(group, TREE),
        logp_roll=padded([[0.0] * len(prefix) + [x for c in p for x in c.logp] for p in parts]),
        seg_id=padded([[0] * len(prefix) + [j for j, c in enumerate(p) for _ in c.ids] for p in parts], torch.long),
        seg_value=seg_value, meta=[tree.about() | {"depth": len(path)} for path in paths],
    )  # fmt: skip


def with_outcome_segments(rows: Rows) -> Rows:
    """Direct rollouts in the same form: one segment, whose value is the outcome."""
    outcome = 2 * rows.correct.float() - 1
    return replace(rows, seg_id=torch.zeros_like(rows.ids), seg_value=outcome[:, None])


def tree_rows(prompts: Sequence[int], sampling: Sampling, plan: TreePlan) -> Rows:
    """n rows per prompt from its tree; a tree that ran out of budget is filled up with direct rollouts."""
    trees = grow(prompts, sampling, plan)
    found = [rows for tree in trees if (rows := to_rows(tree, sampling)) is not None]
    missing = repeated(prompts, [plan.n - min(plan.n, len(tree.search.finished)) for tree in trees])
    if missing:
        direct = with_outcome_segments(sampling.rollouts(missing))
        direct.mask = direct.mask.float()
        found.append(direct)
    return concat(found)
