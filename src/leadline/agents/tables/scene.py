"""One table as the root of a question: what each mention means there, and which rows are asked about.

A root must give every mention a meaning in itself or in tables whose keys it refers to. Values, bounds and
periods become filters; a name that only introduces its value ("managed by Tomas Reyle") is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from leadline.agents.tables.compare import settle
from leadline.agents.tables.filters import NEAR, Filter, deny, require
from leadline.agents.tables.lexicon import BEGINNINGS, FLOWS, MONEY_VERBS, OF_TIME, SOFT, stem, tokens
from leadline.agents.tables.link import Links, Mention
from leadline.agents.tables.periods import Period, periods
from leadline.agents.tables.schema import Join, Ref, Schema, keys, title_words

DAYS = ("DATE", "TIMESTAMP")
JOIN_COST, TABLE_GAIN, SHORT_COST, SCAN_COST = 1.0, 1.0, 0.25, 0.5
MAX_PERIODS = 200
"""Different quarters, months or years in words that a column may hold."""


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
    _filters_of_values(scene, links)
    if not deny(scene, links, schema):
        return None
    require(scene, links, schema)
    if not (_filters_of_bounds(scene, links, schema) and _filters_of_periods(scene, links, schema)):
        return None
    used = {r.table for p in scene.picks for r in [p.column] if r} | {f.ref.table for f in scene.filters}
    joins = {join for table in used for join in reach[table]}
    scene.cost += JOIN_COST * len(joins) - TABLE_GAIN * any(p.table == root for p in scene.picks)
    scene.cost += SCAN_COST * (root in schema.scanned)
    scene.cost += SHORT_COST * sum(_is_short(p, links, schema) for p in scene.picks)
    scene.confidence *= 0.93 ** len(joins)
    return scene


def _is_short(pick: Pick, links: Links, schema: Schema) -> bool:
    """The column has a longer title than the question says: "price" for "unit price"."""
    words = links.tokens[pick.mention.start : pick.mention.end]
    return pick.column is not None and any((key, pick.column) in schema.short for key in keys(words))


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
        if texts or measures:
            return Pick(mention, (texts or measures)[0])
        if tables:
            return Pick(mention, table=tables[0])
        if here:
            return Pick(mention, here[0])
    return None


def _filters_of_values(scene: Scene, links: Links) -> None:
    """Values become filters; a column or table that only introduces its value is dropped."""
    picks = scene.picks
    for here, pick in enumerate(picks):
        if not pick.value:
            continue
        for there in (here - 1, here + 1):
            other = picks[there] if 0 <= there < len(picks) else None
            if other is None or other.value or not _close(other.mention, pick.mention, links):
                continue
            named = next(
                (
                    v
                    for v in pick.mention.values
                    if v.ref in other.mention.columns
                    and v.ref.table in (scene.root, pick.column and pick.column.table)
                ),
                None,
            )
            if named:
                picks[here] = pick = replace(pick, column=named.ref, value=named.text)
                picks[there] = replace(other, column=None, table="")
        if pick.column:
            scene.filters.append(Filter(pick.column, "=", pick.value))
        scene.confidence *= 0.85 if pick.mention.partial else 1.0
        choices = {v.ref for v in pick.mention.values if v.ref.table == scene.root}
        scene.confidence *= 0.7 if len(choices) > 1 else 1.0


def _close(name: Mention, value: Mention, links: Links) -> bool:
    """The name stands beside the value, and is not what is asked for ("which country is ...")."""
    low, high = sorted((name[:2], value[:2]))
    between = links.tokens[low[1] : high[0]]
    asked = name.start > 0 and links.tokens[name.start - 1].stem in ("which", "what", "who")
    return len(between) <= NEAR and all(t.stem in SOFT for t in between) and not asked


def _filters_of_bounds(scene: Scene, links: Links, schema: Schema) -> bool:
    for bound in links.bounds:
        near = [p for p in scene.picks if p.column and not p.value and schema.is_measure(p.column)]
        near.sort(key=lambda p: (p.mention.start > bound.start, abs(p.mention.start - bound.start)))
        ref = near[0].column if near else sole_measure(schema, scene.root, links)
        if ref is None:
            return False
        scene.confidence *= 1.0 if near else 0.85
        scene.filters.append(Filter(ref, bound.operator, bound.number))
    if links.bounds:
        # The measure of a bound is not what is asked for.
        bounded = {f.ref for f in scene.filters if f.operator in ("<", "<=", ">", ">=")}
        scene.picks = [
            replace(p, column=None) if p.column in bounded and not p.value else p for p in scene.picks
        ]
    return True


def _filters_of_periods(scene: Scene, links: Links, schema: Schema) -> bool:
    dated = [p for p in scene.picks if p.column and not p.value and is_time(schema, p.column)]
    for found in links.periods:
        near = min(dated, key=lambda p: abs(p.mention.start - found.start), default=None)
        ref = near.column if near else default_date(schema, scene.root)
        within = [Filter(ref, "in", found.period)] if ref else _of_texts(schema, scene.root, found.period)
        if ref and schema.is_year(ref):
            within = _of_years(ref, found.period)
        if not within:
            return False
        scene.free_date = scene.free_date or (near is None and ref is not None)
        scene.filters += within
    whens = any(t.stem == "when" for t in links.tokens)
    for pick in dated:
        ref = pick.column
        if ref and not whens:
            # "that arrived": those that have such a date at all.
            holes = any(v is None for v in schema.column(ref).values)
            if holes and all(f.ref != ref for f in scene.filters):
                scene.filters.append(Filter(ref, "filled", None))
            scene.picks[scene.picks.index(pick)] = replace(pick, column=None)
    return True


def is_time(schema: Schema, ref: Ref) -> bool:
    """Whether a column holds dates or years."""
    return schema.column(ref).kind in DAYS or schema.is_year(ref)


def _of_years(ref: Ref, period: Period) -> list[Filter]:
    """The whole years of a period; nothing where it begins or ends within one."""
    first, last = period
    if (first and (first.month, first.day) != (1, 1)) or (last and (last.month, last.day) != (12, 31)):
        return []
    ends = [Filter(ref, ">=", float(first.year))] if first else []
    return ends + ([Filter(ref, "<=", float(last.year))] if last else [])


def _of_texts(schema: Schema, root: str, period: Period) -> list[Filter]:
    """The values of a column of quarters, months or years in words that lie within a period."""
    for ref in schema.columns(root, "VARCHAR"):
        values = sorted({str(value) for value in schema.column(ref).values if value is not None})
        if not 0 < len(values) <= MAX_PERIODS:
            continue
        spans = [found for value in values if len(found := periods(tokens(value))) == 1]
        if len(spans) < len(values):
            continue
        return [
            Filter(ref, "=", v)
            for v, (one,) in zip(values, spans, strict=True)
            if _within(one.period, period)
        ]
    return []


def _within(part: Period, whole: Period) -> bool:
    starts = whole.first is None or (part.first is not None and part.first >= whole.first)
    return starts and (whole.last is None or (part.last is not None and part.last <= whole.last))


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


def is_money(unit: str) -> bool:
    """Whether a unit is a currency, or thousands or millions of one.

    >>> is_money("EUR"), is_money("NOK million"), is_money("kg")
    (True, True, False)
    """
    return len(unit[:3]) == 3 and unit[:3].isupper() and unit[3:4] in ("", " ")
