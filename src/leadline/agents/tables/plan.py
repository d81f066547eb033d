"""Choosing one reading: a root table, the meaning of every mention in it, and what is to be computed.

Each table is tried as the root. A root must give every mention a meaning in itself or in tables whose keys
it refers to; the root that needs the fewest joins wins. No root, or a choice between equals that would give
different figures, means no answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from leadline.agents.tables.lexicon import NUMBER_WORDS, SOFT, stem
from leadline.agents.tables.link import Links, Mention
from leadline.agents.tables.periods import Period
from leadline.agents.tables.schema import Join, Ref, Schema, keys
from leadline.evidence.model import Cell

DAYS = ("DATE", "TIMESTAMP")
JOIN_COST, TABLE_GAIN, SHORT_COST, SCAN_COST = 1.0, 1.0, 0.25, 0.5
NEAR = 3
"""So many soft words may stand between a value and the name of its column ("managed by Tomas Reyle")."""


@dataclass(frozen=True)
class Filter:
    ref: Ref
    operator: str
    """=, <, <=, >, >=, in (period) or filled."""
    value: Cell | Period


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


@dataclass(frozen=True)
class Plan:
    """SELECT aggregate(metric) by keys, best first, under filters."""

    root: str
    filters: tuple[Filter, ...]
    aggregate: str = ""
    """count, distinct, sum, avg, max, min, or empty: show the rows."""
    metric: Ref | None = None
    keys: tuple[Ref, ...] = ()
    order: str = ""
    """max or min: only the winners."""
    limit: int = 1
    confidence: float = 1.0
    free_date: bool = False

    @property
    def refs(self) -> list[Ref]:
        return [f.ref for f in self.filters] + list(self.keys) + ([self.metric] if self.metric else [])


def plans(links: Links, schema: Schema) -> list[Plan]:
    """The readings of the cheapest roots; more than one when roots tie."""
    if links.unexplained:
        return []
    scenes = [scene for root in schema.tables if (scene := stage(links, schema, root))]
    made = [(scene.cost, plan) for scene in scenes if (plan := _intend(links, schema, scene))]
    least = min((cost for cost, _ in made), default=0.0)
    return [plan for cost, plan in made if cost <= least + 1e-9]


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
    _filters_of_values(scene, links)
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
    dated = [p for p in scene.picks if p.column and not p.value and schema.column(p.column).kind in DAYS]
    for found in links.periods:
        near = min(dated, key=lambda p: abs(p.mention.start - found.start), default=None)
        ref = near.column if near else default_date(schema, scene.root)
        if ref is None:
            return False
        scene.free_date = scene.free_date or near is None
        scene.filters.append(Filter(ref, "in", found.period))
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


def default_date(schema: Schema, root: str) -> Ref | None:
    """The date that a table's rows are of: the one named like the table (shipments: shipped), else the first."""
    days = schema.columns(root, *DAYS)
    alike = [r for r in days if stem(r.column.split("_")[0]) == stem(root.split("_")[-1])]
    return (alike or days or [None])[0]  # type: ignore[list-item]


def sole_measure(schema: Schema, root: str, links: Links) -> Ref | None:
    """The column that a figure without a name must mean: the implied one, else the only column of money."""
    numbers = schema.measures(root)
    for word in links.implied:
        named = [r for r in numbers if stem(word) in map(stem, r.column.split("_"))]
        if named:
            return named[0]
    money = [r for r in numbers if len(schema.column(r).unit) == 3 and schema.column(r).unit.isupper()]
    return money[0] if len(money) == 1 else None


# ---- what is asked for --------------------------------------------------------------------------------


def _intend(links: Links, schema: Schema, scene: Scene) -> Plan | None:
    base = Plan(scene.root, tuple(scene.filters), confidence=scene.confidence, free_date=scene.free_date)
    # A superlative, or an average of counts, that is not understood must not pass as something simpler.
    superlative = links.has("max", "min")
    readings = (_winner,) if superlative else (_counted, _computed, _looked_up)
    plan = next((p for reading in readings if (p := reading(links, schema, scene, base))), None)
    if (
        plan is None
        or (links.has("group") and (superlative or not plan.keys))
        or (links.has("count") and links.has("avg"))
    ):
        return None
    return plan


def _metrics(scene: Scene, schema: Schema) -> list[Pick]:
    return [p for p in scene.picks if p.column and not p.value and schema.is_measure(p.column)]


def _nouns(scene: Scene, schema: Schema) -> list[Pick]:
    return [
        p for p in scene.picks
        if not p.value and (p.table or (p.column and schema.column(p.column).kind == "VARCHAR"))
    ]  # fmt: skip


def _key(pick: Pick, schema: Schema) -> Ref | None:
    """The column that names what a noun speaks of: itself, or the naming column of its table."""
    if pick.column:
        return pick.column
    unique = [r for r in schema.columns(pick.table, "VARCHAR") if r in schema.unique]
    alike = [r for r in unique if stem(r.column) == stem(pick.table.split("_")[-1])]
    return (alike or unique or [None])[0]  # type: ignore[list-item]


def _follows(pick: Pick, end: int, links: Links, scene: Scene, gap: int = 2) -> bool:
    """The mention stands right after a position; values ("late shipments") and a few soft words may be between."""
    if pick.mention.start < end:
        return False
    filled = {at for p in scene.picks if p.value for at in range(p.mention.start, p.mention.end)}
    filled |= {at for i in links.intents if i.kind == "distinct" for at in range(i.start, i.end)}
    filled |= {
        at for at, t in enumerate(links.tokens) if links.taken[at] and (t.number or t.plain in NUMBER_WORDS)
    }
    between = [at for at in range(end, pick.mention.start) if at not in filled]
    return len(between) <= gap and all(links.tokens[at].stem in SOFT for at in between)


def _asked(picks: list[Pick], links: Links) -> Pick | None:
    """The noun right after which or what ("for which supplier", "what project", "which three suppliers")."""
    for pick in picks:
        at = pick.mention.start - 1
        if at > 0 and (links.tokens[at].number is not None or links.tokens[at].plain in NUMBER_WORDS):
            at -= 1
        if at >= 0 and links.tokens[at].stem in ("which", "what", "whose"):
            return pick
    return None


def _winner(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """Superlatives: the best group, the best row, or the best value."""
    order = next((i for i in links.intents if i.kind in ("max", "min")), None)
    if order is None:
        return None
    nouns, metrics = _nouns(scene, schema), _metrics(scene, schema)
    after = next((p for p in nouns if _follows(p, order.end, links, scene, 1)), None)
    asked = _asked(nouns, links)
    counted = next((i for i in links.intents if i.kind == "count"), None)
    counting = counted is not None or (
        asked is not None and after is not None and not metrics and not links.implied
    )
    value_wanted = any(_follows(p, order.end, links, scene, 1) for p in metrics) or links.has("plain")
    if (
        asked is None
        and after
        and not value_wanted
        and (counted is None or counted.start >= after.mention.end)
    ):
        asked = after
    key = _key(asked, schema) if asked else None
    base = replace(base, order=order.kind, limit=links.limit)
    if counting:
        return replace(base, aggregate="count", keys=(key,)) if key and not metrics else None
    return _best_by_measure(links, schema, scene, base, key)


def _best_by_measure(links: Links, schema: Schema, scene: Scene, base: Plan, key: Ref | None) -> Plan | None:
    metrics = _metrics(scene, schema)
    metric = metrics[0].column if metrics else sole_measure(schema, scene.root, links)
    if metric is None or len({p.column for p in metrics}) > 1:
        return None
    sure = base.confidence * (1.0 if metrics or links.implied else 0.85)
    if key is None:
        others = [p for p in _nouns(scene, schema) if p.table != scene.root]
        if base.limit > 1 or (not metrics and others):
            return None
        return replace(base, aggregate=base.order, metric=metric, order="", confidence=sure)
    aggregate = "sum" if links.has("sum") else "avg" if links.has("avg") else ""
    if not aggregate and key not in schema.unique:
        # "the supplier with the highest freight": one shipment or all of them? Said aloud, and flagged.
        aggregate, sure = "sum", sure * 0.65
    return replace(base, aggregate=aggregate, metric=metric, keys=(key,), confidence=sure)


def _counted(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    count = next((i for i in links.intents if i.kind == "count"), None)
    if count is None:
        return None
    nouns = _nouns(scene, schema)
    start = max(
        [count.end]
        + [i.end for i in links.intents if i.kind in ("distinct", "sum") and i.start <= count.end + 1]
    )
    what = next((p for p in nouns if _follows(p, start, links, scene, 3)), None)
    metrics = _metrics(scene, schema)
    if what is None:
        unit = next((p for p in metrics if _follows(p, start, links, scene, 1)), None)
        return (
            replace(base, aggregate="sum", metric=unit.column, confidence=base.confidence * 0.8)
            if unit
            else None
        )
    if metrics:
        return None  # "how many shipments had a weight": of what?
    rest = [p for p in nouns if p is not what]
    keys, extra = _grouping(rest, links, schema, scene)
    base = replace(base, keys=keys, limit=20, confidence=base.confidence * _loose(extra, base, schema, scene))
    if what.table == scene.root:
        return replace(base, aggregate="count")
    key = _key(what, schema)
    return replace(base, aggregate="distinct", metric=key) if key else None


def _computed(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    kind = "avg" if links.has("avg") else "sum" if links.has("sum") else ""
    if not kind:
        return None
    metrics = _metrics(scene, schema)
    named = {p.column for p in metrics}
    metric = metrics[0].column if metrics else sole_measure(schema, scene.root, links)
    if metric is None or len(named) > 1:
        return None
    keys, extra = _grouping(_nouns(scene, schema), links, schema, scene)
    sure = base.confidence * _loose(extra, base, schema, scene) * (1.0 if metrics else 0.85)
    return replace(base, aggregate=kind, metric=metric, keys=keys, limit=20, confidence=sure)


def _looked_up(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """A cell: the price of an item, the manager of a project, the day on which it started."""
    if not any(f.operator == "=" for f in base.filters):
        return None
    shown = _metrics(scene, schema) or (
        [p] if (p := _asked(_nouns(scene, schema), links)) else _nouns(scene, schema)
    )
    if any(t.stem == "when" for t in links.tokens):
        shown = [p for p in scene.picks if p.column and not p.value and schema.column(p.column).kind in DAYS]
    refs = list(dict.fromkeys(r for p in shown if (r := p.column)))
    refs = [r for r in refs if all(f.ref != r for f in base.filters)]
    return replace(base, keys=(refs[0],), limit=5) if len(refs) == 1 else None


def _grouping(
    nouns: list[Pick], links: Links, schema: Schema, scene: Scene
) -> tuple[tuple[Ref, ...], list[Pick]]:
    """Nouns after "per" or "for each" are groups; the others are returned as they are."""
    ends = [i.end for i in links.intents if i.kind == "group"]
    grouped = [p for p in nouns if any(_follows(p, end, links, scene, 1) for end in ends)]
    keys = tuple(key for p in grouped if (key := _key(p, schema)))
    return keys, [p for p in nouns if p not in grouped]


def _loose(nouns: list[Pick], base: Plan, schema: Schema, scene: Scene) -> float:
    """Trust that is left when nouns stand about that neither filter nor are asked for."""
    tables = {scene.root} | {f.ref.table for f in base.filters}
    joined = {join.child for table in tables for join in schema.paths(scene.root).get(table, ())}
    loose = [
        p
        for p in nouns
        if p.table not in tables
        and (p.column is None or (p.column not in joined and p.column.table == scene.root))
    ]
    return float(0.7 ** len(loose))


def date_choices(plan: Plan, schema: Schema) -> Iterator[Plan]:
    """The same plan by the other dates of its root, when the question does not say which date it means."""
    if plan.free_date:
        for other in schema.columns(plan.root, *DAYS):
            moved = tuple(replace(f, ref=other) if f.operator == "in" else f for f in plan.filters)
            if moved != plan.filters:
                yield replace(plan, filters=moved)
