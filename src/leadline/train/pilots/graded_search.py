"""DeepResearch-R1 at laptop scale: search episodes of three levels, supervised, reinforced, or both (arXiv:2603.01152).

The world is worlds/search_world.py; level 1, 2 and 3 are its questions of 1, 2 and 5 hops, one search each. The reward
is the paper's rule on the tagged text of an episode. R rows, T positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import msgspec
import numpy as np
import torch

from leadline.agents.base import Outcome, Task
from leadline.train.descend import adamw
from leadline.train.hooks import Hooks, State, compose
from leadline.train.pilots.taught import Taught
from leadline.train.rewards.search_r1 import rule_reward
from leadline.train.rollouts import Rollouts
from leadline.train.rows import Rows
from leadline.train.settings import Settings
from leadline.train.trainer import Trainer
from leadline.train.warmup import demonstrations, warm_up_step
from leadline.train.worlds import search_world
from leadline.train.worlds.base import TaskSet

HOPS = (1, 2, 5)
"""Of level 1, 2 and 3."""
ENTITIES = 100
SEARCHES = 0.3
"""Share of the base model's documents in which something is searched."""


def tagged(outcome: Outcome) -> str:
    """An episode as the paper's rule reads it."""
    parts = [
        f"<search>{turn.action.arguments['query']}</search><information>{turn.observation.text}</information>"
        for turn in outcome.turns
    ]
    return "".join(parts) + (f"<answer>{outcome.answer}</answer>" if outcome.ending == "finished" else "")


def levelled(seed: int, *, bonus: float = 0.1, hops: tuple[int, ...] = HOPS) -> TaskSet:
    """Questions of these hops, rewarded by the rule: 1.2 right, .2 + `bonus` wrong but retrieved, .2 wrong, 0 none."""
    world = search_world.tasks(hops=hops, n_entities=ENTITIES, seed=seed)

    def draw(rng: np.random.Generator, count: int, split: str) -> list[Task]:
        return [ruled(task, bonus) for task in world.draw(rng, count, split)]

    return replace(world, draw=draw)


def ruled(task: Task, bonus: float) -> Task:
    def score(outcome: Outcome) -> float:
        return rule_reward(tagged(outcome), [task.metadata["gold"]], bonus=bonus)

    return msgspec.structs.replace(task, score=score)


def untaught(world: TaskSet) -> TaskSet:
    """What the base model reads in place of demonstrations: it has the form of an episode and knows no method. It
    guesses, or searches its entity once with any relation and answers what came back."""

    def draw(rng: np.random.Generator, count: int, split: str) -> list[Task]:
        asked = world.draw(rng, count, split)
        guesses = [task.metadata["gold"] for task in world.draw(rng, count, split)]
        return [rambling(world, task, guess, rng) for task, guess in zip(asked, guesses, strict=True)]

    return replace(world, draw=draw)


def rambling(world: TaskSet, task: Task, guess: str, rng: np.random.Generator) -> Task:
    said = [f"a {guess}"]
    if rng.random() < SEARCHES:
        query = f"s {task.prompt[1:3]} {'pq'[int(rng.integers(2))]}"
        move = world.parse(query)
        found = world.environment(task).step(move).text  # type: ignore[arg-type]  # a search, not an answer
        said = [query, f"a {found}"]
    return msgspec.structs.replace(task, metadata={**task.metadata, "demonstration": said})


def unmasked(rows: Rows, state: State | None = None) -> Rows:
    """The same rows with what the search said among the policy's tokens: loss on it too. Prompts stay out.

    >>> rows = Rows(*[torch.zeros(1)] * 5)
    >>> rows.mask = torch.tensor([[0.0, 1.0, 0.0, 0.0, 1.0, 0.0]])
    >>> unmasked(rows).mask.tolist()
    [[0.0, 1.0, 1.0, 1.0, 1.0, 0.0]]
    """
    begun, left = rows.mask.cumsum(1), rows.mask.flip(1).cumsum(1).flip(1)
    return replace(rows, mask=((begun > 0) & (left > 0)).to(rows.mask.dtype))


def base_model(settings: Settings) -> Taught:
    """The policy before anything was taught, with `eval_prompts` tasks that are held out, a third of each level."""
    world = levelled(settings.seed)
    base = Taught.by_demonstrations(settings, untaught(world))
    each = [levelled(settings.seed, hops=(h,)) for h in HOPS]
    rng = np.random.default_rng([settings.seed, 92])
    held_out = [
        task for level in each for task in level.draw(rng, settings.eval_prompts // len(HOPS), "test")
    ]
    return replace(base, world=world, held_out=held_out)


def supervised(base: Taught, steps: int, *, masked: bool = True) -> Taught:
    """The base after `steps` of imitating the scripted teacher, as a start of its own."""
    trainer = Trainer(base.settings, world=base.world)
    trainer.policy.load_state_dict(base.weights)
    optimizer = adamw(trainer.policy, base.settings.warmup_lr)
    rng = np.random.default_rng([base.settings.seed, 93])
    for _ in range(steps):
        rows = demonstrations(
            base.world.draw(rng, base.settings.warmup_batch, "train"), base.world, trainer.codec
        )
        warm_up_step(trainer.policy, optimizer, rows if masked else unmasked(rows))
    weights = {name: value.clone() for name, value in trainer.policy.state_dict().items()}
    return replace(base, weights=weights)


def reinforced(start: Taught, *, masked: bool = True, bonus: float = 0.1) -> Trainer:
    """A trainer with the released KL that starts there; nothing is learned yet (taught.learn). Not `masked`: loss on
    observations too."""
    world = levelled(start.settings.seed, bonus=bonus)
    trainer = replace(start, world=world).arm("grpo:kl_coef=.001")
    if not masked:
        trainer.hooks = compose(trainer.hooks, Hooks("unmasked", row_filter=(unmasked,)))
    return trainer


class Measured(NamedTuple):
    """One episode for each of the held-out tasks."""

    by_level: list[float]
    """Accuracy on level 1, 2 and 3."""
    searches: float
    """Share of episodes in which something is searched."""
    loss: float
    """Mean loss of the teacher's own tokens."""

    @property
    def accuracy(self) -> float:
        """The levels' mean."""
        return sum(self.by_level) / len(self.by_level)


@torch.no_grad()
def measure(trainer: Trainer, tasks: Sequence[Task]) -> Measured:
    """At temperature 1; equal seeds, equal random numbers."""
    rng = torch.Generator().manual_seed(trainer.settings.seed + 31)
    episodes = Rollouts(trainer.policy, trainer.codec, trainer.world, tasks, 1, rng).play(tasks)
    won = np.array([e.outcome is not None and e.outcome.reward >= 1 for e in episodes])
    hops = np.array([task.metadata["hops"] for task in tasks])
    searches = np.mean([any(said.startswith("s ") for said in e.said) for e in episodes])
    rows = demonstrations(tasks, trainer.world, trainer.codec)
    loss = -(trainer.policy.score(rows).logp * rows.mask).sum() / rows.mask.sum()
    return Measured([float(won[hops == h].mean()) for h in HOPS], float(searches), float(loss))
