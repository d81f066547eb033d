"""Numbers that a column has: "replicate 2", "a wavelength of 550 nm", or only "at 550 nm"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.agents.tables.mentions import Equal, Mention
from leadline.agents.tables.schema import Ref, Schema

if TYPE_CHECKING:
    from leadline.agents.tables.link import Links

OF_NUMBER = ("of", "no", "nr", "number", "is", "was", "equal", "to")
"""Words that may stand between a name and its number."""


def equals(links: Links, schema: Schema) -> None:
    """Numbers right behind the name of a column of numbers, or before a unit in which columns are measured."""
    for at, token in enumerate(links.tokens):
        if token.number is None or links.taken[at]:
            continue
        behind = next((m for m in links.mentions if _stands_behind(links, m.end, at)), None)
        columns = tuple(ref for ref in behind.columns if _is_number(schema, ref)) if behind else ()
        if behind is not None and columns:
            links.mentions.remove(behind)
            mention = Mention(behind.start, at + 1, columns)
        else:
            unit = links.tokens[at + 1].text if at + 1 < len(links.tokens) else ""
            columns = tuple(ref for ref in schema.measured(unit) if _is_number(schema, ref))
            mention = Mention(at, at + 2, columns)
        if columns:
            units = {schema.column(ref).unit.lstrip("°") for ref in columns}
            measured = mention.end == at + 1 < len(links.tokens) and links.tokens[at + 1].text in units
            mention = mention._replace(end=at + 2) if measured else mention
            links.mentions = [m for m in links.mentions if m.start != at + 1 or m.end > mention.end]
            links.mentions.append(mention)
            links.equals.append(Equal(mention, token.number))
            links.take(at, mention.end)


def _stands_behind(links: Links, end: int, at: int) -> bool:
    """Whether a number belongs to the name that ends before it: "replicate 2", "replicate no. 2", "a pH of 7"."""
    between = links.tokens[end:at]
    return end <= at and len(between) <= 2 and all(t.plain in OF_NUMBER for t in between)


def _is_number(schema: Schema, ref: Ref) -> bool:
    return schema.column(ref).kind in ("BIGINT", "DOUBLE")
