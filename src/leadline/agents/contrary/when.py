"""In which month or year: "in March" beside "on 6 May 2024"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from leadline.agents.contrary.lines import ALIKE, MARGIN, Contrary, Line, cut, share
from leadline.agents.words import MONTHS
from leadline.retrieval.statistics import terms

_DATE = (
    rf"(?:the\s+)?(?:(?:early|late|mid)[ -])?(?:\d{{1,2}}\s+)?(?:({MONTHS})\b(?:\s+\d{{1,2}},)?)?"
    r"(?:\s*\b(1\d{3}|20\d\d)\b)?"
)
_ASKED = re.compile(rf"\b(?:in|on)\s+{_DATE}")
_SAID = re.compile(rf"\b(?:in|on|of|at the (?:end|beginning) of)\s+{_DATE}")
_AROUND = re.compile(
    rf"\b(?:since|until|till|from|between|before|after|by)\s+(?:\d{{1,2}}\s+)?(?:(?:{MONTHS})\b|\d{{4}}\b)"
)
"""A date that is not the event's own."""


def when(
    question: str, weights: Mapping[str, float], lines: Sequence[Line], shown: Sequence[Line]
) -> Iterator[Contrary]:
    """Another month or year in a shown sentence that says most of the rest of the question, where no sentence about
    the same has the question's in it, before it or in its title."""
    asked = next((match for match in _ASKED.finditer(question) if match[1] or match[2]), None)
    if asked is None:
        return
    date = frozenset(terms(asked.group()))
    if not weights.keys() - date:
        return
    found = []
    for line in shown:
        text = line.sentence.text
        dates = [match for match in _SAID.finditer(text) if match[1] or match[2]]
        alike = share(weights, date, frozenset(terms(text)))
        apart = dates and not _AROUND.search(text) and all(_excludes(asked, match) for match in dates)
        if apart and alike >= ALIKE:
            found.append(
                (alike, Contrary(asked.group().strip(), cut(text, *dates[0].span()), line.sentence.span))
            )
    if found:
        agreeing = (share(weights, date, line.own) for line in lines if _speaks_of(line, asked))
        needed = MARGIN + max(agreeing, default=0.0)
        yield from (contrary for alike, contrary in found if alike >= needed)


def _excludes(asked: re.Match[str], said: re.Match[str]) -> bool:
    """Whether both give a month, or both a year, and not the same one."""
    return any(asked[group] and said[group] and asked[group] != said[group] for group in (1, 2))


def _speaks_of(line: Line, asked: re.Match[str]) -> bool:
    """Whether a sentence, those before it or its title speak of the month or year."""
    around = line.wide.union(terms(line.sentence.reading.via))
    return any(set(terms(part)) <= around for part in (asked[1], asked[2]) if part)
