"""Numbers and dates that disagree: two documents that say the same of the same thing, with different values.

Two sentences are compared when they come from different documents, share most of their words, and neither speaks
of a year or a reference number that the other one's excludes. They disagree when both give values of the same unit
(a currency, per cent, a counted noun, a full date) and share none of them. Rules of this kind miss disagreements
in other words; what they find can be checked at a glance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple, Protocol

from leadline.agents.features import Asked, coverage
from leadline.agents.lookup import Weighed
from leadline.agents.sentences import Sentence
from leadline.agents.words import MONTHS, codes, names, years
from leadline.evidence.model import Cell, Citation, Noun, Span
from leadline.retrieval.statistics import terms

MIN_SHARED, MIN_OVERLAP = 3, 0.6
"""Words in common, absolutely and as a share of the shorter sentence's, for two sentences to be about the same."""
NEARLY_ALL = 0.7
"""Share of a question's weight that a passage must speak of for its figures to answer it."""
MAX_COMPARED = 60
"""Sentences that are compared with the selected ones, most probable first."""


class Dispute(Noun, frozen=True):
    """Two spans that disagree; `first` and `second` are the sentences' indices where they were found (`first` is -1
    for a figure of the tables)."""

    about: str
    spans: tuple[Span, Span]
    first: int
    second: int


class Figure(Protocol):
    """What the tables answer (`leadline.agents.tables.TableAnswer`): a sentence, its rows, and the result."""

    @property
    def text(self) -> str: ...
    @property
    def citations(self) -> tuple[Citation, ...]: ...
    @property
    def confidence(self) -> float: ...
    @property
    def result(self) -> tuple[tuple[Cell, ...], ...]: ...


CURRENCIES = frozenset(("EUR", "USD", "GBP", "CHF", "JPY", "NOK", "SEK", "DKK"))
_UNITS = frozenset(code.lower() for code in CURRENCIES)
_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "%": "%"}
_AMOUNT = r"\d{1,3}(?:[,  ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_MONEY = re.compile(
    rf"(?:\b([A-Z]{{3}})|([€$£¥]))\s?({_AMOUNT})"
    rf"|({_AMOUNT})\s?(?:([€$£¥%])|\b(EUR|USD|GBP|CHF|NOK|SEK|DKK)\b|(per cent|percent)\b)"
)
_WORDS = {word: str(number) for number, word in enumerate(
    "two three four five six seven eight nine ten eleven twelve".split(), 2
)}  # fmt: skip
"""Without "one", which is more often a pronoun."""
_COUNTED = re.compile(
    rf"(?<![\w.,-])({_AMOUNT}|(?i:{'|'.join(_WORDS)}))\s+([a-z]{{3,}})\b(?:\s+([a-z]{{3,}}))?"
)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_WRITTEN = re.compile(rf"\b(\d{{1,2}})\s+({MONTHS})\s+(\d{{4}})\b|\b({MONTHS})\s+(\d{{1,2}}),?\s+(\d{{4}})\b")
_MONTH_NAMES = MONTHS.split("|")


def quantities(text: str) -> dict[str, set[str]]:
    """Values by unit, in one notation. Bare years and numbers without a unit are left out.

    >>> quantities("On 3 May 2021 it paid EUR 1,200.50 for twelve new lanterns, 5% more.") == {
    ...     "date": {"2021-05-03"}, "EUR": {"1200.5"}, "lantern": {"12"}, "%": {"5"}}
    True
    """
    found: dict[str, set[str]] = {}
    rest = text
    for match in [*_ISO.finditer(text), *_WRITTEN.finditer(text)]:
        day = _day(match)
        if day:
            found.setdefault("date", set()).add(day)
            rest = rest[: match.start()] + " " * len(match.group()) + rest[match.end() :]
    for match in _MONEY.finditer(rest):
        code, symbol, after, before, mark, unit, percent = match.groups()
        name = code or unit or ("%" if percent else _SYMBOLS[symbol or mark])
        found.setdefault(name, set()).add(_plain(after or before))
    rest = _MONEY.sub(lambda match: " " * len(match.group()), rest)
    for match in _COUNTED.finditer(rest):
        number, first, second = match.groups()
        noun = second if second and second.endswith("s") and not first.endswith("s") else first
        if terms(noun) and not years(number):
            found.setdefault(terms(noun)[0], set()).add(_plain(_WORDS.get(number.lower(), number)))
    return found


def _plain(number: str) -> str:
    return f"{float(re.sub('[,  ]', '', number)):.12g}"


def _day(match: re.Match[str]) -> str:
    groups = [group for group in match.groups() if group]
    if match.re is _ISO:
        numbers = [int(group) for group in groups]
    else:
        day, month = (groups[0], groups[1]) if groups[0].isdigit() else (groups[1], groups[0])
        numbers = [int(groups[2]), _MONTH_NAMES.index(month) + 1, int(day)]
    try:
        return date(*numbers).isoformat()
    except ValueError:  # 31 June
        return ""


class Stated(NamedTuple):
    """A sentence as far as disagreement goes."""

    text: str
    words: frozenset[str]
    """Its terms without numbers."""
    names: frozenset[str]
    """The terms of its proper names."""
    values: dict[str, set[str]]
    years: set[str]
    codes: set[str]


@lru_cache(maxsize=4096)
def stated(text: str) -> Stated:
    """What a sentence states."""
    words = frozenset(term for term in terms(text) if not any(character.isdigit() for character in term))
    named = frozenset(term for name in names(text) for term in terms(name))
    return Stated(text, words, named & words - _UNITS, quantities(text), years(text), codes(text))


def disagree(first: Stated, second: Stated) -> str:
    """The unit in which two sentences about the same thing disagree; empty when they do not.

    >>> a, b = "The budget of Kestrel Sound is EUR 480,000.", "Kestrel Sound: the budget was EUR 455,000"
    >>> disagree(stated(a), stated(b))
    'EUR'
    """
    if not same_subject(first, second):
        return ""
    if _exclude(first.years, second.years) or _exclude(first.codes, second.codes):
        return ""
    shared = (unit for unit in first.values if unit in second.values)
    return next((unit for unit in shared if not first.values[unit] & second.values[unit]), "")


def _exclude(left: set[str], right: set[str]) -> bool:
    return bool(left) and bool(right) and not left & right


def same_subject(first: Stated, second: Stated) -> bool:
    """Whether two sentences share enough of their words, and neither names something that the other does not
    while it is itself short of something ("Acme pays EUR 5" and "Bolt pays EUR 6" are about two things)."""
    if first.names - second.names and second.names - first.names:
        return False
    shared = len(first.words & second.words)
    return shared >= MIN_SHARED and shared >= MIN_OVERLAP * min(len(first.words), len(second.words))


def one_topic(first: Sentence, second: Sentence) -> bool:
    """Whether two sentences speak of one thing by a name that both say, or else by the titles above them."""
    a, b = stated(first.text), stated(second.text)
    if (a.names & b.names) or (a.codes & b.codes):
        return True
    left, right = set(terms(first.reading.title)), set(terms(second.reading.title))
    return len(left & right) >= MIN_OVERLAP * max(len(left), len(right), 1)


def about(first: Stated, second: Stated) -> str:
    """What two sentences both speak of: the words of the first that the second has, too."""
    shared = first.words & second.words
    words = [word for word in re.findall(r"[^\W\d_][\w’'-]*", first.text) if set(terms(word)) & shared]
    return " ".join(dict.fromkeys(words))


def disputes(weighed: Weighed, chosen: Sequence[int], floor: float) -> list[Dispute]:
    """Selected sentences and what disagrees with them among all that were read and weigh at least `floor`."""
    order = sorted(range(len(weighed.scores)), key=lambda i: (-weighed.scores[i], i))
    others = [i for i in order if weighed.scores[i] >= floor and stated(weighed.sentences[i].text).values]
    found: list[Dispute] = []
    seen: set[frozenset[int]] = set()
    for first in chosen:
        for second in others[:MAX_COMPARED]:
            a, b = weighed.sentences[first], weighed.sentences[second]
            pair = frozenset((first, second))
            if a.span.document == b.span.document or pair in seen:
                continue
            left, right = stated(a.text), stated(b.text)
            if disagree(left, right) and one_topic(a, b):
                seen.add(pair)
                found.append(Dispute(about(left, right), (a.span, b.span), first, second))
    return found


def figure_disputes(ask: Asked, figure: Figure, weighed: Weighed) -> list[Dispute]:
    """Sentences with another value than a single figure of the tables.

    Such a sentence stands in a passage that speaks of nearly all that the question asks about, names nothing that
    the question does not, and counts what the question counts, or, where an amount is asked for, gives an amount
    for one of its words.
    """
    value = _single(figure.result)
    if value is None or not figure.citations:
        return []
    question = ask.question.text
    asked, counts = stated(question), question.lower().startswith("how many")
    found = []
    for index, sentence in _numbers_on(ask, weighed):
        told = stated(sentence.text)
        if _exclude(asked.years, told.years) or _exclude(asked.codes, told.codes):
            continue
        others = frozenset(term for name in names(_tail(sentence.text)) for term in terms(name)) & told.names
        if others - asked.words:
            continue
        units = asked.words & told.values.keys() if counts else CURRENCIES & told.values.keys()
        values = {one for unit in units for one in told.values[unit]}
        if values and value not in values and asked.words & told.words:
            spans = (figure.citations[0].span, sentence.span)
            found.append(Dispute(" ".join(question.rstrip("?").split()), spans, -1, index))
    return found


def _numbers_on(ask: Asked, weighed: Weighed) -> Iterator[tuple[int, Sentence]]:
    """Sentences with figures, other than table rows, of passages that speak of nearly all that is asked about."""
    on_topic: dict[int, bool] = {}
    for index, sentence in enumerate(weighed.sentences):
        if " | " in sentence.text or not any(character.isdigit() for character in sentence.text):
            continue
        reading = sentence.reading
        if id(reading) not in on_topic:
            said = {*terms(reading.title), *terms(reading.text)}
            on_topic[id(reading)] = coverage(ask.weights, said) >= NEARLY_ALL
        if on_topic[id(reading)]:
            yield index, sentence


def _single(result: tuple[tuple[Cell, ...], ...]) -> str | None:
    """The one number of a result, in the notation of `quantities`."""
    numbers = [c for row in result for c in row if isinstance(c, int | float) and not isinstance(c, bool)]
    return f"{float(numbers[0]):.12g}" if len(numbers) == 1 and len(result) == 1 else None


def _tail(text: str) -> str:
    """A sentence without its first word, whose capital says nothing."""
    return text.partition(" ")[2]
