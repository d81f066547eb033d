"""Choosing one reading: a root table and what is to be computed over its rows.

Each table is tried as the root (`scene`); the one that needs the fewest joins wins. No root, or a choice
between equals that would give different figures, means no answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from leadline.agents.tables.compare import adds_up
from leadline.agents.tables.filters import Filter
from leadline.agents.tables.lexicon import NUMBER_WORDS, SOFT, stem
from leadline.agents.tables.link import Links
from leadline.agents.tables.scene import DAYS, Pick, Scene, is_time, sole_measure, stage
from leadline.agents.tables.schema import Ref, Schema

MAX_LISTED = 30
"""Names of rows that one sentence lists."""


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
    unit: str = ""
    """Of the metric, where another column says it."""
    lists: bool = False
    """Every row is asked for: several are no doubt."""
    compared: bool = False
    """Values that the question names are set side by side, the first in `order` first."""

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


def _intend(links: Links, schema: Schema, scene: Scene) -> Plan | None:
    base = Plan(scene.root, tuple(scene.filters), confidence=scene.confidence, free_date=scene.free_date)
    # A superlative, or an average of counts, that is not understood must not pass as something simpler.
    superlative = links.has("max", "min")
    readings = (_winner,) if superlative else (_counted, _computed, _looked_up, _listed)
    readings = (_compared,) if links.compared else readings
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
    if key is None and links.tokens[0].stem in ("who", "whose"):
        key = _key(Pick(scene.picks[0].mention, table=scene.root), schema) if scene.picks else None
    base = replace(base, order=order.kind, limit=links.limit)
    if counting:
        return replace(base, aggregate="count", keys=(key,)) if key and not metrics else None
    return _best_by_measure(links, schema, scene, base, key)


def _compared(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """Values of one column side by side, by a figure of theirs or by how many rows each has."""
    starts = {mention.start for mention in links.compared}
    key = next(p.column for p in scene.picks if p.mention.start in starts)
    word, metrics = next(i for i in links.intents if i.kind in ("max", "min")), _metrics(scene, schema)
    if key is None or len({p.column for p in metrics}) > 1:
        return None
    base = replace(base, keys=(key,), order=word.kind, limit=len(links.compared), compared=True)
    more_rows = any(p.table == scene.root and _follows(p, word.end, links, scene, 1) for p in scene.picks)
    if links.has("count") or more_rows:
        return None if metrics or key in schema.unique else replace(base, aggregate="count")
    metric = metrics[0].column if metrics else sole_measure(schema, scene.root, links)
    if metric is None or is_time(schema, metric):
        return None
    if key in schema.unique:
        return replace(base, metric=metric)
    if not (links.has("sum", "avg") or adds_up(schema, metric, links)):
        return None  # the higher one of many measurements: the highest, the last, the mean?
    return replace(base, metric=metric, aggregate="avg" if links.has("avg") else "sum")


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
    if is_time(schema, metric):
        aggregate = "" if key in schema.unique else base.order
    elif not aggregate and key not in schema.unique:
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
    # Who has a row that is not late may have late ones, too.
    if key not in schema.unique and any(f.operator in ("!=", "empty") for f in base.filters):
        return None
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


def _listed(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """Rows by name: which invoices are overdue, which ships were built before 2000."""
    asked = _asked(_nouns(scene, schema), links)
    if asked is None or not base.filters or _metrics(scene, schema) or links.has("group"):
        return None
    key = _key(asked, schema)
    if key not in schema.unique or key.table != scene.root:
        return None
    return replace(base, keys=(key,), limit=MAX_LISTED, lists=True)


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
