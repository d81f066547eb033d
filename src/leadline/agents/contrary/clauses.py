"""Who does what in a sentence, as far as the order of words tells: without a parser, and silent where it does not.

A verb's doer stands before it, or behind "by" where the verb is passive; what it is done to stands on the other side.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from leadline.agents.contrary.opposites import SAID, Phrases, word_term
from leadline.agents.words import QUESTION_WORDS
from leadline.retrieval.irregular import past_forms

NEAR = 3
"""Words before a verb among which its "not" and its "was" are looked for."""
NOT = frozenset("not never no nobody none neither nor without cannot didn't doesn't don't wasn't weren't isn't aren't "
                "hasn't haven't hadn't won't couldn't wouldn't".split())  # fmt: skip
BE = frozenset("was were been being is are be".split())
HAVE = frozenset("has have had will would could can may might did does do also then who which that".split())
CONDITIONS = frozenset("unless without except until till before only if than".split())
"""Words with which a denial is not one: "not opened until May" says that it was opened."""
PRONOUNS = frozenset("it they he she we i this these that those its their his her who which them him".split())
DETERMINERS = frozenset(
    "a an the this that these those its their his her our my your of no any each every".split()
)
_STRETCH = re.compile(r"\b(?:since|until|till|through)\b|\bfrom\b.*\bto\b|\d\s?[-–—]\s?\d")
_WORD = re.compile(r"\w[\w’'-]*|[^\w\s]")


class Word(NamedTuple):
    """A word or a mark, with the term that it is compared by, and where it stands."""

    text: str
    lower: str
    term: str
    start: int
    end: int

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words and marks of a text."""
    found = ((m.group().replace("’", "'"), m.start(), m.end()) for m in _WORD.finditer(text))
    return tuple(Word(word, word.lower(), word_term(word), start, end) for word, start, end in found)


def phrase_at(said: Sequence[Word], phrases: Phrases, index: int) -> int:
    """How many words of a text, from an index on, are one of the phrases; the longest counts, 0 for none."""
    longest = 0
    for phrase in phrases:
        n = len(phrase)
        if n > longest and tuple(word.term for word in said[index : index + n]) == phrase:
            longest = n
    return longest


def denied(said: Sequence[Word], index: int) -> bool:
    """Whether the word at an index is denied.

    >>> said = words("The council did not adopt the rules.")
    >>> [word.text for index, word in enumerate(said) if denied(said, index)]
    ['adopt']
    >>> said = words("It was not opened until May.")
    >>> denied(said, 3)
    False
    """
    if any(word.lower in CONDITIONS for word in said):
        return False
    return _lately(said, index, NOT, BE | HAVE | {"yet", "to", "even"}) >= 0


def denial(said: Sequence[Word], index: int) -> int:
    """Where the denial of the word at an index begins: at "did" of "did not adopt"."""
    start = _lately(said, index, NOT, BE | HAVE | {"yet", "to", "even"})
    return start - (start > 0 and said[start - 1].lower in BE | HAVE)


def _lately(said: Sequence[Word], index: int, wanted: frozenset[str], small: frozenset[str]) -> int:
    """Where one of the wanted words stands shortly before an index, with only small words between; -1 where none."""
    for back in range(index - 1, max(-1, index - 1 - NEAR), -1):
        word = said[back].lower
        if word in wanted:
            return back
        if word not in small and not word.endswith("ly"):
            return -1
    return -1


def passive(said: Sequence[Word], index: int) -> bool:
    """Whether a form of "be" stands shortly before the word, with nothing but small words between."""
    return _lately(said, index, BE, NOT | HAVE | {"yet"}) >= 0


def past(word: Word) -> bool:
    """Whether a word looks like the past of a verb."""
    return word.lower.endswith("ed") or word.lower in past_forms() or word.lower in SAID


def determined(said: Sequence[Word], index: int) -> bool:
    """Whether an article or the like stands directly before: "the grant", "a fall"."""
    return 0 < index <= len(said) and said[index - 1].lower in DETERMINERS


def content(said: Sequence[Word]) -> frozenset[str]:
    """The terms of words that say something."""
    return frozenset(
        word.term for word in said if word.text[0].isalnum() and word.lower not in QUESTION_WORDS
    )


def subject(asked: Sequence[Word], verb: int) -> frozenset[str]:
    """The terms between "did" and the verb of a question."""
    did = next((i for i in range(verb) if asked[i].lower in ("did", "does", "do")), verb)
    return content(asked[did + 1 : verb])


def is_stretch(text: str) -> bool:
    """Whether a sentence tells of both ends of a time: "open from 9 to 17", "until May".

    >>> is_stretch("Open from 9 to 17"), is_stretch("It was opened by the mayor.")
    (True, False)
    """
    return _STRETCH.search(text) is not None


class Frame(NamedTuple):
    """A verb in a sentence: the terms on the side of who does it and of what it is done to."""

    verb: Word
    doer: frozenset[str]
    done_to: frozenset[str]
    named: tuple[Word, ...]
    """The name directly before the verb, as words; empty where something else stands there."""
    pronoun: bool
    """Whether a pronoun stands before the verb, so that an earlier sentence may say who is meant."""
    passive: bool


def frames(said: Sequence[Word], verb: str) -> list[Frame]:
    """Every place where a verb (a term) stands in a sentence.

    >>> [found] = frames(words("Anna was paid EUR 5 by Bob."), word_term("pay"))
    >>> sorted(found.doer), "anna" in found.done_to, found.passive
    (['bob'], True, True)
    """
    found = []
    for index, word in enumerate(said):
        if word.term != verb or (word.capital and index):
            continue
        start, end = _clause(said, index)
        before, after = said[start:index], said[index + 1 : end]
        is_passive = passive(said, index)
        doer, done_to = before, after
        if is_passive:
            by = next((i for i, one in enumerate(after) if one.lower == "by"), len(after))
            doer, done_to = after[by + 1 :], (*before, *after[:by])
        pronoun = any(one.lower in PRONOUNS and one.lower not in ("who", "which", "that") for one in before)
        found.append(Frame(word, _terms(doer), _terms(done_to), _name_before(before), pronoun, is_passive))
    return found


def _terms(said: Sequence[Word]) -> frozenset[str]:
    return frozenset(word.term for word in said if word.text[0].isalnum())


def _clause(said: Sequence[Word], index: int) -> tuple[int, int]:
    """The clause around a word: to the next mark that ends one, or an "and" with a new subject behind it."""
    start, end = 0, len(said)
    for i, word in enumerate(said):
        new = word.lower in ("and", "but", "while", "whereas") and 0 < i < len(said) - 1
        if word.text in ";:()" or (new and said[i + 1].capital and not said[i - 1].capital):
            if i < index:
                start = i + 1
            elif i > index:
                end = i
                break
    return start, end


def _name_before(before: Sequence[Word]) -> tuple[Word, ...]:
    """The run of capitalised words that ends where the verb begins, but for small words and commas."""
    end = len(before)
    while end and (
        before[end - 1].lower in BE | HAVE | {",", "also"} or before[end - 1].lower.endswith("ly")
    ):
        end -= 1
    start = end
    while start and before[start - 1].capital:
        start -= 1
    if (
        start == end
        or (start and before[start - 1].lower in DETERMINERS)
        or before[start].lower in DETERMINERS
    ):
        return ()
    opens = start == 0 and end - start == 1  # the capital of a first word says nothing
    return () if opens and before[start].lower in PRONOUNS else tuple(before[start:end])
