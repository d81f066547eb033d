"""Who did it: "Anna paid Bob" beside "Bob paid Anna", "Ann resigned" beside "Dan resigned"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from leadline.agents.contrary.clauses import (
    BE,
    HAVE,
    Frame,
    Word,
    content,
    determined,
    frames,
    past,
    words,
)
from leadline.agents.contrary.lines import ALIKE, Contrary, Line, cut, share
from leadline.retrieval.statistics import terms


def _terms(text: str) -> frozenset[str]:
    return frozenset(terms(text))


MUTUAL = _terms(
    "meet marry wed divorce face border play fight join merge agree talk correspond accompany resemble equal"
)
"""Verbs of which either party is the doer."""
NAMING = _terms("call name bear born")
"""Verbs of which who they are done to says little."""
TITLES = _terms(
    "dr mr mrs ms miss prof professor sir lady dame captain judge president king queen sister brother saint"
)
"""What stands before the names of many."""
DO = frozenset(("did", "does", "do"))
OPENERS = DO | frozenset(("was", "were", "is", "are"))


class Asked(NamedTuple):
    """The event of a question: "did Anna pay Bob", "was Bob promoted"."""

    verb: Word
    subject: frozenset[str]
    """The terms of who did it or, where `does` is false, of what it was done to."""
    rest: frozenset[str]
    """The terms behind the verb."""
    does: bool
    named: bool
    """Whether the subject is a name."""
    text: str


def doer(
    question: str, weights: Mapping[str, float], lines: Sequence[Line], shown: Sequence[Line]
) -> Iterator[Contrary]:
    """What the shown sentences say of somebody else, where none that was read may say it of the question's subject."""
    said = words(question)
    for asked in events(said):
        found = [(line, frame) for line in shown for frame in frames(line.said, asked.verb.term)]
        found = [(line, frame) for line, frame in found if _is_verb(frame.verb, asked)]
        if not found:
            continue
        every = ((line, frame) for line in lines for frame in frames(line.said, asked.verb.term))
        if any(_may_say(line, frame, asked) for line, frame in every):
            return
        for line, frame in found:
            instead = _turned(line, frame, asked, weights) or _other(line, frame, asked, weights, lines)
            if instead:
                yield Contrary(asked.text, instead, line.sentence.span)
        return


def events(said: Sequence[Word]) -> Iterator[Asked]:
    """What may be the verb of a question with what stands before and behind it, nearest to the helping verb first.

    >>> [found.text for found in events(words("How much did Anna pay Bob?"))]
    ['Anna pay']
    """
    helper = next((i for i, word in enumerate(said) if word.lower in OPENERS), len(said))
    first = helper + 1 + determined(said, helper + 2)
    for index in range(helper + 2, len(said)):
        verb, before = said[index], said[first:index]
        if before and (before[-1].text in ",;" or before[-1].lower in ("of", "in", "for")):
            return
        does = said[helper].lower in DO
        if verb.capital or verb.term in MUTUAL | NAMING or verb.lower in BE | HAVE or determined(said, index):
            continue
        if not terms(verb.lower) or not before or not content(before) or not (does or past(verb)):
            continue
        named = all(word.capital for word in before)
        if not does and not named and content(said[index + 1 : index + 2]):
            continue  # "was the first documented case": no verb
        text = " ".join(word.text for word in said[first : index + 1])
        yield Asked(verb, content(before), content(said[index + 1 :]), does, named, text)


def _is_verb(said: Word, asked: Asked) -> bool:
    """Whether a word is a verb where it stands: in its past, or in the third person beside the base form."""
    third = asked.does and said.lower.endswith("s") and said.lower != asked.verb.lower
    return past(said) or third


def _sides(frame: Frame, asked: Asked) -> tuple[frozenset[str], frozenset[str]]:
    """The side on which the question's subject should stand, and the other one."""
    return (frame.doer, frame.done_to) if asked.does else (frame.done_to, frame.doer)


def _may_say(line: Line, frame: Frame, asked: Asked) -> bool:
    """Whether a sentence may say it of the question's subject."""
    should, other = _sides(frame, asked)
    if asked.subject & should:
        return True
    return not asked.subject & other and not frame.named and bool(asked.subject & line.wide)


def _turned(line: Line, frame: Frame, asked: Asked, weights: Mapping[str, float]) -> str:
    """The other way round: the subject stands on the other side, and what the question names as object on its own."""
    should, other = _sides(frame, asked)
    if not asked.subject <= other or asked.subject & should:
        return ""
    name = frozenset(word.term for word in frame.named)
    other_one = asked.rest & should
    if not other_one and not (name and name <= should and _same_matter(line, asked, weights)):
        return ""
    parties = [word for word in line.said if word.term in asked.subject | (other_one or name)]
    places = [frame.verb, *parties]
    return cut(line.sentence.text, min(w.start for w in places), max(w.end for w in places))


def _other(
    line: Line, frame: Frame, asked: Asked, weights: Mapping[str, float], lines: Sequence[Line]
) -> str:
    """Somebody else did the same: another name stands directly before the verb."""
    name = frozenset(word.term for word in frame.named)
    if not asked.named or not name or name & asked.subject or asked.subject & (frame.doer | frame.done_to):
        return ""
    if frame.passive == asked.does or not _same_matter(line, asked, weights):
        return ""
    if any(asked.subject & one and (name - TITLES) & one for one in _names_in(lines)):
        return ""  # two names of one
    return cut(line.sentence.text, frame.named[0].start, frame.verb.end)


def _same_matter(line: Line, asked: Asked, weights: Mapping[str, float]) -> bool:
    """Whether a sentence says most of what stands behind the question's verb."""
    without = asked.subject | {asked.verb.term} | (weights.keys() - asked.rest)
    return share(weights, frozenset(without), line.own) >= ALIKE


def _names_in(lines: Sequence[Line]) -> Iterator[frozenset[str]]:
    """The runs of capitalised words of all sentences, as terms."""
    for line in lines:
        run: list[str] = []
        for word in line.said:
            if word.capital:
                run.append(word.term)
            elif run:
                yield frozenset(run)
                run = []
        yield frozenset(run)
