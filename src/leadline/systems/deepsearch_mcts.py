"""DeepSearch: Monte Carlo tree search inside the training loop (arXiv:2509.25454).

Idea: grow one tree per prompt, back outcomes up to chunks of tokens, and train on the tree's trajectories with one
advantage per chunk; solved prompts go to a cache.
Method: explore.tree selects and backs up; train.samplers.tree makes rows; train.objectives.deepsearch weighs them.
Experiment: (a) 300 synthetic trees, frontier score against UCT from the root until 8 trajectories ended.
(b) RL at equal sampled tokens: 16 prompts x 6 chunks, each one of 32 symbols of which 3 in 10 are right, base pass@4
near 0; 20 steps of DeepSearch (width 4, n 8); a prompt is solved when a right trajectory was sampled in training.
Departs: a symbol stands for a chunk of tokens; no round-wise re-filtering of the prompts; 24 seeds, because six left
the solved prompts open. Before the first success nothing tells the tree where to go: what it saves on shared prefixes
it loses on answers that fail together.
Not verified: language models, GPU hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from leadline.train.policies.table import SoftmaxTable

POSITIONS, SYMBOLS, RIGHT = 6, 32, 0.3
TREE = f"grpo:aggregate=token-mean+deepsearch:width=4,chunk=1,max_depth={POSITIONS},max_expansions=64"
FLAT = "grpo:advantage=mean,high=.28,dual=10"


def problems(seed: int, *, n_prompts: int = 16) -> SoftmaxTable:
    """Normal logits; three symbols in ten are right at each position, and all positions have to be."""
    import torch

    from leadline.train.policies.table import SoftmaxTable

    rng = torch.Generator().manual_seed(seed)
    logits = 0.5 * torch.randn(n_prompts, POSITIONS, SYMBOLS, generator=rng, dtype=torch.float32)
    right = torch.rand(logits.shape, generator=rng) < RIGHT
    right[..., 0] = True  # never none
    return SoftmaxTable(logits, right)


def synthetic(seed: int, n_trees: int) -> tuple[Pair, Pair]:
    """(expansions, mean reward) of UCT and of the frontier rule on the same trees."""
    import numpy as np

    from leadline.explore.synthetic_tree import grow
    from leadline.explore.tree_config import TreeConfig

    rules = (TreeConfig("uct", backup="paper"), TreeConfig("deepsearch", backup="paper"))
    found = np.array([[grow(seed * 10_000 + i, rule) for rule in rules] for i in range(n_trees)]).mean(0)
    return Pair(*found[:, 0].tolist()), Pair(*found[:, 1].tolist())


def train(seed: int, objective: str, max_tokens: float, steps: int = 10_000) -> tuple[float, float, int]:
    """(share of base-unsolved prompts with a right trajectory in training, pass@16 after it, tokens)."""
    from dataclasses import replace

    from leadline.train.bandit import train_table
    from leadline.train.objectives import build
    from leadline.train.policies.table import pass_at
    from leadline.train.rows import Rows

    policy, solved = problems(seed), set[int]()
    unsolved = {int(p) for p in (1 - (1 - policy.success()) ** 4 < 0.25).nonzero()}

    def note(rows: Rows, state: Any) -> Rows:
        solved.update(rows.group_id[rows.correct].tolist())
        return rows

    hooks = build(objective)
    hooks = replace(hooks, row_filter=(*hooks.row_filter, note))
    run = train_table(policy, hooks, n=8, lr=0.5, steps=steps, max_tokens=max_tokens, seed=seed)
    return len(solved & unsolved) / len(unsolved), pass_at(policy.success(), 16), run.tokens


@system(
    slug="deepsearch-mcts",
    title="DeepSearch: Monte Carlo tree search in reinforcement learning with verifiable rewards",
    paper="2509.25454",
    idea="One search tree per hard prompt; chunk-level advantages from constrained backups; a cache of solutions.",
    parts=(
        "explore.tree",
        "explore.rules",
        "train.samplers.tree",
        "train.objectives.deepsearch",
        "train.segments",
    ),
    claims=(
        Claim(
            "expansions",
            "The frontier rule needs fewer expansions.",
            "expansions",
            "frontier",
            "UCT",
            "lower",
        ),
        Claim("reward", "The frontier rule finds better trajectories.", "mean reward", "frontier", "UCT"),
        Claim(
            "solved",
            "More unsolved prompts are solved at equal tokens.",
            "share solved",
            "DeepSearch",
            "GRPO",
        ),
        Claim("pass-16", "pass@16 after training at equal tokens.", "pass@16", "DeepSearch", "GRPO"),
    ),
    departs="A table policy whose symbols stand for chunks of tokens; small trees.",
    not_verified="Language models; re-filtering between rounds; GPU hours.",
    seeds=24,
)
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    full = scale == "full"
    expansions, reward = synthetic(seed, 50 if full else 10)
    tree_solved, tree_pass, tokens = train(seed, TREE, float("inf"), steps=20 if full else 1)
    flat_solved, flat_pass, _ = train(seed, FLAT, tokens)
    return {
        "expansions": expansions,
        "reward": reward,
        "solved": Pair(flat_solved, tree_solved),
        "pass-16": Pair(flat_pass, tree_pass),
    }
