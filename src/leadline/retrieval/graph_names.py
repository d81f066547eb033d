"""Names in running text by rule and by count: what links the documents of a graph without being a title.

A run of capitalised words is a candidate. What else has a capital is no name: the word that opens a line or a
sentence, a label ("Date:"), a date, an amount, a number of a list ("Item 1", "Item 2"), and a single word that the
collection also writes small ("Rent" above a paragraph on the rent).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from leadline.retrieval.query_forms import STOP
from leadline.retrieval.sentences import sentences

SMALL = 0.2
"""Share of a single word's occurrences that are written small, from which it is no name."""

_NAME = re.compile(
    r"(?:[A-ZÀ-ÖØ-Þ][\w'’.-]*)"
    r"(?:[^\S\n]+(?:(?:of|the|de|la|van|von|der|and|&|du|di|da)[^\S\n]+)?[A-ZÀ-ÖØ-Þ0-9][\w'’-]*)*"
)
_INSIDE = re.compile(r"(?<=[a-z,] )[A-ZÀ-ÖØ-Þ]\w*")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBERED = re.compile(r"(\D+) (\d{1,3})")
_NO_NAMES = frozenset(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun "
    "eur usd gbp chf jpy nok sek dkk and of the".split()
)


def names(text: str) -> list[str]:
    """Runs of capitalised words. The word that opens a sentence counts only if it is also capitalised elsewhere.

    >>> names("Later Anna Berg sailed to Port of Nord. She left Nord.")
    ['Anna Berg', 'Port of Nord', 'Nord']
    >>> names("Date: 3 May 2021\\nItem\\nThe budget of Kestrel Sound is EUR 5.")
    ['Kestrel Sound']
    """
    inside = set(_INSIDE.findall(text))
    found = []
    for start, end in sentences(text):
        for match in _NAME.finditer(text, start, end):
            name = match.group().rstrip(".'’-")
            first, _, rest = name.partition(" ")
            if text.startswith(":", match.end()) and _opens(
                text, match.start(), text.rfind("\n", 0, start) + 1
            ):
                continue
            if _opens(text, match.start(), start) and first not in inside and not _stays_large(name):
                name = rest
            if len(name) > 3 and not STOP.issuperset(name.lower().split()) and not _is_date_or_amount(name):
                found.append(name)
    return found


def _opens(text: str, at: int, start: int) -> bool:
    """Whether the word at `at` opens the sentence, or a line of prose in it: only a number or a bullet before."""
    line = text.rfind("\n", start, at) + 1 or start
    if any(character.isalpha() for character in text[line:at]):
        return False
    return " | " not in text[line : text.find("\n", at) if "\n" in text[at:] else len(text)]


def _stays_large(name: str) -> bool:
    """Whether the first word has its capital by itself: MV Skarv, Rent & Rein, but not CLEANING CONTRACT.

    >>> _stays_large("MV Skarv"), _stays_large("CLEANING CONTRACT"), _stays_large("A Skarv")
    (True, False, False)
    """
    first, _, rest = name.partition(" ")
    return rest.startswith("& ") or (len(first) > 1 and first.isupper() and not rest.isupper())


def _is_date_or_amount(name: str) -> bool:
    return all(word in _NO_NAMES or word[0].isdigit() for word in name.lower().split())


def everyday(candidates: Collection[str], texts: Iterable[str]) -> set[str]:
    """The candidates that the collection itself shows to be no names.

    >>> found = everyday(["Rent", "Skarv", "Item 1", "Item 2", "Dock 7"], ["Rent: the rent of Skarv"])
    >>> sorted(found)
    ['Item 1', 'Item 2', 'Rent']
    """
    found = set[str]()
    words = {name.lower() for name in candidates if _WORD.fullmatch(name)}
    small, large = Counter[str](), Counter[str]()
    for text in texts:
        for word in _WORD.findall(text):
            low = word.lower()
            if low in words:
                (small if word == low else large)[low] += 1
    found |= {n for n in candidates if (k := n.lower()) in words and small[k] > SMALL * (small[k] + large[k])}
    counted: dict[str, dict[str, str]] = defaultdict(dict)
    for name in candidates:
        numbered = _NUMBERED.fullmatch(name)
        if numbered:
            counted[numbered[1]][numbered[2]] = name
    for numbers in counted.values():
        if {"1", "2"} <= numbers.keys():  # a list is counted from 1
            found.update(numbers.values())
    return found
