"""Conditions that rows meet, and those that a question denies: "no certificate", "not from Oslo", "with a date".

A negation is read only right before what it denies: a value ("not supplied by Halvorsen"), or a column ("have no
certificate", "were not inspected"). Anything else that is denied has no answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leadline.agents.tables.lexicon import NOTHING, SOFT, stem
from leadline.agents.tables.periods import Period
from leadline.agents.tables.schema import Ref, Schema
from leadline.evidence.model import Cell

if TYPE_CHECKING:
    from leadline.agents.tables.link import Links
    from leadline.agents.tables.scene import Pick, Scene

NEAR = 3
"""So many soft words may stand between a value and the name of its column ("managed by Tomas Reyle")."""
OF_KINDS = frozenset(map(stem, ("no", "without", "lack")))
"""Negations of a column, never of a value: "no late shipments" denies that there are any."""
OF_SOME = frozenset(map(stem, ("all", "every", "each", "any", "only", "both", "just")))
"""After a negation these deny something else than a row: "not all", "not only"."""
HAVING = frozenset(map(stem, ("have", "has", "had", "having", "with")))


@dataclass(frozen=True)
class Filter:
    ref: Ref
    operator: str
    """=, !=, <, <=, >, >=, in (period), filled or empty."""
    value: Cell | Period


def deny(scene: Scene, links: Links, schema: Schema) -> bool:
    """Turn round what the negations deny; False where one of them denies nothing that can be read."""
    return all(_deny(scene, links, schema, at) for at in links.negations)


def _deny(scene: Scene, links: Links, schema: Schema, at: int) -> bool:
    after = [p for p in scene.picks if p.mention.start > at]
    if not after or not _soft(links, at + 1, after[0].mention.start):
        return False
    first, rest = after[0], after[1:]
    follows = rest[0] if rest and _soft(links, first.mention.end, rest[0].mention.start) else None
    if first.value or (follows and follows.value and not first.column and not first.table):
        values = after if first.value else rest
        return links.tokens[at].stem not in OF_KINDS and _other_than(scene, links, values)
    if first.column is None or (follows and follows.value) or _timed(links, schema, first.column):
        return False
    scene.filters.append(Filter(first.column, "empty", None))
    scene.picks[scene.picks.index(first)] = replace(first, column=None)
    return True


def _other_than(scene: Scene, links: Links, values: list[Pick]) -> bool:
    """Deny the first value, and those of its column that "or", "and" or "nor" join to it."""
    for here, pick in enumerate(values):
        joint = links.tokens[values[here - 1].mention.end : pick.mention.start] if here else ()
        if here and (
            pick.column != values[0].column or any(t.plain not in ("or", "and", "nor") for t in joint)
        ):
            break
        said = Filter(pick.column, "=", pick.value)  # type: ignore[arg-type]
        scene.filters = [replace(one, operator="!=") if one == said else one for one in scene.filters]
    return True


def _timed(links: Links, schema: Schema, ref: Ref) -> bool:
    """Whether the question also says when: "not inspected in May" may mean inspected at another time."""
    return bool(links.periods) and schema.column(ref).kind in ("DATE", "TIMESTAMP")


def _soft(links: Links, start: int, end: int) -> bool:
    between = links.tokens[start:end]
    return len(between) <= NEAR and all(t.stem in SOFT and t.stem not in OF_SOME for t in between)


def require(scene: Scene, links: Links, schema: Schema) -> None:
    """ "have a certificate", "with a certificate": the rows that have one, where not all do."""
    for here, pick in enumerate(scene.picks):
        if pick.value or pick.column is None or not _has(links, pick.mention.start):
            continue
        if any(_is_nothing(value) for value in schema.column(pick.column).values):
            scene.filters.append(Filter(pick.column, "filled", None))
            scene.picks[here] = replace(pick, column=None)


def _has(links: Links, start: int) -> bool:
    """Whether a mention stands behind "have a" or "with a"."""
    before = [token.plain for token in links.tokens[max(start - 2, 0) : start]]
    return len(before) == 2 and before[1] in ("a", "an", "any", "some") and stem(before[0]) in HAVING


def _is_nothing(value: object) -> bool:
    return value is None or str(value).strip().lower() in NOTHING
