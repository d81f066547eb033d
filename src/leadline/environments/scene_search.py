"""Scenes of symbols and a search that names what is in them: DeepMMSearch-R1's task as tokens (arXiv:2510.12801).

A question is "Q place s0 s1 s2 s3": what is the value of the thing at that place? Twelve things are known, their value
is always the same; of the others only searching tells, since name and value are drawn anew. An image search gives the
name (of the thing at a place: CROP place; of any thing of the scene: WHOLE), a text search of the name gives the value.
What a search says is a sentence of eight filler words with the name or value among them. Sentences come from a fixed
list; those of tests stand on another list over the same words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
PAD, END, Q, TEXT, WHOLE, CROP, ANSWER, INFO, INFO_END, EMPTY = range(10)
PLACE = 10
THING, N_THINGS, N_KNOWN = PLACE + 4, 24, 12
NAME, N_NAMES = THING + N_THINGS, 12
VALUE, N_VALUES = NAME + N_NAMES, 10
WORD, N_WORDS = VALUE + N_VALUES, 24
TOKENS = WORD + N_WORDS
WORDS = 8
"""Filler words of a sentence; with the fact it is one longer."""
SAID = WORDS + 3
"""Tokens that the environment says after a search: the sentence between its tags."""


class Sentences(NamedTuple):
    """words [n, WORDS] and where the fact stands among them [n]."""

    words: Array
    place: Array

    def say(self, fact: int, rng: np.random.Generator) -> list[int]:
        """The fact in any of the sentences, between the tags of the environment."""
        i = int(rng.integers(len(self.place)))
        words, at = self.words[i].tolist(), int(self.place[i])
        return [INFO, *words[:at], fact, *words[at:], INFO_END]


def sentences(n: int, rng: np.random.Generator) -> Sentences:
    """n sentences of random words."""
    return Sentences(WORD + rng.integers(0, N_WORDS, (n, WORDS)), rng.integers(0, WORDS + 1, n))


class Scene(NamedTuple):
    """things [4], EMPTY where there is none; the thing that is asked about stands at `place`."""

    things: tuple[int, ...]
    place: int
    name: int
    value: int
    others: tuple[int, ...]
    """Names of the other things."""

    @property
    def known(self) -> bool:
        """Whether the policy can know the thing by sight."""
        return self.things[self.place] < THING + N_KNOWN

    @property
    def single(self) -> bool:
        """Whether nothing else is in the scene."""
        return sum(thing != EMPTY for thing in self.things) == 1

    @property
    def question(self) -> list[int]:
        """The prompt: which place is asked about, and what is to be seen."""
        return [Q, PLACE + self.place, *self.things]

    @property
    def answer(self) -> list[int]:
        """The right one, as it is to be said."""
        return [ANSWER, self.value, END]

    def reply(self, spoken: list[int], texts: Sentences, rng: np.random.Generator) -> list[int]:
        """What the environment says to a call; nothing where it is none. A text search of a wrong name gives a value
        that is not the thing's."""
        anything = [self.name] if self.single else [self.name, *self.others]
        if spoken == [WHOLE, END]:
            return texts.say(int(rng.choice(anything)), rng)
        if len(spoken) == 3 and spoken[0] == CROP and spoken[2] == END and 0 <= spoken[1] - PLACE < 4:
            here = spoken[1] == PLACE + self.place
            return texts.say(self.name if here else int(rng.choice(self.others)), rng)
        if len(spoken) == 3 and spoken[0] == TEXT and NAME <= spoken[1] < VALUE and spoken[2] == END:
            wrong = VALUE + int(rng.integers(N_VALUES))
            return texts.say(self.value if spoken[1] == self.name else wrong, rng)
        return []

    def script(self) -> list[list[int]]:
        """What a good searcher says, turn by turn."""
        if self.known:
            return [self.answer]
        look = [WHOLE, END] if self.single else [CROP, PLACE + self.place, END]
        return [look, [TEXT, self.name, END], self.answer]


def draw(rng: np.random.Generator) -> Scene:
    """One thing or four; the one that is asked about is known as often as not."""
    place = int(rng.integers(4))
    things = THING + rng.choice(N_THINGS, 4, replace=False)
    known = rng.random() < 0.5
    asked = THING + int(rng.integers(N_KNOWN)) + (0 if known else N_KNOWN)
    things = np.where(things == asked, things[place], things)
    things[place] = asked
    if rng.random() < 0.5:
        things[np.arange(4) != place] = EMPTY
    names = NAME + rng.choice(N_NAMES, 4, replace=False)
    value = VALUE + (asked - THING) * 7 % N_VALUES if known else VALUE + int(rng.integers(N_VALUES))
    return Scene(
        tuple(int(t) for t in things), place, int(names[0]), int(value), tuple(int(n) for n in names[1:])
    )
