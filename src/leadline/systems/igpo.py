"""IGPO: inpainting-guided policy optimization for masked diffusion language models (arXiv:2509.10396).

Idea: where all answers of a group are wrong, pin parts of a right trace, let the diffusion model fill in the rest, and
swap verified completions for some failures: the group has a signal again.
Method: train.inpainting (chunks, placement, rescue), train.objectives.igpo (ratio of the whole answer, entropy filter).
Experiment: ring-ops, 3 x (operation, result) in Z_23, a bidirectional transformer. Weak SFT: 900 steps on 120 prompts;
RL on 200 others: 100 steps, B = 8, G = 8, mu = 2, chunks of 1 or 2 tokens, the final result never shown, at most 4
replacements; a sampler that reveals one token per step. Success at temperature 1, without hints.
Departs: less than half of the specification's SFT steps and two thirds of its RL steps; no KL to a reference.
Not verified: LLaDA; length-aligned SFT; partial against full hints.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from leadline.train.policies.masked_diffusion import MaskedDiffusionLM

N_SFT, N_RL = 120, 200
ARMS = {
    "grpo": ("none", ".2"),
    "resample": ("resample", ".2"),
    "igpo": ("inpaint", ".2"),
    "all": ("inpaint", "1"),
}
"""What happens to an all-wrong group, and the share of pinned tokens that learn."""


def weak(seed: int, prompts: Any, steps: int) -> MaskedDiffusionLM:
    """Denoising on random right answers to few prompts."""
    import torch

    from leadline.train.descend import descend
    from leadline.train.policies.masked_diffusion import MaskedDiffusionLM, denoising_loss
    from leadline.train.worlds.ring_ops import SHAPE, batches

    policy = MaskedDiffusionLM(replace(SHAPE, vocabulary=SHAPE.vocabulary + 1), seed, gain=5.0)
    optimizer = torch.optim.Adam(policy.parameters(), lr=3e-3)
    batch, rng = batches(np.random.default_rng([seed, 1]), prompts, 128), torch.Generator().manual_seed(seed)
    for step in range(steps):
        descend(denoising_loss(policy, batch(step), rng), policy, optimizer)
    return policy


def traces(rng: np.random.Generator) -> Any:
    """[P, 6] ids of one right answer per prompt."""
    import torch

    from leadline.environments import ring_ops
    from leadline.train.worlds.ring_ops import FIRST

    found = [ring_ops.solutions(*task) for task in ring_ops.prompts()]
    return torch.tensor([f[rng.integers(len(f))] for f in found]) + FIRST


class Result(NamedTuple):
    """What RL did to a copy of the model."""

    before: float
    """Share of groups with nothing right, as sampled ..."""
    after: float
    """... and once failures were swapped for what the arm finds."""
    practice: float
    """Success without hints on the prompts of RL."""
    unseen: float


def reinforced(
    base: MaskedDiffusionLM, arm: str, practice: Any, unseen: Any, shown: Any, scale: Scale, seed: int
) -> Result:
    """GRPO on `practice`; right traces `shown` are there for the arm that pins parts of them."""
    import torch

    from leadline.train.inpainting import Hints, InpaintTurn
    from leadline.train.objectives import build
    from leadline.train.single_turn import reinforce
    from leadline.train.worlds.ring_ops import puzzle

    full, game = scale == "full", puzzle()
    kind, tau = ARMS[arm]
    policy = copy.deepcopy(base)
    turn = InpaintTurn(game.prompts, game.max_new, game.verify, shown, kind, Hints(1, 2, reserve=0))
    hooks = build(f"igpo:tau={tau},beta=0,mu=2")
    reinforce(
        policy, turn, hooks, practice.tolist(), n=8, batch=8, steps=100 if full else 2, lr=3e-4, seed=seed
    )
    test = InpaintTurn(game.prompts, game.max_new, game.verify, shown, "none")

    def success(prompts: Any) -> float:
        asked = np.repeat(prompts if full else prompts[:8], 4 if full else 1).tolist()
        rows = test.rollouts(policy, asked, torch.Generator().manual_seed(seed + 77))
        return float(rows.reward.mean())

    before, after = np.mean(turn.rescues, 0).tolist()
    return Result(before, after, success(practice), success(unseen))


@system(
    slug="igpo",
    title="IGPO: inpainting-guided policy optimization for masked diffusion models",
    paper="2509.10396",
    idea="Where a whole group failed, pin parts of a right trace, fill in the rest, and keep what is verified.",
    parts=("train.inpainting", "train.objectives.igpo", "train.policies.masked_diffusion", "train.single_turn",
           "environments.ring_ops"),
    claims=(
        Claim("after", "After rescue, the all-wrong rate is more than .2 below resampling's ...", "all-wrong rate",
              "IGPO", "resample - .2", "lower"),
        Claim("after-grpo", "... and GRPO's.", "all-wrong rate", "IGPO", "GRPO - .2", "lower"),
        Claim("after-resample", "Resampling is below GRPO.", "all-wrong rate", "resample", "GRPO", "lower"),
        Claim("before", "Before rescue, averaged over training, it is below GRPO's ...", "all-wrong rate", "IGPO",
              "GRPO", "lower"),
        Claim("before-resample", "... and resampling's.", "all-wrong rate", "IGPO", "resample", "lower"),
        Claim("unseen", "Success on unseen prompts is above GRPO's.", "success", "IGPO", "GRPO"),
        Claim("practice", "Not claimed: success on the prompts of RL.", "success", "IGPO", "GRPO"),
        Claim("filter", "Not claimed: the entropy filter against all pinned tokens, on the prompts of RL.", "success",
              "tau .2", "tau 1"),
    ),
    departs="A bidirectional transformer of 0.1 M parameters; SFT 900 steps, not 2000; RL 100, not 150; no KL.",
    not_verified="LLaDA; length-aligned SFT; partial against full hints; longer runs.",
    seeds=5,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from leadline.environments.ring_ops import prompts
    from leadline.train.threads import threads

    rng = np.random.default_rng(seed)
    order = rng.permutation(len(prompts()))
    practice, unseen = order[N_SFT : N_SFT + N_RL], order[N_SFT + N_RL :]
    shown = traces(rng)
    with threads(1):
        base = weak(seed, order[:N_SFT], 900 if scale == "full" else 4)
        found = {arm: reinforced(base, arm, practice, unseen, shown, scale, seed) for arm in ARMS}
    grpo, resample, igpo = found["grpo"], found["resample"], found["igpo"]
    return {
        "after": Pair(resample.after - 0.2, igpo.after),
        "after-grpo": Pair(grpo.after - 0.2, igpo.after),
        "after-resample": Pair(grpo.after, resample.after),
        "before": Pair(grpo.before, igpo.before),
        "before-resample": Pair(resample.before, igpo.before),
        "unseen": Pair(grpo.unseen, igpo.unseen),
        "practice": Pair(grpo.practice, igpo.practice),
        "filter": Pair(found["all"].practice, igpo.practice),
    }
