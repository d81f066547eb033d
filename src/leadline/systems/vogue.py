"""VOGUE: visual-uncertainty-guided exploration (arXiv:2510.01444).

Idea: answer from the picture and from a noised copy; where the words depend on the noise, what was found counts more.
Method: train.objectives.vogue (two capped bonuses on the advantage); the share of rollouts that see the noised copy
falls linearly from .5 to 0; every row is trained on the picture that it saw.
Experiment: two digits of random contrast and a question about them (environments.digit_scenes); a transformer that
sees, 0.2 M parameters, 300 supervised steps, then 150 steps of RL, B = 16, G = 8. An answer is one token, so accuracy,
pass@4 and entropy on 1,000 unseen scenes are exact.
Departs: one size of glyph; noise of .4 normalised pixels, one noised copy per scene and step; the shares are ours.
Not verified: real vision-language models; the paper's equations, shares, group size and learning rate.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from leadline.train.policies.tiny_vlm import TinyVLM

SIGMA = 0.4
ARMS = {
    "grpo": ("grpo", 0.0, 0.0, "branch"),
    "entropy": ("grpo+vogue:alpha_v=0", 0.0, 0.0, "branch"),
    "vogue": ("grpo+vogue", 0.5, 0.0, "branch"),
    "constant": ("grpo+vogue", 0.5, 0.5, "branch"),
    "noisy": ("grpo", 0.5, 0.0, "raw"),
}
"""Objective, share of the noised view at the start and at the end, and the picture that rows are trained on."""


def supervised(seed: int, steps: int) -> TinyVLM:
    """A weak base: cross-entropy on fresh scenes, 64 a step."""
    import torch
    from torch.nn.functional import cross_entropy

    from leadline.environments import digit_scenes
    from leadline.train.descend import descend
    from leadline.train.pilots.pictures import FIRST, VOCABULARY, asked, next_logits, normalised
    from leadline.train.policies.tiny_vlm import TinyVLM
    from leadline.train.policies.transformer import Shape

    policy = TinyVLM(Shape(VOCABULARY, layers=2, channels=64, heads=4, inner=176, context=4), seed)
    optimizer = torch.optim.Adam(policy.parameters(), lr=2e-3)
    rng = np.random.default_rng([seed, 1])
    for _ in range(steps):
        scenes = digit_scenes.draw(64, rng)
        logits = next_logits(policy, normalised(scenes.image), asked(scenes))
        descend(cross_entropy(logits, torch.from_numpy(scenes.answer) + FIRST), policy, optimizer)
    return policy


@system(
    slug="vogue",
    title="VOGUE: visual-uncertainty-guided exploration for multimodal reinforcement learning",
    paper="2510.01444",
    idea="Answers found where the policy's words depend on a noised picture count more in the advantage.",
    parts=("train.objectives.vogue", "train.paired", "train.pilots.pictures", "train.anneal", "train.policies.tiny_vlm",
           "environments.digit_scenes"),
    claims=(
        Claim("mechanism", "After SFT, uncertainty rises with difficulty (1 - contrast).", "Spearman correlation",
              "U, difficulty", ".3"),
        Claim("robust", "VOGUE is more accurate under test noise of .4.", "accuracy, noised", "VOGUE", "GRPO"),
        Claim("clean", "... and on clean pictures not worse by more than .01.", "accuracy", "VOGUE", "GRPO - .01"),
        Claim("gap", "The gap between pass@4 and pass@1 is larger.", "pass@4 - pass@1", "VOGUE", "GRPO"),
        Claim("entropy", "Token entropy is higher.", "entropy, nats", "VOGUE", "GRPO"),
        Claim("pass-1", "pass@1 is higher.", "pass@1", "VOGUE", "GRPO"),
        Claim("entropy-only", "Not claimed: beside the entropy bonus alone.",
              "accuracy, noised", "VOGUE", "GRPO + B_e"),
        Claim("no-anneal", "Not claimed: beside a share that does not fall.", "accuracy", "VOGUE",
              "share .5 throughout"),
        Claim("noisy-rollout", "Not claimed: beside mixed views without bonuses.", "accuracy, noised",
              "VOGUE", "NoisyRollout"),
    ),
    departs="A transformer of 0.2 M parameters on drawn digits of one size; one noised copy per scene and step.",
    not_verified="Vision-language models; the paper's equations, shares, group size, learning rate.",
    seeds=5,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from scipy.stats import spearmanr

    from leadline.environments import digit_scenes
    from leadline.train.anneal import Anneal
    from leadline.train.objectives import build
    from leadline.train.pilots.pictures import evaluate, picture_turn, uncertainty
    from leadline.train.single_turn import reinforce
    from leadline.train.threads import threads

    full = scale == "full"
    sft_steps, rl_steps, pool = (300, 150, 2000) if full else (3, 2, 40)
    rng = np.random.default_rng([seed, 2])
    practice, test = digit_scenes.draw(pool, rng), digit_scenes.draw(1000 if full else 40, rng)
    clean, noisy = {}, {}
    with threads(1):
        base = supervised(seed, sft_steps)
        correlation = float(spearmanr(uncertainty(base, test, sigma=SIGMA), 1 - test.contrast).statistic)
        for name, (objective, start, end, update_on) in ARMS.items():
            policy = copy.deepcopy(base)
            turn = picture_turn(
                practice, Anneal("linear", start, end), rl_steps, sigma=SIGMA, update_on=update_on
            )
            reinforce(
                policy, turn, build(objective), range(pool), n=8, batch=16, steps=rl_steps, lr=3e-4, seed=seed
            )
            clean[name], noisy[name] = evaluate(policy, test), evaluate(policy, test, sigma=SIGMA, seed=seed)
    ours, grpo = clean["vogue"], clean["grpo"]
    return {
        "mechanism": Pair(0.3, correlation),
        "robust": Pair(noisy["grpo"].pass_1, noisy["vogue"].pass_1),
        "clean": Pair(grpo.pass_1 - 0.01, ours.pass_1),
        "gap": Pair(grpo.pass_4 - grpo.pass_1, ours.pass_4 - ours.pass_1),
        "entropy": Pair(grpo.entropy, ours.entropy),
        "pass-1": Pair(grpo.pass_1, ours.pass_1),
        "entropy-only": Pair(noisy["entropy"].pass_1, noisy["vogue"].pass_1),
        "no-anneal": Pair(clean["constant"].pass_1, ours.pass_1),
        "noisy-rollout": Pair(noisy["noisy"].pass_1, noisy["vogue"].pass_1),
    }
