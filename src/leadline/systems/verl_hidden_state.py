"""VERL: effective rank of hidden states, its velocity and acceleration, shape the advantage (arXiv:2509.23808).

Idea: rank measures exploration, its velocity exploitation, and its acceleration says how to mix them into a bonus.
Method: train.effective_rank on the response's hidden states, train.objectives.verl_hidden_state adds the capped bonus.
Experiment: (a) 16 topic-switching walks (D = 96): are ER and ERV nearly uncorrelated, and do ER and ERV grow with
length while ERA does not (lengths 60 and 240)? (b) RL with a log-linear policy (6 positions, 3 symbols) whose features
are walks along the string: VERL against GRPO and against VERL with the bonus permuted over the batch. (c) A transformer
(.8 M parameters, D = 128) on Countdown with three numbers and a scratch-pad, 20 to 113 tokens of one or two tries and a
solution (9 in 10 have 40 or more), stride 8: 600 supervised steps of 64, then 60 steps of 16 prompts, G = 8, for GRPO,
VERL, permuted bonus, and GRPO with all advantages scaled by the batch's mean shaping factor; 128 held-out tasks. The
learning rate, 3e-5, was chosen on another seed (GRPO's pass@16 .20 before, .53 after; .39 at 1e-4; at 3e-4 two of the
five seeds had ended at 0).
Found in (c), 5 seeds: no gain. VERL's pass@16 is .311, GRPO's .308 (+.004 [-.026, .033]), with the bonus permuted .319
(-.008 [-.033, .018]), and with all advantages scaled alike .321 (-.010 [-.016, -.005]): what little there is comes from
the size of the advantages, not from whose they are.
Departs: running means start at the first batch; the bonus reaches all tokens; stride 2 on 6 tokens. 16 seeds, because
six left both claims on RL open.
Not verified: language models. The released training script, read as it stands, trains plain GRPO.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, Trial, system

if TYPE_CHECKING:
    from leadline.train.policies.log_linear import LogLinear
    from leadline.train.settings import Settings

POSITIONS, SYMBOLS, CHANNELS = 6, 3, 16


def walk(rng: np.random.Generator, length: int, channels: int = 96) -> Any:
    """Hidden states that drift around a topic, which changes with chance .05 per token."""
    topic, states = rng.standard_normal(channels), []
    for _ in range(length):
        if rng.random() < 0.05:
            topic = rng.standard_normal(channels)
        states.append(topic + 0.5 * rng.standard_normal(channels))
    return np.array(states)


def measures(rng: np.random.Generator, n: int, length: int) -> Any:
    """[n, 3] ER, ERV, ERA of walks."""
    import torch

    from leadline.train.effective_rank import rank_series

    return np.array([rank_series(torch.from_numpy(walk(rng, length)), 20, center=False) for _ in range(n)])


def policy_of(seed: int) -> LogLinear:
    """Features of a prefix: the mean of its last symbol's and its parent's feature, per prompt, plus noise."""
    import torch

    from leadline.train.policies.log_linear import random_log_linear

    policy = random_log_linear(
        seed, prompts=6, symbols=SYMBOLS, length=POSITIONS, right=20, features=CHANNELS
    )
    sizes = [SYMBOLS**t for t in range(POSITIONS)]
    start = np.cumsum([0, *sizes])
    for t in range(1, POSITIONS):
        parents = torch.arange(sizes[t]) // SYMBOLS + int(start[t - 1])
        here = slice(int(start[t]), int(start[t + 1]))
        policy.features[:, here] = 0.7 * policy.features[:, parents] + 0.7 * policy.features[:, here]
    return policy


def synthetic(seed: int, scale: Scale) -> dict[str, Pair]:
    """(a)"""
    rng = np.random.default_rng(seed)
    n = 16 if scale == "full" else 4
    short, long = (measures(rng, n, length) for length in (60, 240))
    growth = np.abs(long.mean(0)) - np.abs(short.mean(0))
    return {
        "uncorrelated": Pair(0.2, abs(float(np.corrcoef(long[:, 0], long[:, 1])[0, 1]))),
        "bounded": Pair(float(growth[1]), float(growth[2])),
    }


def tabular(seed: int, scale: Scale) -> dict[str, Pair]:
    """(b)"""
    from leadline.train.bandit import train_table
    from leadline.train.objectives import build
    from leadline.train.policies.table import pass_at

    reached: dict[str, float] = {}
    for name in ("grpo", "verl", "shuffled"):
        policy, hooks = policy_of(seed), build(arms(seed, stride=2)[name])
        train_table(policy, hooks, n=8, lr=2.0, steps=100 if scale == "full" else 3, seed=seed)
        reached[name] = pass_at(policy.success(), 16)
    return {
        "rl": Pair(reached["grpo"], reached["verl"]),
        "content": Pair(reached["shuffled"], reached["verl"]),
    }


def arms(seed: int, stride: int) -> dict[str, str]:
    verl = f"grpo+verl_hidden_state:stride={stride}"
    return {
        "grpo": "grpo",
        "verl": verl,
        "shuffled": f"{verl},shuffle=true,seed={seed}",
        "scaled": f"{verl},uniform=true",
    }


def settings(seed: int, scale: Scale) -> Settings:
    from leadline.train.settings import Settings

    sizes = {
        "full": {"policy": "tiny", "warmup_steps": 600, "prompts": 16, "eval_prompts": 128, "steps": 60},
        "smoke": {"policy": "micro", "warmup_steps": 2, "prompts": 2, "eval_prompts": 4, "steps": 1},
    }
    return Settings(lr=3e-5, lr_warmup=5, seed=seed, **sizes[scale])  # type: ignore[arg-type]


def scratch_pad(seed: int, scale: Scale) -> dict[str, Pair]:
    """(c)"""
    from leadline.train import worlds
    from leadline.train.pilots.taught import Taught, learn, pass_at
    from leadline.train.threads import threads

    size, reached = settings(seed, scale), dict[str, float]()
    with threads(1):
        taught = Taught.by_demonstrations(size, worlds.get("countdown", style="tries"))
        for name, objective in arms(seed, stride=8).items():
            arm = learn(taught.arm(objective), steps=size.steps)
            reached[name] = pass_at(arm, taught.held_out, 32 if scale == "full" else 16, (16,), seed)[16]
    return {
        "pad-rl": Pair(reached["grpo"], reached["verl"]),
        "pad-content": Pair(reached["shuffled"], reached["verl"]),
        "pad-scaled": Pair(reached["scaled"], reached["verl"]),
    }


@system(
    slug="verl-hidden-state",
    title="VERL: velocity-exploiting rank learning on hidden states",
    paper="2509.23808",
    idea="A capped, non-negative advantage bonus from the effective rank of hidden states and its velocity.",
    parts=(
        "train.effective_rank",
        "train.objectives.verl_hidden_state",
        "train.policies.log_linear",
        "train.pilots.taught",
        "train.worlds.countdown",
    ),
    claims=(
        Claim("uncorrelated", "|corr(ER, ERV)| is below .2.", "|correlation|", "ER, ERV", ".2", "lower"),
        Claim("bounded", "ERA grows less than ERV with length.", "growth, 60 to 240", "ERA", "ERV", "lower"),
        Claim("rl", "VERL raises pass@16.", "pass@16", "VERL", "GRPO"),
        Claim("content", "It is the rank, not the positive bias.", "pass@16", "VERL", "permuted bonus"),
        Claim("pad-rl", "A transformer with a scratch-pad: VERL raises pass@16.", "pass@16", "VERL", "GRPO"),
        Claim("pad-content", "There too it is the rank, not the bias.", "pass@16", "VERL", "permuted bonus"),
        Claim(
            "pad-scaled", "Nor is it the size of the advantages.", "pass@16", "VERL", "GRPO, all scaled alike"
        ),
    ),
    departs="Warm start of the running means; bonus on all tokens; a log-linear policy and a transformer of .8 M.",
    not_verified="Language models; seeds and commits behind the paper's tables.",
    seeds=16,
    also=(Trial(scratch_pad),),
)
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    return synthetic(seed, scale) | tabular(seed, scale)
