"""DeepSearch: Monte Carlo tree search inside the training loop (arXiv:2509.25454).

Idea: grow one tree per prompt, back outcomes up to chunks of tokens, and train on the tree's trajectories with one
advantage per chunk; solved prompts go to a cache.
Method: explore.tree selects and backs up; train.samplers.tree makes rows; train.objectives.deepsearch weighs them.
Experiment: (a) synthetic trees, frontier score against UCT from the root until 8 trajectories ended.
(b) Countdown with three numbers and targets up to 30: a transformer of a million parameters learns direct solutions,
then 60 steps of DeepSearch (chunks of 8 tokens, depth 6, width 4, n 8) and of GRPO (n 8) from the same weights, on 160
hard prompts in the same order, with equal numbers of generated tokens in every step (to within the last group; what
is read again is counted apart). Hard: at most one of four answers is right, looked at again every 20 steps, when the
cache opens too; unsolved: none of four. Hard prompts come from tasks that the supervised steps never saw.
Chosen on another seed: 600 supervised steps (about a minute), after which nine prompts in ten are unsolved and a
sixth of the hard ones fall to 16 answers; learning rate 3e-5, the better of two for both arms.
Found: GRPO solves more, .31 against .18 of the unsolved prompts, and keeps pass@16 .03 [.00, .05] higher. A tree
opens with four first chunks and spends its tokens below them: for the same tokens twice the answers, as often right,
but half the first chunks, so that its right answers pile up on few prompts. Without training (rate 0) the order is
the same, with answers of three chunks instead of two the gap is wider (one seed each).
Departs: supervised for one minute, not two or three; GRPO gets the same filter; a tree that runs out of leaves is
filled up with direct rollouts.
Not verified: language models, GPU hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from leadline.train.pilots.equal_tokens import Arm, Start

ROUND, CHUNK, DEPTH = 20, 8, 6
TREE = f"grpo:aggregate=token-mean+deepsearch:width=4,chunk={CHUNK},max_depth={DEPTH},every={ROUND}"
FLAT = "grpo:advantage=mean,high=.28,dual=10"
ALLOWED = 0.02
"""Loss of pass@16 that still counts as "not lower"."""


def synthetic(seed: int, n_trees: int) -> tuple[Pair, Pair]:
    """(expansions, mean reward) of UCT and of the frontier rule on the same trees."""
    import numpy as np

    from leadline.explore.synthetic_tree import grow
    from leadline.explore.tree_config import TreeConfig

    rules = (TreeConfig("uct", backup="paper"), TreeConfig("deepsearch", backup="paper"))
    found = np.array([[grow(seed * 10_000 + i, rule) for rule in rules] for i in range(n_trees)]).mean(0)
    return Pair(*found[:, 0].tolist()), Pair(*found[:, 1].tolist())


def countdown(seed: int, scale: Scale) -> tuple[Start, Arm, Arm]:
    """What both arms start from, DeepSearch and GRPO after training."""
    from leadline.train.pilots.equal_tokens import prepare, race
    from leadline.train.settings import Settings
    from leadline.train.threads import threads

    sizes = {
        "full": {"policy": "medium", "warmup_steps": 600, "prompts": 16, "pool": 160, "eval_prompts": 256, "steps": 60},
        "smoke": {"policy": "micro", "warmup_steps": 4, "prompts": 2, "pool": 4, "eval_prompts": 4, "steps": 2},
    }  # fmt: skip
    settings = Settings(env="countdown", n=8, lr=3e-5, lr_warmup=10, seed=seed, **sizes[scale])  # type: ignore[arg-type]
    with threads(1):
        start = prepare(settings, max_new=CHUNK * DEPTH)
        return start, *race(start, TREE, FLAT, every=ROUND)


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
        "train.pilots.equal_tokens",
    ),
    claims=(
        Claim("expansions", "The frontier rule needs fewer expansions.", "expansions", "frontier", "UCT", "lower"),
        Claim("reward", "The frontier rule finds better trajectories.", "mean reward", "frontier", "UCT"),
        Claim(
            "solved", "More base-unsolved prompts have a right trajectory in 20 steps at equal tokens.",
            "share solved", "DeepSearch", "GRPO",
        ),
        Claim(
            "pass-16", "pass@16 on held-out hard prompts is not lower after 60 steps at equal tokens.",
            "loss of pass@16 (.02 allowed)", "DeepSearch", "allowance", "lower",
        ),
        Claim("judged", "Shared prefixes buy more answers.", "answers per 1000 tokens", "DeepSearch", "GRPO"),
        Claim(
            "openings", "Shared prefixes cost variety: fewer first chunks.", "first chunks per 1000 tokens",
            "DeepSearch", "GRPO", "lower",
        ),
    ),
    departs="A transformer of a million parameters, supervised for a minute, on Countdown; small trees, filled up with "
    "direct rollouts where they run out of leaves; both arms re-filter the prompts.",
    not_verified="Language models; GPU hours.",
    seeds=5,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from leadline.train.threads import threads

    expansions, reward = synthetic(seed, 120 if scale == "full" else 10)
    start, tree, flat = countdown(seed, scale)
    with threads(1):
        loss = flat.evaluate(16)["pass_k"] - tree.evaluate(16)["pass_k"]
    first = {
        what: Pair(flat.per_1000_tokens(what, ROUND), tree.per_1000_tokens(what, ROUND))
        for what in ("judged", "openings")
    }
    return {
        "expansions": expansions,
        "reward": reward,
        "solved": Pair(*(arm.share_solved(start.unsolved, ROUND) for arm in (flat, tree))),
        "pass-16": Pair(ALLOWED, loss),
        **first,
    }
