"""DeepMMSearch-R1's two stages on scenes of symbols: supervised traces with what searches say masked, then GRPO.

R rows, T positions (arXiv:2510.12801, sections 2.4 and 2.5; the world is environments.scene_search).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch

from leadline.environments.scene_search import ANSWER, END, SAID, TOKENS, Scene, Sentences, draw
from leadline.train.hooks import Hooks, State, token_advantages
from leadline.train.policies.generate import generate
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rewards.deepmmsearch import combined
from leadline.train.rows import Rows, padded
from leadline.train.scores import fill
from leadline.train.supervised import build
from leadline.train.supervised.fit import fit
from leadline.train.update import update

MAX_CALLS = 3
SHAPE = Shape(TOKENS, 2, 64, 4, 176, 6 + MAX_CALLS * (3 + SAID) + 3)
PROMPT, POLICY, WORLD = 0, 1, 2
"""Whose a token is."""


class Spoken(NamedTuple):
    """The tokens of an episode so far, and whose each is."""

    ids: list[int]
    whose: list[int]

    def plus(self, ids: Sequence[int], whose: int) -> Spoken:
        """The episode with more tokens, all of one speaker."""
        return Spoken([*self.ids, *ids], [*self.whose, *[whose] * len(ids)])


def asked(scene: Scene) -> Spoken:
    """An episode that begins."""
    return Spoken(scene.question, [PROMPT] * len(scene.question))


def trace(scene: Scene, texts: Sentences, rng: np.random.Generator) -> Spoken:
    """A scripted trajectory."""
    spoken = asked(scene)
    for turn in scene.script():
        spoken = spoken.plus(turn, POLICY).plus(scene.reply(turn, texts, rng), WORLD)
    return spoken


def rows_of(spoken: Sequence[Spoken], groups: Sequence[int], *, masked: bool) -> Rows:
    """Rows whose mask has the policy's tokens and, unless `masked`, also what the environment said, tags included."""
    whose = padded([s.whose for s in spoken], torch.long)
    mask = (whose == POLICY) if masked else (whose != PROMPT)
    n = len(spoken)
    return Rows(
        torch.as_tensor(groups), padded([s.ids for s in spoken], torch.long), mask.float(), torch.zeros(n),
        torch.zeros(n, dtype=torch.bool),
    )  # fmt: skip


def taught(
    seed: int, texts: Sentences, n_traces: int, steps: int, *, masked: bool, batch: int = 32, lr: float = 3e-3
) -> Transformer:
    """A policy fitted to scripted traces. Arms with one seed see the same traces in the same order."""
    rng = np.random.default_rng([seed, 61])
    traces = [trace(draw(rng), texts, rng) for _ in range(n_traces)]

    def some(step: int) -> Rows:
        chosen = [traces[i] for i in rng.integers(0, n_traces, batch)]
        return rows_of(chosen, range(batch), masked=masked)

    policy = Transformer(SHAPE, seed)
    fit(policy, build("cross_entropy"), some, steps=steps, lr=lr)
    return policy


def rollouts(
    policy: Transformer,
    scenes: Sequence[Scene],
    groups: Sequence[int],
    texts: Sentences,
    rng: torch.Generator,
) -> Rows:
    """One graded row per scene: up to three calls, then an answer. What is no call ends the episode."""
    draws = np.random.default_rng(int(torch.randint(2**31, (1,), generator=rng)))
    spoken = [asked(scene) for scene in scenes]
    last: list[list[int]] = [[] for _ in scenes]
    calls = [0] * len(scenes)
    going = list(range(len(scenes)))
    for turn in range(MAX_CALLS + 1):
        if not going:
            break
        said = generate(policy, [spoken[i].ids for i in going], 3, rng, stop=(END,))
        still = []
        for i, ids, n in zip(going, said.ids.tolist(), said.mask.sum(1).tolist(), strict=True):
            last[i] = ids[: int(n)]
            spoken[i] = spoken[i].plus(last[i], POLICY)
            heard = scenes[i].reply(last[i], texts, draws) if turn < MAX_CALLS else []
            if heard:
                spoken[i], calls[i] = spoken[i].plus(heard, WORLD), calls[i] + 1
                still.append(i)
        going = still
    rows = rows_of(spoken, groups, masked=True)
    rows.correct = torch.tensor([end == scene.answer for end, scene in zip(last, scenes, strict=True)])
    formed = torch.tensor([float(len(end) == 3 and end[0] == ANSWER and end[2] == END) for end in last])
    rows.reward = combined(rows.correct.float(), formed)
    rows.parts = {"calls": torch.tensor(calls).float()}
    return rows


class Measured(NamedTuple):
    """Shares of sampled episodes; search rates where the thing is known and where it is not."""

    accuracy: float
    searches_known: float
    searches_unknown: float


def measure(policy: Transformer, texts: Sentences, n: int, seed: int) -> Measured:
    """One sampled episode on each of n fresh scenes."""
    rng = np.random.default_rng([seed, 62])
    scenes = [draw(rng) for _ in range(n)]
    rows = rollouts(policy, scenes, range(n), texts, torch.Generator().manual_seed(seed))
    known = torch.tensor([scene.known for scene in scenes])
    searched = (rows.parts["calls"] > 0).float()
    return Measured(
        float(rows.correct.float().mean()), float(searched[known].mean()), float(searched[~known].mean())
    )


def reinforced(
    base: Transformer, hooks: Hooks, texts: Sentences, seed: int, updates: int, *, group: int = 8,
    batch: int = 8, lr: float = 3e-4,
) -> Transformer:  # fmt: skip
    """A copy after GRPO on fresh scenes, `group` episodes on each of `batch`, with the base as KL reference."""
    policy, reference = deepcopy(base), deepcopy(base)
    rng, draws = np.random.default_rng([seed, 63]), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(policy.parameters(), lr=lr)
    for _ in range(updates):
        scenes = [draw(rng) for _ in range(batch)]
        which = np.repeat(np.arange(batch), group).tolist()
        rows = rollouts(policy, [scenes[i] for i in which], which, texts, draws)
        rows = fill(rows, policy, hooks.needs, reference)
        update(rows, policy, optimizer, hooks, token_advantages(rows, hooks, State()), draws)
    return policy
