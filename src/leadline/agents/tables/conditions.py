"""Which rows a question asks about: its values, bounds and periods become filters.

A name that only introduces its value ("managed by Tomas Reyle") is dropped, and so is the measure of a bound.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadline.agents.tables.filters import NEAR, Filter
from leadline.agents.tables.lexicon import SOFT, tokens
from leadline.agents.tables.measures import default_date, is_time, sole_measure
from leadline.agents.tables.periods import Period, periods
from leadline.agents.tables.schema import Ref, Schema

if TYPE_CHECKING:
    from leadline.agents.tables.link import Links
    from leadline.agents.tables.mentions import Mention
    from leadline.agents.tables.scene import Scene

MAX_PERIODS = 200
"""Different quarters, months or years in words that a column may hold."""


def filters_of_values(scene: Scene, links: Links) -> None:
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


def filters_of_numbers(scene: Scene, links: Links) -> None:
    """Numbers that a column has become filters; the column is then not what is asked for."""
    numbers = {equal.mention: equal.number for equal in links.equals}
    for here, pick in enumerate(scene.picks):
        if pick.column and pick.mention in numbers:
            scene.filters.append(Filter(pick.column, "=", numbers[pick.mention]))
            scene.picks[here] = replace(pick, column=None)


def _close(name: Mention, value: Mention, links: Links) -> bool:
    """The name stands beside the value, and is not what is asked for ("which country is ...")."""
    low, high = sorted((name[:2], value[:2]))
    between = links.tokens[low[1] : high[0]]
    asked = name.start > 0 and links.tokens[name.start - 1].stem in ("which", "what", "who")
    return len(between) <= NEAR and all(t.stem in SOFT for t in between) and not asked


def filters_of_bounds(scene: Scene, links: Links, schema: Schema) -> bool:
    """Bounds become filters on the nearest measure; False where one has none."""
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


def filters_of_periods(scene: Scene, links: Links, schema: Schema) -> bool:
    """Periods become filters on the nearest date, or on words that name periods; False where there is neither."""
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
