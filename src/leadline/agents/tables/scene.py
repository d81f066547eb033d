"""One table as the root of a question: what each mention means there.

A root must give every mention a meaning in itself or in tables whose keys it refers to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from leadline.agents.tables.compare import settle
from leadline.agents.tables.conditions import (
    filters_of_bounds,
    filters_of_numbers,
    filters_of_periods,
    filters_of_values,
)
from leadline.agents.tables.filters import Filter, deny, require
from leadline.agents.tables.link import Links
from leadline.agents.tables.measures import DAYS
from leadline.agents.tables.mentions import Mention
from leadline.agents.tables.schema import Join, Ref, Schema, keys, title_words

JOIN_COST, TABLE_GAIN, SHORT_COST, SCAN_COST = 1.0, 1.0, 0.25, 0.5


@dataclass(frozen=True)
class Pick:
    """A mention with the meaning that it has under the root."""

    mention: Mention
    column: Ref | None = None
    table: str = ""
    value: str = ""


@dataclass
class Scene:
    """A question under one root: picks by role, filters, joins, and how sure all that is."""

    root: str
    picks: list[Pick] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    cost: float = 0.0
    confidence: float = 1.0
    free_date: bool = False
    """A period was put on a date column that the question does not name."""


def stage(links: Links, schema: Schema, root: str) -> Scene | None:
    """Give every mention a meaning under the root, or None."""
    reach = schema.paths(root)
    scene = Scene(root)
    for mention in links.mentions:
        # A soft word ("paid") means something in the root or nothing: it is no reason for a join.
        pick = _meaning(mention, links, schema, root, {root: ()} if mention.optional else reach)
        if pick is None:
            if mention.optional:
                continue
            return None
        scene.picks.append(pick)
    if links.compared:
        settled = settle(scene.picks, links, schema, root)
        if settled is None:
            return None
        scene.picks = settled
    filters_of_values(scene, links)
    filters_of_numbers(scene, links)
    if not deny(scene, links, schema):
        return None
    require(scene, links, schema)
    if not (filters_of_bounds(scene, links, schema) and filters_of_periods(scene, links, schema)):
        return None
    used = {r.table for p in scene.picks for r in [p.column] if r} | {f.ref.table for f in scene.filters}
    joins = {join for table in used for join in reach[table]}
    scene.cost += JOIN_COST * len(joins) - TABLE_GAIN * any(p.table == root for p in scene.picks)
    scene.cost += SCAN_COST * (root in schema.scanned)
    scene.cost += SHORT_COST * sum(_is_short(p, links, schema) for p in scene.picks)
    scene.confidence *= 0.93 ** len(joins)
    return scene


def _is_short(pick: Pick, links: Links, schema: Schema) -> bool:
    return pick.column is not None and _is_part(pick.mention, pick.column, links, schema)


def _is_part(mention: Mention, ref: Ref, links: Links, schema: Schema) -> bool:
    """The column has a longer title than the question says: "price" for "unit price"."""
    words = links.tokens[mention.start : mention.end]
    return any((key, ref) in schema.short for key in keys(words))


def _only(columns: Sequence[Ref], mention: Mention, links: Links, schema: Schema) -> Ref | None:
    """The column of the nearest table that a mention must mean: the one with just this title, else the one whose unit
    the question says; None where several are left ("amount" beside a net and a gross one)."""
    near = [ref for ref in columns if ref.table == columns[0].table]
    whole = set(keys(links.tokens[mention.start : mention.end]))
    exact = [ref for ref in near if whole & set(keys(title_words(schema.column(ref))))]
    left = exact or near
    said = {token.text.lower() for token in links.tokens}
    measured = [ref for ref in left if schema.column(ref).unit.lower() in said]
    left = measured or left
    return left[0] if len(left) == 1 else None


def _meaning(
    mention: Mention, links: Links, schema: Schema, root: str, reach: dict[str, tuple[Join, ...]]
) -> Pick | None:
    """The nearest meaning: in the root before joined tables; dates, values, names of columns, tables."""

    def nearest(found: Sequence[Ref]) -> list[Ref]:
        return sorted((r for r in found if r.table in reach), key=lambda r: len(reach[r.table]))

    columns = nearest(mention.columns)
    for near in (True, False):
        here = [r for r in columns if (r.table == root) == near]
        days = [r for r in here if schema.column(r).kind in DAYS]
        if days and near:
            return Pick(mention, days[0])
        values = [v for v in mention.values if v.ref in nearest([v.ref]) and (v.ref.table == root) == near]
        if values:
            value = min(values, key=lambda v: len(reach[v.ref.table]))
            return Pick(mention, value.ref, value=value.text)
        measures = [r for r in here if schema.is_measure(r)]
        tables = [t for t in mention.tables if t in reach and (t == root) == near]
        said = " ".join(t.text.lower() for t in links.tokens[mention.start : mention.end])
        if tables and not measures and near and said == tables[0].replace("_", " "):
            return Pick(mention, table=tables[0])
        texts = [r for r in here if schema.column(r).kind == "VARCHAR"]
        if tables and texts and not measures and all(_is_part(mention, ref, links, schema) for ref in texts):
            return Pick(mention, table=tables[0])  # the invoices, rather than the column "Invoice No"
        if texts or measures:
            one = _only(texts or measures, mention, links, schema)
            return Pick(mention, one) if one else None
        if tables:
            return Pick(mention, table=tables[0])
        if here:
            return Pick(mention, here[0])
    return None
