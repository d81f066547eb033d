"""A tool that alone knows the answer: the world of ICRL's specification (arXiv:2603.08068).

A question is "Q k k"; its two-digit value is drawn anew for every episode, so only the tool knows it. A call is
"S k k SE" (short) or "S a b c d k k check SE" (long: five fixed tags around the key and a check digit that repeats the
key's first); the tool answers "I v v IE", the policy "A v v END". A prompt has three slots before the question, filled
with worked episodes or with as many random digits, so that its length never tells how many it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

PAD, END, Q, S, SE, I, IE, A = range(8)  # noqa: E741  # the specification's letters
DIGIT, TAG = 8, 18
N_TAGS = 6
TOKENS = TAG + N_TAGS
SLOTS = 3


class Format(NamedTuple):
    """How a call is written."""

    tags: tuple[int, ...] = ()

    @property
    def long(self) -> bool:
        return bool(self.tags)

    @property
    def call_length(self) -> int:
        return len(self.call((0, 0)))

    @property
    def demo_length(self) -> int:
        return 3 + self.call_length + 8

    def call(self, key: tuple[int, int]) -> list[int]:
        check = [DIGIT + key[0]] if self.long else []
        return [S, *self.tags, DIGIT + key[0], DIGIT + key[1], *check, SE]


SHORT, LONG = Format(), Format((18, 21, 19, 22))


def other_format(how: Format, rng: np.random.Generator) -> Format:
    """A call of the same length with tags drawn at random: to a base model that has seen many tools, the tags of this
    one are known from its demonstrations alone."""
    return Format(tuple(int(t) for t in TAG + rng.integers(0, N_TAGS, len(how.tags))))


class Episode(NamedTuple):
    """A question's key and the value that the tool would give."""

    key: tuple[int, int]
    value: tuple[int, int]

    @property
    def question(self) -> list[int]:
        return [Q, *(DIGIT + d for d in self.key)]

    @property
    def observation(self) -> list[int]:
        return [I, *(DIGIT + d for d in self.value), IE]

    @property
    def answer(self) -> list[int]:
        return [A, *(DIGIT + d for d in self.value), END]

    def worked(self, how: Format) -> list[int]:
        """Question, call, observation and answer."""
        return [*self.question, *how.call(self.key), *self.observation, *self.answer]


def draw(rng: np.random.Generator) -> Episode:
    a, b, c, d = (int(x) for x in rng.integers(0, 10, 4))
    return Episode((a, b), (c, d))


def prompt(episode: Episode, shots: int, how: Format, rng: np.random.Generator) -> list[int]:
    """Three slots, `shots` of them worked episodes in random places, then the question."""
    slots = [draw(rng).worked(how) for _ in range(shots)]
    slots += [(DIGIT + rng.integers(0, 10, how.demo_length)).tolist() for _ in range(SLOTS - shots)]
    order = rng.permutation(SLOTS)
    return [token for i in order for token in slots[i]] + episode.question


class Graded(NamedTuple):
    called: bool
    """A valid call for the key of the question."""
    correct: bool
    reward: float


def grade(episode: Episode, own: Sequence[int], how: Format) -> Graded:
    """Reward .8 accuracy + .2 format of the policy's own tokens.

    Short: format is dense (an answer .5, a call's token .25, its tags in equal number .25). Long: all or nothing, it
    pays for a valid call and an answer.
    """
    call = how.call(episode.key)
    called = list(own[: len(call)]) == call
    said = own[-4:]
    answered = len(said) == 4 and said[0] == A and said[3] == END and all(t >= DIGIT for t in said[1:3])
    correct = list(said) == episode.answer
    if how.long:
        fmt = float(called and answered)
    else:
        fmt = 0.5 * answered + 0.25 * (S in own) + 0.25 * (own.count(S) == own.count(SE))
    return Graded(called, correct, 0.8 * correct + 0.2 * fmt)
