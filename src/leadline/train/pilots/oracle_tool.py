"""ICRL on the key oracle: a base model that uses the tool only after demonstrations, and RL that takes them away.

R rows, T positions (arXiv:2603.08068, section 3; the world is environments.key_oracle).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from leadline.environments.key_oracle import (
    DIGIT,
    END,
    SE,
    SLOTS,
    TOKENS,
    A,
    Episode,
    Format,
    I,
    Q,
    draw,
    grade,
    other_format,
    prompt,
)
from leadline.train.descend import descend
from leadline.train.hooks import Hooks, State, token_advantages
from leadline.train.pilots.curriculum import Stage
from leadline.train.policies.generate import generate
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rows import Rows, padded
from leadline.train.scores import fill
from leadline.train.update import update

USE = (0.0, 0.1, 0.3, 0.6)
"""How often the base model's documents use the tool after 0, 1, 2, 3 demonstrations."""
KNOWN = 0.05
"""Share of the documents that are about this very tool, the rest being about tools with other tags: how well the base
model knows its call without a demonstration. With .1 plain RL finds it too, with .005 the curriculum fails as well."""


def document(how: Format, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Tokens of a training document with 0 to 3 demonstrations, and 1 where they count: calls and answers, in
    demonstrations too, but nothing that cannot be known (questions, fillers, what the tool says)."""
    how = how if rng.random() < KNOWN else other_format(how, rng)
    episode, shots = draw(rng), int(rng.integers(0, 4))
    asked = prompt(episode, shots, how, rng)
    if rng.random() < USE[shots]:
        call, seen = how.call(episode.key), episode.observation
        response, counted = [*call, *seen, *episode.answer], [1] * len(call) + [0] * len(seen) + [1] * 4
    else:
        guess = rng.integers(0, 10, 2)
        response, counted = [A, *(DIGIT + guess).tolist(), END], [1] * 4
    shown = [0] * 3 + [1] * how.call_length + [0] * 4 + [1] * 4
    slots = [asked[i * how.demo_length] == Q for i in range(SLOTS)]
    marks = [mark for worked in slots for mark in (shown if worked else [0] * how.demo_length)]
    return asked + response, [*marks, 0, 0, 0, *counted]


def base_model(how: Format, seed: int, steps: int, *, batch: int = 48, lr: float = 3e-3) -> Transformer:
    """An in-context tool user: with no demonstration it guesses."""
    rng = np.random.default_rng([seed, 41])
    policy = Transformer(Shape(TOKENS, 2, 64, 4, 176, 96), seed)
    with torch.no_grad():
        policy.embedding.weight *= 10  # copying the key is learned several times sooner
    optimizer = torch.optim.Adam(policy.parameters(), lr=lr)
    for _ in range(steps):
        ids, counted = (
            padded(part, torch.long) for part in zip(*(document(how, rng) for _ in range(batch)), strict=True)
        )
        logits = policy.logits(policy(ids[:, :-1])[counted[:, 1:] > 0])
        descend(functional.cross_entropy(logits, ids[:, 1:][counted[:, 1:] > 0]), policy, optimizer)
    return policy


def rollouts(
    policy: Transformer,
    episodes: Sequence[Episode],
    prompts: Sequence[list[int]],
    groups: Sequence[int],
    how: Format,
    rng: torch.Generator,
    *,
    mask_observation: bool = True,
) -> Rows:
    """One graded row per prompt. The tool speaks after a valid call; anything else ends the episode.

    `mask_observation` False trains on the tool's words too (a control).
    """
    first = generate(policy, prompts, max(how.call_length, 4), rng, stop=(SE, END))
    own = [ids[: int(n)] for ids, n in zip(first.ids.tolist(), first.mask.sum(1), strict=True)]
    called = [i for i, episode in enumerate(episodes) if own[i] == how.call(episode.key)]
    seen: list[list[int]] = [[] for _ in own]
    answers: list[list[int]] = [[] for _ in own]
    if called:
        contexts = [prompts[i] + own[i] + episodes[i].observation for i in called]
        second = generate(policy, contexts, 4, rng, stop=(END,))
        for i, ids, n in zip(called, second.ids.tolist(), second.mask.sum(1), strict=True):
            seen[i], answers[i] = episodes[i].observation, ids[: int(n)]
    parts = list(zip(prompts, own, seen, answers, strict=True))
    marks = [
        [0] * len(p) + [1] * len(o) + [int(not mask_observation)] * len(s) + [1] * len(a)
        for p, o, s, a in parts
    ]
    graded = [grade(e, o + a, how) for e, (_, o, _, a) in zip(episodes, parts, strict=True)]
    return Rows(
        torch.as_tensor(groups),
        padded([p + o + s + a for p, o, s, a in parts], torch.long),
        padded(marks),
        torch.tensor([g.reward for g in graded]),
        torch.tensor([g.correct for g in graded]),
        parts={"called": torch.tensor([float(g.called) for g in graded])},
    )


class Measured(NamedTuple):
    """Shares of sampled episodes."""

    accuracy: float
    call_rate: float


def measure(policy: Transformer, how: Format, shots: int, n: int, seed: int) -> Measured:
    """Accuracy and share of valid calls with `shots` demonstrations, sampled at temperature 1."""
    rng = np.random.default_rng([seed, 42])
    episodes = [draw(rng) for _ in range(n)]
    asked = [prompt(e, shots, how, rng) for e in episodes]
    rows = rollouts(policy, episodes, asked, range(n), how, torch.Generator().manual_seed(seed))
    return Measured(float(rows.correct.float().mean()), float(rows.parts["called"].mean()))


def curriculum(
    base: Transformer,
    how: Format,
    stages: Sequence[Stage],
    hooks: Hooks,
    seed: int,
    *,
    group: int = 8,
    batch: int = 8,
    lr: float = 3e-4,
    mask_observation: bool = True,
) -> tuple[Transformer, list[list[float]]]:
    """A copy of the base after all stages, and the accuracy of each update's rollouts, by stage.

    Optimizer and reference start anew with every stage, as the released scripts do.
    """
    policy, history = deepcopy(base), list[list[float]]()
    rng, draws = np.random.default_rng([seed, 43]), torch.Generator().manual_seed(seed)
    for stage in stages:
        optimizer, reference = torch.optim.Adam(policy.parameters(), lr=lr), deepcopy(policy)
        history.append([])
        for _ in range(stage.updates):
            drawn = [draw(rng) for _ in range(batch)]
            asked = [prompt(e, stage.shots, how, rng) for e in drawn]
            which = np.repeat(np.arange(batch), group).tolist()
            rows = rollouts(
                policy, [drawn[i] for i in which], [asked[i] for i in which], which, how, draws,
                mask_observation=mask_observation,
            )  # fmt: skip
            history[-1].append(float(rows.correct.float().mean()))
            rows = fill(rows, policy, hooks.needs, reference)
            update(rows, policy, optimizer, hooks, token_advantages(rows, hooks, State()), draws)
    return policy, history


def updates_to(history: Sequence[float], level: float, never: int) -> int:
    """How many updates were made before a batch of rollouts reached the level; `never` if none did. Give arms with
    stages of different lengths the same `never`, or the shorter one wins by failing sooner.

    >>> updates_to([0.1, 0.5, 0.9], 0.8, 76), updates_to([0.1], 0.8, 76)
    (2, 76)
    """
    return next((i for i, value in enumerate(history) if value >= level), never)


assert I not in (SE, END)  # the tool's words never end the policy's turn
