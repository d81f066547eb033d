"""Choosing one reading: a root table and what is to be computed over its rows.

Each table is tried as the root (`scene`); the one that needs the fewest joins wins. No root, or a choice
between equals that would give different figures, means no answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from leadline.agents.tables import readings
from leadline.agents.tables.filters import Filter
from leadline.agents.tables.lexicon import MONEY
from leadline.agents.tables.link import Links
from leadline.agents.tables.measures import DAYS, is_money, outgoing
from leadline.agents.tables.nouns import asks_for_list
from leadline.agents.tables.scene import Scene, stage
from leadline.agents.tables.schema import Ref, Schema, title_words


@dataclass(frozen=True)
class Plan:
    """SELECT aggregate(metric) by keys, best first, under filters."""

    root: str
    filters: tuple[Filter, ...]
    aggregate: str = ""
    """count, distinct, sum, avg, max, min, gaps (rows without a value), or empty: show the rows."""
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
    kinds = [readings.counted, readings.computed, readings.looked_up, readings.listed]
    if asks_for_list(links):
        kinds.insert(0, readings.listed)
    if links.compared:
        kinds = [readings.compared]
    elif superlative:
        kinds = [readings.winner]
    plan = next((p for reading in kinds if (p := reading(links, schema, scene, base))), None)
    spends = outgoing(links, scene.picks) and not links.compared
    if (
        plan is None
        or (spends and (plan.metric is None or not _flows(schema, plan.metric)))
        or (links.has("group") and (superlative or not plan.keys))
        or (links.has("count") and links.has("avg"))
    ):
        return None
    return plan


def _flows(schema: Schema, ref: Ref) -> bool:
    """Whether a column is of money."""
    column = schema.column(ref)
    return is_money(column.unit) or bool(MONEY & {word.stem for word in title_words(column)})


def date_choices(plan: Plan, schema: Schema) -> Iterator[Plan]:
    """The same plan by the other dates of its root, when the question does not say which date it means."""
    if plan.free_date:
        for other in schema.columns(plan.root, *DAYS):
            moved = tuple(replace(f, ref=other) if f.operator == "in" else f for f in plan.filters)
            if moved != plan.filters:
                yield replace(plan, filters=moved)
