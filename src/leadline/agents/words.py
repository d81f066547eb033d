"""Names, reference numbers and amounts in running text: what a question asks about and an answer consists of."""

from __future__ import annotations

import re

QUESTION_WORDS = frozenset(
    "who whom whose what which when where why how many much long often far old do does did is are was were has have "
    "had can could will would shall should may might the a an in on at of for to from by and or as it its their they "
    "this that these those there if but with please name list give tell find both between".split()
)
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

_JOIN = r"(?:of|the|de|la|le|da|di|du|van|von|der|den|bin|ibn|al|y|and|&)"
_CAPITAL = r"[^\W\d_a-zß-öø-ÿ][\w’']*(?:[-.][\w’']+)*\.?"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+(?:{_JOIN}\s+){{0,2}}(?:{_CAPITAL}|\d+\b))*")
_QUOTED = re.compile(r"[\"“«]([^\"”»]{2,80})[\"”»]")
_CODE = re.compile(r"(?<![\w-])[A-Z]{1,6}-?\d[A-Za-z\d]*(?:[-/]\d+)*(?![A-Za-z\d])")
_YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
_DATE = re.compile(
    rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b(?:{MONTHS})\b|\b(?:1[0-9]{{3}}|20[0-9]{{2}})s?\b", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?<![\w.])\d[\d,.]*\b|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty"
    r"|fifty|hundred|thousand|million|billion|dozen|half|twice|once)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:in|at|near|from|to|of|between|across)\s+(?:the\s+)?[A-Z]")


def names(text: str) -> list[str]:
    """Proper names, quoted titles and reference numbers, in reading order, each once.

    A capital at the start of a sentence is no name when the word is an everyday one.

    >>> names('Where was the composer of "Billy Elliot" born? And C-2022-07 of Nordlys Optics.')
    ['Billy Elliot', 'C-2022-07', 'Nordlys Optics']
    """
    found = [(m.start(1), m.group(1)) for m in _QUOTED.finditer(text)]
    found += [(m.start(), m.group()) for m in _CODE.finditer(text)]
    rest = _CODE.sub(_blank, _QUOTED.sub(_blank, text))
    for match in _NAME.finditer(rest):
        name = _without_everyday(match.group())
        if len(name) > 1:
            found.append((match.end() - len(name), re.sub(r"(?:['’]s|[.'’])$", "", name)))
    return list(dict.fromkeys(name for _, name in sorted(found)))


def _blank(match: re.Match[str]) -> str:
    return "|" * len(match.group())


def _without_everyday(name: str) -> str:
    """A name without the everyday words that it starts with ("When Dune" at the start of a sentence)."""
    while name and name.split()[0].rstrip(".'’").lower() in QUESTION_WORDS:
        name = name.partition(" ")[2].lstrip()
    return name


def years(text: str) -> set[str]:
    """Four-digit years.

    >>> sorted(years("from 1999 to 2003, 12345"))
    ['1999', '2003']
    """
    return set(_YEAR.findall(text))


def codes(text: str) -> set[str]:
    """Reference numbers.

    >>> sorted(codes("C-2022-07 and CN-2024-03, B2B"))
    ['B2B', 'C-2022-07', 'CN-2024-03']
    """
    return set(_CODE.findall(text))


def has_date(text: str) -> bool:
    """Whether a month, a year or an ISO date stands in the text."""
    return _DATE.search(text) is not None


def n_numbers(text: str) -> int:
    """How many numbers, in figures or words, stand in the text."""
    return len(_NUMBER.findall(text))


def has_place(text: str) -> bool:
    """Whether a preposition of place stands before a capital letter ("born in Southampton")."""
    return _PLACE.search(text) is not None
