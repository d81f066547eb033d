"""Sentences made ready to be compared with a question, and how much of it they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, overload

from leadline.agents.contrary.clauses import PRONOUNS, Word, words
from leadline.agents.sentences import Sentence
from leadline.evidence.model import Noun, Span
from leadline.retrieval.statistics import terms

ALIKE = 0.6
"""Share of the rest of the question's weight that a sentence must say to be about the same."""
MARGIN = 0.2
"""So much more of it than any sentence that says it the question's way."""
BEFORE, SHORT = 2, 6
"""Earlier sentences that tell what a pronoun means, and words up to which a sentence leans on them without one."""
MAX_SAID = 80
"""Characters of the source's words that are told."""


class Contrary(Noun, frozen=True):
    """What a question says, and what a quoted sentence says instead, both word for word."""

    asked: str
    said: str
    span: Span


class Line(NamedTuple):
    """A sentence that was read."""

    sentence: Sentence
    said: tuple[Word, ...]
    own: frozenset[str]
    """Its terms and those of its document's title."""
    wide: frozenset[str]
    """The same, and those of the sentences before it where it leans on them."""


class Lines(Sequence[Line]):
    """The sentences that were read, each made ready when it is first asked for: most questions need but the quoted."""

    def __init__(self, read: Sequence[Sentence]) -> None:
        self.read = read
        self._made: dict[int, Line] = {}

    def __len__(self) -> int:
        return len(self.read)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index not in self._made:
            self._made[index] = self._line(index)
        return self._made[index]

    def _line(self, index: int) -> Line:
        sentence = self.read[index]
        said = words(sentence.text)
        own = frozenset(word.term for word in said).union(terms(sentence.text), terms(sentence.reading.title))
        leans = len(said) <= SHORT or any(word.lower in PRONOUNS for word in said)
        near = self.read[max(0, index - BEFORE) : index] if leans else ()
        before = [terms(one.text) for one in near if one.reading is sentence.reading]
        return Line(sentence, said, own, own.union(*before))


def share(weights: Mapping[str, float], without: frozenset[str], said: frozenset[str]) -> float:
    """Share of the question's weight, but for some terms, that is said; 1 where nothing else is asked.

    >>> share({"fine": 3.0, "rygg": 1.0, "mayor": 1.0}, frozenset({"fine"}), frozenset({"rygg"}))
    0.5
    """
    rest = {term: weight for term, weight in weights.items() if term not in without}
    total = sum(rest.values())
    return sum(weight for term, weight in rest.items() if term in said) / total if total else 1.0


def cut(text: str, start: int, end: int) -> str:
    """A stretch of the source's words on one line; empty where it would be long."""
    return " ".join(text[start:end].split()) if end - start <= MAX_SAID else ""
