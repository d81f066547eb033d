"""The ways to read a question over the rows of its root: the best of them, several side by side, how many, a sum or an
average, one cell, or a list. Each is a plan, or None where the question is none of that kind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadline.agents.tables.compare import adds_up
from leadline.agents.tables.filters import Filter
from leadline.agents.tables.link import Links
from leadline.agents.tables.measures import (
    DAYS,
    both_signs,
    counts_up,
    is_time,
    outgoing,
    sole_measure,
    sums_up,
)
from leadline.agents.tables.nouns import (
    asked_for,
    asks_for_list,
    follows,
    grouping,
    key_of,
    metrics_of,
    nouns_of,
    trust,
)
from leadline.agents.tables.periods import Period
from leadline.agents.tables.scene import Pick, Scene
from leadline.agents.tables.schema import Ref, Schema

if TYPE_CHECKING:
    from leadline.agents.tables.plan import Plan

MAX_LISTED = 30
"""Names of rows that one sentence lists."""


def winner(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """Superlatives: the best group, the best row, or the best value."""
    order = next((i for i in links.intents if i.kind in ("max", "min")), None)
    if order is None:
        return None
    nouns, metrics = nouns_of(scene, schema), metrics_of(scene, schema)
    after = next((p for p in nouns if follows(p, order.end, links, scene, 1)), None)
    asked = asked_for(nouns, links)
    counted = next((i for i in links.intents if i.kind == "count"), None)
    counting = counted is not None or (
        asked is not None and after is not None and not metrics and not links.implied
    )
    value_wanted = any(follows(p, order.end, links, scene, 1) for p in metrics) or links.has("plain")
    if (
        asked is None
        and after
        and not value_wanted
        and (counted is None or counted.start >= after.mention.end)
    ):
        asked = after
    key = key_of(asked, schema) if asked else None
    if key is None and links.tokens[0].stem in ("who", "whose"):
        key = key_of(Pick(scene.picks[0].mention, table=scene.root), schema) if scene.picks else None
    base = replace(base, order=order.kind, limit=links.limit)
    if counting:
        return replace(base, aggregate="count", keys=(key,)) if key and not metrics else None
    return _best_by_measure(links, schema, scene, base, key)


def compared(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """Values of one column side by side, by a figure of theirs or by how many rows each has."""
    starts = {mention.start for mention in links.compared}
    key = next(p.column for p in scene.picks if p.mention.start in starts)
    word, metrics = next(i for i in links.intents if i.kind in ("max", "min")), metrics_of(scene, schema)
    if key is None or len({p.column for p in metrics}) > 1:
        return None
    base = replace(base, keys=(key,), order=word.kind, limit=len(links.compared), compared=True)
    more_rows = any(p.table == scene.root and follows(p, word.end, links, scene, 1) for p in scene.picks)
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
    metrics = metrics_of(scene, schema)
    metric = metrics[0].column if metrics else sole_measure(schema, scene.root, links)
    if metric is None or len({p.column for p in metrics}) > 1:
        return None
    sure = base.confidence * (1.0 if metrics or links.implied else 0.85)
    if key is None:
        others = [p for p in nouns_of(scene, schema) if p.table != scene.root]
        if base.limit > 1 or (not metrics and others):
            return None
        return replace(base, aggregate=base.order, metric=metric, order="", confidence=sure)
    aggregate = "sum" if links.has("sum") else "avg" if links.has("avg") else ""
    if aggregate == "sum" and not sums_up(schema, metric):
        return None
    if is_time(schema, metric):
        aggregate = "" if key in schema.unique else base.order
    elif not aggregate and key not in schema.unique and sums_up(schema, metric):
        # "the supplier with the highest freight": one shipment or all of them? Said aloud, and flagged.
        aggregate, sure = "sum", sure * 0.65
    return replace(base, aggregate=aggregate, metric=metric, keys=(key,), confidence=sure)


def counted(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """How many rows, how many different things, or how much of a unit."""
    count = next((i for i in links.intents if i.kind == "count"), None)
    if count is None:
        return None
    nouns = nouns_of(scene, schema)
    start = max(
        [count.end]
        + [i.end for i in links.intents if i.kind in ("distinct", "sum") and i.start <= count.end + 1]
    )
    what = next((p for p in nouns if follows(p, start, links, scene, 3)), None)
    metrics = metrics_of(scene, schema)
    if what is None:
        unit = next((p for p in metrics if follows(p, start, links, scene, 1)), None)
        if unit is None or unit.column is None:
            alone = (
                not nouns and not metrics and any(p.value and p.mention.start == start for p in scene.picks)
            )
            return replace(base, aggregate="count", confidence=base.confidence * 0.8) if alone else None
        if counts_up(schema, unit.column):  # how many runs, where a column numbers them
            return replace(base, aggregate="count") if len(metrics) == 1 else None
        return (
            replace(base, aggregate="sum", metric=unit.column, confidence=base.confidence * 0.8)
            if sums_up(schema, unit.column)
            else None
        )
    if metrics:
        return None  # "how many shipments had a weight": of what?
    rest = [p for p in nouns if p is not what]
    keys, extra = grouping(rest, links, schema, scene)
    base = replace(base, keys=keys, limit=20, confidence=base.confidence * trust(extra, base, schema, scene))
    if what.table == scene.root:
        return replace(base, aggregate="count")
    key = key_of(what, schema)
    # Who has a row that is not late may have late ones, too.
    if key not in schema.unique and any(f.operator in ("!=", "empty") for f in base.filters):
        return None
    return replace(base, aggregate="distinct", metric=key) if key else None


def computed(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """A sum or an average, by groups where they are named."""
    kind = "avg" if links.has("avg") else "sum" if links.has("sum") else ""
    if not kind:
        return None
    metrics = metrics_of(scene, schema)
    single = any(
        f.operator == "=" and f.ref in schema.unique and f.ref.table == scene.root for f in base.filters
    )
    if metrics and single:
        return None  # of one row there is nothing to add up: its cell is looked up
    named = {p.column for p in metrics}
    metric = metrics[0].column if metrics else sole_measure(schema, scene.root, links)
    if metric is None or len(named) > 1 or (kind == "sum" and not sums_up(schema, metric)):
        return None
    if outgoing(links, scene.picks) and both_signs(schema, metric):
        base = replace(base, filters=(*base.filters, Filter(metric, "<", 0.0)))
    keys, extra = grouping(nouns_of(scene, schema), links, schema, scene)
    sure = base.confidence * trust(extra, base, schema, scene) * (1.0 if metrics else 0.85)
    return replace(base, aggregate=kind, metric=metric, keys=keys, limit=20, confidence=sure)


def _is_day(one: Filter) -> bool:
    """Whether a filter is for one day."""
    return isinstance(one.value, Period) and one.value.first == one.value.last is not None


def looked_up(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """A cell: the price of an item, the manager of a project, the day on which it started."""
    if not any(f.operator == "=" or _is_day(f) for f in base.filters):
        return None
    shown = metrics_of(scene, schema) or (
        [p] if (p := asked_for(nouns_of(scene, schema), links)) else nouns_of(scene, schema)
    )
    if any(t.stem == "when" for t in links.tokens):
        shown = [p for p in scene.picks if p.column and not p.value and schema.column(p.column).kind in DAYS]
    refs = list(dict.fromkeys(r for p in shown if (r := p.column)))
    refs = [r for r in refs if all(f.ref != r for f in base.filters)]
    return replace(base, keys=(refs[0],), limit=5) if len(refs) == 1 else None


def listed(links: Links, schema: Schema, scene: Scene, base: Plan) -> Plan | None:
    """Rows by name: which invoices are overdue, which ships were built before 2000; all, where a list is asked for."""
    asked = asked_for(nouns_of(scene, schema), links)
    some = bool(base.filters) or asks_for_list(links)
    if asked is None or not some or metrics_of(scene, schema) or links.has("group"):
        return None
    key = key_of(asked, schema)
    if key not in schema.unique or key.table != scene.root:
        return None
    return replace(base, keys=(key,), limit=MAX_LISTED, lists=True)
