"""Linking: every word of a question to a name, value, period, bound or intent, or to nothing.

Longest match first, values before names, so that "the Kestrel Sound project" is one value with its column.
What is linked is not yet chosen: a mention keeps all its meanings, and `plan` picks those of one table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from leadline.agents.tables.compare import comparative, implied, side_by_side
from leadline.agents.tables.lexicon import (
    BOUNDS,
    DENIALS,
    GENERIC,
    HAVING,
    HOW,
    IMPLIED,
    INTENTS,
    MONEY_VERBS,
    NEGATIONS,
    NUMBER_WORDS,
    OUTGOINGS,
    SOFT,
    THESAURUS,
    Token,
    tokens,
)
from leadline.agents.tables.measures import is_money
from leadline.agents.tables.mentions import Bound, Equal, Intent, Mention
from leadline.agents.tables.numbers import equals
from leadline.agents.tables.periods import Found, periods
from leadline.agents.tables.schema import Ref, Schema, keys
from leadline.environments.title_units import WORDS

SPOKEN_UNITS = frozenset(
    "kilogram kilograms kilo percent degree degrees celsius kelvin gram grams litre litres dollar dollars".split()
)


@dataclass
class Links:
    """A question with what its words may mean. `unexplained` words make an answer impossible."""

    tokens: list[Token]
    mentions: list[Mention] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)
    equals: list[Equal] = field(default_factory=list)
    periods: list[Found] = field(default_factory=list)
    implied: tuple[str, ...] = ()
    """Column stems that a superlative names ("cheapest": price)."""
    limit: int = 1
    """How many winners are asked for ("top 3")."""
    compared: tuple[Mention, ...] = ()
    """Values that are set side by side ("who paid more, Frost or Rein?")."""
    negations: list[int] = field(default_factory=list)
    """Where what follows is denied ("not", "no", the last word of "other than")."""
    taken: list[bool] = field(default_factory=list)

    @property
    def unexplained(self) -> list[str]:
        return [
            t.text
            for t, used in zip(self.tokens, self.taken, strict=True)
            if not used and (t.stem not in SOFT or t.stem in NEGATIONS)
        ]

    def free(self, start: int, end: int) -> bool:
        return end <= len(self.tokens) and not any(self.taken[start:end])

    def take(self, start: int, end: int) -> None:
        self.taken[start:end] = [True] * (end - start)

    def stems(self, start: int, end: int) -> tuple[str, ...]:
        return tuple(t.stem for t in self.tokens[start:end])

    def has(self, *kinds: str) -> bool:
        return any(intent.kind in kinds for intent in self.intents)


def link(question: str, schema: Schema) -> Links:
    found = tokens(question)
    links = Links(found, taken=[False] * len(found))
    for step in (_values, _periods, _bounds, _intents, _negations, _names, equals, _partials, _comparisons):
        step(links, schema)
    links.mentions.sort()
    return links


def _said(unit: str) -> list[str]:
    """The signs by which a question says a unit: "mPa·s" is two; the month of EUR/month is a word like others."""
    return [word for token in tokens(unit) if (word := token.text.lower()) not in WORDS]


def _windows(links: Links, longest: int) -> Iterable[tuple[int, int]]:
    """Free stretches of tokens, longest first, then left to right."""
    for size in range(min(longest, len(links.tokens)), 0, -1):
        for start in range(len(links.tokens) - size + 1):
            if links.free(start, start + size):
                yield start, start + size


def _values(links: Links, schema: Schema) -> None:
    for start, end in _windows(links, 8):
        first = links.tokens[start]
        plain, _ = keys(links.tokens[start:end])
        values = schema.values.get(plain)
        function = first.stem in SOFT or first.number is not None or (first.stem,) in INTENTS
        if not values or (end - start == 1 and function):
            continue
        # One word may be a value and a name: "paid" (status) and paid_on. Both stay.
        also = schema.names.get(plain, ()) if end - start == 1 else ()
        named = schema.table_names.get(plain, ()) if end - start == 1 else ()
        optional = end - start == 1 and first.stem in MONEY_VERBS
        links.mentions.append(
            Mention(start, end, tuple(also), tuple(named), tuple(values), optional=optional)
        )
        links.take(start, end)


def _periods(links: Links, schema: Schema) -> None:
    for found in periods(links.tokens):
        if links.free(found.start, found.end):
            links.periods.append(found)
            links.take(found.start, found.end)


def _bounds(links: Links, schema: Schema) -> None:
    for start, end in _windows(links, 3):
        operator = BOUNDS.get(links.stems(start, end))
        at = end
        while (
            operator
            and at < len(links.tokens)
            and links.tokens[at].stem in ("eur", "euro", "usd", "a", "of", "an")
        ):
            at += 1
        number = links.tokens[at].number if operator and at < len(links.tokens) else None
        if operator and number is not None and links.free(at, at + 1):
            links.bounds.append(Bound(start, at + 1, operator, number))
            links.take(start, at + 1)
    _between(links)


def _between(links: Links) -> None:
    """between 100 and 200 (not a period: those are taken already)."""
    for at, token in enumerate(links.tokens[:-3]):
        low, joiner, high = links.tokens[at + 1 : at + 4]
        if token.stem == "between" and joiner.stem == "and" and links.free(at, at + 4):
            if low.number is None or high.number is None:
                continue
            links.bounds += [Bound(at, at + 4, ">=", low.number), Bound(at, at + 4, "<=", high.number)]
            links.take(at, at + 4)


def _intents(links: Links, schema: Schema) -> None:
    for start, end in _windows(links, 3):
        kind = INTENTS.get(links.stems(start, end))
        sized = kind == "plain" and any(
            ("~", t) in schema.names for t in HOW.get(links.tokens[end - 1].plain, ())
        )
        if kind is None or sized:
            continue
        links.intents.append(Intent(start, end, kind))
        for stem in links.stems(start, end):
            links.implied += tuple(IMPLIED.get(stem, "").split())
        links.take(start, end)
        if kind in ("max", "min"):
            _limit(links, start, end)
    links.intents.sort()
    for at, token in enumerate(links.tokens[:-1]):
        if (
            token.plain in HAVING
            and links.free(at, at + 1)
            and links.tokens[at + 1].plain in ("the", "a", "an")
        ):
            links.take(at, at + 1)


def _limit(links: Links, start: int, end: int) -> None:
    """top 3 suppliers, the three suppliers with the most ..., the 5 largest."""
    for at in (end, start - 1, start - 2, start - 3, start - 4):
        if 0 <= at < len(links.tokens) and not links.taken[at]:
            word = links.tokens[at]
            number = NUMBER_WORDS.get(word.text.lower(), word.number)
            if number is not None and 1 <= number <= 50 and float(number).is_integer():
                links.limit = int(number)
                links.take(at, at + 1)
                return


def _names(links: Links, schema: Schema) -> None:
    units = {word for unit in schema.units for word in (unit, *_said(unit))} | SPOKEN_UNITS
    for start, end in _windows(links, 4):
        first = links.tokens[start]
        columns, named = _named(links.tokens[start:end], schema)
        if end - start == 1 and not columns and not named:
            if first.plain in units or first.stem in OUTGOINGS:
                links.take(start, end)
            asked = start > 0 and links.tokens[start - 1].plain == "how"
            for other in (*THESAURUS.get(first.stem, ()), *(HOW.get(first.plain, ()) if asked else ())):
                columns = schema.names.get(("~", other), [])
                if columns:
                    break
        if columns or named:
            optional = end - start == 1 and (first.stem in MONEY_VERBS or first.stem in SOFT)
            links.mentions.append(Mention(start, end, tuple(columns), tuple(named), optional=optional))
            links.take(start, end)


def _named(words: list[Token], schema: Schema) -> tuple[list[Ref], list[str]]:
    """Columns and tables of this name; the word family only when the word itself names nothing."""
    for key in keys(words):
        columns, named = schema.names.get(key, []), schema.table_names.get(key, [])
        if columns or named:
            return columns, named
    if len(words) == 2 and words[1].stem in GENERIC:
        columns = next((c for key in keys(words[:1]) if (c := schema.names.get(key))), [])
        return [ref for ref in columns if is_money(schema.column(ref).unit)], []
    return [], []


def _partials(links: Links, schema: Schema) -> None:
    """A capitalised word that belongs to one value only: "Nordlys" for Nordlys Optics."""
    for at, token in enumerate(links.tokens):
        if links.taken[at] or not token.text[0].isupper() or token.stem in SOFT:
            continue
        known = schema.words.get(token.plain, set())
        if known and len({value.text for value in known}) == 1:
            links.mentions.append(Mention(at, at + 1, values=tuple(sorted(known)), partial=True))
            links.take(at, at + 1)


def _comparisons(links: Links, schema: Schema) -> None:
    """Values joined by "or" that a comparative or a superlative sets side by side."""
    sides, word = side_by_side(links), comparative(links)
    if len(sides) < 2 or not (word or links.has("max", "min")):
        return
    links.compared = sides
    if word is not None:
        start, end, kind = word
        links.intents.append(Intent(start, end, kind))
        if end - start > 1:
            links.intents.append(Intent(start, end, "count"))
        links.implied += implied(links, start, end)
        links.take(start, end)
        links.intents.sort()


def _negations(links: Links, schema: Schema) -> None:
    for at, token in enumerate(links.tokens):
        if links.taken[at] or (token.plain,) in schema.names:  # a column called "No"
            continue
        if token.stem in DENIALS:
            links.negations.append(at)
            links.take(at, at + 1)
        elif token.plain == "other" and at + 1 < len(links.tokens) and links.tokens[at + 1].plain == "than":
            links.negations.append(at + 1)
            links.take(at, at + 2)
