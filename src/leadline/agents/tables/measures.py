"""Which column a figure or a date without a name must mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from leadline.agents.tables.lexicon import (
    BEGINNINGS,
    COUNTS,
    FLOWS,
    MONEY,
    MONEY_VERBS,
    OF_TIME,
    OUTGOINGS,
    stem,
)
from leadline.agents.tables.schema import Ref, Schema, title_words
from leadline.environments.title_units import CODES

if TYPE_CHECKING:
    from leadline.agents.tables.link import Links
    from leadline.agents.tables.scene import Pick

DAYS = ("DATE", "TIMESTAMP")
INTENSIVE = frozenset("% ‰ pct ppm ppb °C °F ℃ C F K degC degF ° deg dB dBA dBm rpm".split())
"""Units of what is no amount of anything."""
INTENSIVE_TITLES = frozenset(
    map(stem, ("temperature", "pH", "density", "concentration", "viscosity", "pressure"))
)


def is_time(schema: Schema, ref: Ref) -> bool:
    """Whether a column holds dates or years."""
    return schema.column(ref).kind in DAYS or schema.is_year(ref)


def default_date(schema: Schema, root: str) -> Ref | None:
    """The date that a table's rows are of: the one named like the table (shipments: shipped), else the first."""
    days = schema.columns(root, *DAYS) or [r for r in schema.columns(root, "BIGINT") if schema.is_year(r)]
    alike = [r for r in days if stem(r.column.split("_")[0]) == stem(root.split("_")[-1])]
    return (alike or days or [None])[0]  # type: ignore[list-item]


def sole_measure(schema: Schema, root: str, links: Links) -> Ref | None:
    """The column that a figure without a name must mean: the implied one, else the only column of money.

    What is longest or latest is no money, and what something costs stands in no column of what it is worth.
    """
    if any(word.stem in OF_TIME for word in links.tokens):
        times = [ref for ref in schema.columns(root, *DAYS, "BIGINT") if is_time(schema, ref)]
        begun = [r for r in times if BEGINNINGS & {word.stem for word in title_words(schema.column(r))}]
        return (begun or times)[0] if len(begun or times) == 1 else None
    numbers = schema.measures(root)
    for word in links.implied:
        named = [r for r in numbers if stem(word) in map(stem, r.column.split("_"))]
        if named:
            return named[0]
    if links.implied and "price" not in links.implied:
        return None
    money = [r for r in numbers if is_money(schema.column(r).unit)]
    if any(word.stem in MONEY_VERBS for word in links.tokens):
        money = [r for r in money if FLOWS & {word.stem for word in title_words(schema.column(r))}]
    return money[0] if len(money) == 1 else None


def outgoing(links: Links, picks: Sequence[Pick]) -> bool:
    """Whether the question says paying or spending with a word that means no column or value."""
    meant = {at for pick in picks for at in range(pick.mention.start, pick.mention.end)}
    return any(word.stem in OUTGOINGS and at not in meant for at, word in enumerate(links.tokens))


def stems_of(schema: Schema, ref: Ref) -> set[str]:
    """The word families of a title."""
    return {word.stem for word in title_words(schema.column(ref))}


def sums_up(schema: Schema, ref: Ref) -> bool:
    """Whether adding up a column means anything: shares, temperatures and quotients (EUR/kg) do not add up."""
    unit = schema.column(ref).unit
    quotient = re.search(r"/| per |[⁻]|\^?-\d", unit) is not None
    level = unit in INTENSIVE or quotient or bool(stems_of(schema, ref) & INTENSIVE_TITLES)
    return not level and not counts_up(schema, ref)


def counts_up(schema: Schema, ref: Ref) -> bool:
    """Whether a column numbers its rows, or those of each group: 1, 2, 3, 1, 2. Quantities say so in their titles."""
    column = schema.column(ref)
    numbers = [value for value in column.values if isinstance(value, int)]
    if column.kind != "BIGINT" or column.unit or len(numbers) < 3 or numbers[0] not in (0, 1):
        return False
    if stems_of(schema, ref) & (COUNTS | MONEY):
        return False
    steps = sum(after == before + 1 for before, after in pairwise(numbers))
    again = sum(after == numbers[0] for after in numbers[1:])
    return 2 * steps > len(numbers) - 1 and steps + again == len(numbers) - 1


def both_signs(schema: Schema, ref: Ref) -> bool:
    values = [value for value in schema.column(ref).values if isinstance(value, int | float)]
    return any(value < 0 for value in values) and any(value > 0 for value in values)


def is_money(unit: str) -> bool:
    """Whether a unit is a currency, or thousands or millions of one.

    >>> is_money("EUR"), is_money("NOK million"), is_money("NTU"), is_money("EUR/kg")
    (True, True, False, False)
    """
    return unit[:3] in CODES and unit[3:4] in ("", " ")
