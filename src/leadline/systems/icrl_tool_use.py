"""ICRL: in-context reinforcement learning for tool use (arXiv:2603.08068).

Idea: no supervised start. Worked tool use stands in the rollout prompt during RL and is removed stage by stage.
Method: GRPO with what the tool says masked out, reward .8 answer + .2 format, 3 -> 2 -> 0 demonstrations; optimizer and
KL reference start anew with each stage.
Experiment: a key-value oracle that alone knows the answer; a base model that calls it only after demonstrations; a
short call with credit for parts of it, and a long one, all or nothing. Every arm gets the same number of rollouts.
Assumes: one document in twenty of the base model is about this very tool, the others about tools with other tags. The
gap lives in a window: at one in ten plain RL finds the long call too, at one in 200 the curriculum fails as well.
Departs: a transformer of 0.1 M parameters; one base model per call format for all seeds; base of 600 steps.
Not verified: the paper's tables (Qwen2.5 with a web search, ReTool's code tool).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from leadline.environments.key_oracle import Format
    from leadline.train.policies.transformer import Transformer

SIZE = {"full": (600, 90, 256), "smoke": (3, 4, 8)}
"""Steps of the base model, updates of an arm, test questions."""


@cache
def base(how: Format, scale: Scale) -> Transformer:
    """One base model per call format and process."""
    from leadline.train.pilots.oracle_tool import base_model

    return base_model(how, 0, SIZE[scale][0])


def arm(
    how: Format, shots: tuple[int, ...], seed: int, scale: Scale, *, mask_observation: bool = True
) -> tuple[float, int]:
    """Accuracy without demonstrations after training, and updates that the last stage took to reach .8."""
    from leadline.train.objectives import build
    from leadline.train.pilots.curriculum import few_shot
    from leadline.train.pilots.oracle_tool import curriculum, measure, updates_to

    _, updates, n = SIZE[scale]
    policy, history = curriculum(
        base(how, scale), how, few_shot(shots, updates), build("grpo:kl_coef=.001"), seed,
        mask_observation=mask_observation,
    )  # fmt: skip
    return measure(policy, how, 0, n, seed).accuracy, updates_to(history[-1], 0.8, updates + 1)


@system(
    slug="icrl-tool-use",
    title="ICRL: in-context reinforcement learning for tool use",
    paper="2603.08068",
    idea="Show worked tool use in the rollout prompt, and take it away stage by stage while RL goes on.",
    parts=("train.pilots.curriculum", "train.pilots.tag_loop", "train.rewards.icrl", "train.pilots.oracle_tool",
           "environments.key_oracle",
           "train.objectives.grpo"),
    claims=(
        Claim("long", "Long call: the curriculum is more than .3 above zero-shot RL", "0-shot accuracy", "3->2->0",
              "zero-shot RL + .3"),
        Claim("short-low", "Null check, short call: within .05 of zero-shot RL ...", "0-shot accuracy", "3->2->0",
              "zero-shot RL - .05"),
        Claim("short-high", "... on both sides", "0-shot accuracy", "3->2->0", "zero-shot RL + .05", "lower"),
        Claim("updates", "Short call: after 3->2 the 0-shot stage needs fewer updates to .8 than zero-shot RL",
              "updates", "3->2->0", "zero-shot RL", "lower"),
        Claim("mask", "Training on what the tool says is worse", "0-shot accuracy", "masked", "not masked"),
        Claim("four-stages", "A stage with one demonstration hurts (not expected to reproduce)", "0-shot accuracy",
              "3->2->0", "3->2->1->0"),
        Claim("direct", "Going 3->2->0 beats 3->0 (nothing is specified)", "0-shot accuracy", "3->2->0", "3->0"),
    ),
    departs="0.1 M parameters, one base model per call format; the check digit repeats the key's first.",
    not_verified="Language models and real search.",
    seeds=5,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    from leadline.environments.key_oracle import LONG, SHORT
    from leadline.train.threads import threads

    with threads(1):
        plain, slow = arm(SHORT, (0,), seed, scale)
        staged, fast = arm(SHORT, (3, 2, 0), seed, scale)
        cold = arm(LONG, (0,), seed, scale)[0]
        ours = arm(LONG, (3, 2, 0), seed, scale)[0]
        four = arm(LONG, (3, 2, 1, 0), seed, scale)[0]
        direct = arm(LONG, (3, 0), seed, scale)[0]
        unmasked = arm(LONG, (3, 2, 0), seed, scale, mask_observation=False)[0]
    return {
        "long": Pair(cold + 0.3, ours),
        "short-low": Pair(plain - 0.05, staged),
        "short-high": Pair(plain + 0.05, staged),
        "updates": Pair(slow, fast),
        "mask": Pair(unmasked, ours),
        "four-stages": Pair(four, ours),
        "direct": Pair(direct, ours),
    }
