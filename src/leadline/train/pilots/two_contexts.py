"""One oracle imitated under two contexts: the whole transcript, or a workspace rebuilt each round (arXiv:2511.07327).

The contexts are those of the agents (agents/contexts). A policy has a window of so many words: what is older is cut.
B chains, S words said, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from leadline.agents.base import Context, Task, Turn, View
from leadline.agents.contexts.recent import Recent
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.contexts.workspace import Workspace
from leadline.environments.base import Action
from leadline.environments.key_chains import MOST_HOPS, VOCABULARY, Chain, KeyChains, draw
from leadline.train.descend import descend
from leadline.train.policies.induction import InductionTransformer
from leadline.train.policies.transformer import Shape
from leadline.train.rows import padded

WINDOW, TAUGHT_HOPS = 256, 4
IDS = {word: i for i, word in enumerate(VOCABULARY, 1)}
"""0 pads."""


class Paradigm(NamedTuple):
    """What the policy sees of the past, and whether its turns have a report. A turn begins with a thought; where there
    are reports it is dropped and they stay, elsewhere it stays in the turn."""

    context: Context
    reports: bool


MONO = Paradigm(Transcript(), reports=False)
ITERATIVE = Paradigm(Workspace(), reports=True)
QUESTION_KEPT = Paradigm(Recent(window=TAUGHT_HOPS, slide=1), reports=False)
"""Question and last turns whole: never longer than the transcripts that were trained on."""


class Round(NamedTuple):
    """What is seen and what is then said, in words."""

    seen: list[str]
    said: list[str]


class Example(NamedTuple):
    """A sequence to train on; `own` is 1 where the policy speaks."""

    ids: list[int]
    own: list[int]


def rounds(chain: Chain, paradigm: Paradigm) -> Iterator[Round]:
    """The oracle's, the answer last. Its thought is how far the question is done and what comes next (`t r5 r1`), its
    report the first value that was found (`m e9`, `m -` before)."""
    world, task, turns = KeyChains(chain), Task("", chain.question), list[Turn]()
    acts = [*(acted(look) for look in chain.looks), ["a", *chain.answer.split()]]
    following = pairwise([chain.path[0], *chain.relations, "."])
    for (done, to_do), act in zip(following, acts, strict=True):
        thought, report = ["t", done, to_do], ["m", chain.path[1] if turns else "-"]
        kept = report if paradigm.reports else thought
        yield Round(shown(paradigm, task, turns), [*thought, *(report if paradigm.reports else []), *act])
        if to_do != ".":
            look = chain.looks[len(turns)]
            turns.append(Turn(look, world.step(look), " ".join(kept)))


def shown(paradigm: Paradigm, task: Task, turns: Sequence[Turn]) -> list[str]:
    """The question, the report, and the turns that the context lets through."""
    view: View = paradigm.context.view(task, (), turns)
    words = view.task.prompt.split() + (view.notes.split() if paradigm.reports else [])
    for turn in view.turns:
        words += [*turn.thought.split(), *acted(turn.action), "=", *turn.observation.text.split()]
    return words


def acted(look: Action) -> list[str]:
    return ["s", look.arguments["key"], look.arguments["relation"]]


def encoded(words: Sequence[str]) -> list[int]:
    return [IDS[word] for word in words]


def examples(chain: Chain, paradigm: Paradigm) -> list[Example]:
    """One sequence while the view only grows; another wherever it is rebuilt."""
    made = list[Example]()
    for seen, said in rounds(chain, paradigm):
        ids, own = encoded(seen), encoded(said)
        known = len(made[-1].ids) if made else 0
        if made and ids[:known] == made[-1].ids:
            made[-1].ids.extend(ids[known:] + own)
            made[-1].own.extend([0] * (len(ids) - known) + [1] * len(own))
        else:
            made.append(Example(ids + own, [0] * len(ids) + [1] * len(own)))
    return made


def drill(chain: Chain, rng: np.random.Generator) -> Example:
    """A question, and after it each of its words with the next, in any order: to read a question takes far more
    practice than trajectories give (one look-up a turn)."""
    ids = encoded(chain.question.split())
    own = [0] * len(ids)
    following = list(pairwise([chain.path[0], *chain.relations, "."]))
    for i in rng.permutation(len(following)):
        ids += encoded(["t", *following[i]])
        own += [0, 0, 1]
    return Example(ids, own)


def imitate(
    paradigm: Paradigm,
    seed: int,
    steps: int,
    *,
    drills: int = 400,
    batch: int = 8,
    layers: int = 3,
    channels: int = 128,
    lr: float = 2e-3,
) -> InductionTransformer:
    """A policy from scratch after `drills` steps on 32 questions of 1 to 16 hops and `steps` on `batch` trajectories of
    the oracle of 1 to 4, equally many in a batch.

    Equal seeds, equal questions and trajectories, whatever the paradigm. Adam, from lr to a twentieth of it.
    """
    rng = np.random.default_rng([seed, 72])
    policy = InductionTransformer(Shape(len(VOCABULARY) + 1, layers, channels, 4, 4 * channels, WINDOW), seed)
    optimizer = torch.optim.Adam(policy.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, max(1, drills + steps))
    for step in range(drills + steps):
        hops = int(rng.integers(1, (MOST_HOPS if step < drills else TAUGHT_HOPS) + 1))
        if step < drills:
            rows = [drill(draw(rng, hops), rng) for _ in range(4 * batch)]
        else:
            rows = [row for _ in range(batch) for row in examples(draw(rng, hops), paradigm)]
        ids = padded([row.ids for row in rows], torch.long)
        own = padded([row.own for row in rows])[:, 1:] > 0
        logits = policy.logits(policy(ids[:, :-1])[own])
        descend(functional.cross_entropy(logits, ids[:, 1:][own]), policy, optimizer)
        schedule.step()
    return policy


class Success(NamedTuple):
    """Shares of chains: the last value was reached; and the first was still known then."""

    reached: float
    whole: float


@torch.no_grad()
def success(policy: InductionTransformer, paradigm: Paradigm, chains: Sequence[Chain]) -> Success:
    """Greedy, chains of equally many hops. A chain is lost at the first turn that is not the oracle's, as no other
    look-up leads on: so one forward judges a turn of all chains.
    """
    going = [list(rounds(chain, paradigm)) for chain in chains]
    if len({len(each) for each in going}) != 1:
        raise ValueError("chains are tested together when they have equally many hops")
    last = len(going[0]) - 1
    for turn in range(last):
        right = agreement(policy, [each[turn] for each in going]).all(1).tolist()
        going = [each for each, ok in zip(going, right, strict=True) if ok]
        if not going:
            return Success(0.0, 0.0)
    right = agreement(policy, [each[last] for each in going])
    return Success(*(float(found.all(1).sum()) / len(chains) for found in (right[:, :-1], right)))


def agreement(policy: InductionTransformer, now: Sequence[Round]) -> Tensor:
    """bool [B, S]: which of the oracle's words the policy would say itself after those before, oldest words cut."""
    n = len(now[0].said)
    ids = padded([encoded([*seen, *said])[-WINDOW:] for seen, said in now], torch.long)
    return policy.logits(policy(ids[:, :-1])[:, -n:]).argmax(-1) == ids[:, -n:]
