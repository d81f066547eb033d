"""What the things that a question names are to it: figures, nouns, groups, or what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.agents.tables.lexicon import NUMBER_WORDS, SOFT, stem
from leadline.agents.tables.link import Links
from leadline.agents.tables.scene import Pick, Scene
from leadline.agents.tables.schema import Ref, Schema

if TYPE_CHECKING:
    from leadline.agents.tables.plan import Plan


def metrics_of(scene: Scene, schema: Schema) -> list[Pick]:
    """Columns of numbers."""
    return [p for p in scene.picks if p.column and not p.value and schema.is_measure(p.column)]


def nouns_of(scene: Scene, schema: Schema) -> list[Pick]:
    """Tables and columns of words."""
    return [
        p for p in scene.picks
        if not p.value and (p.table or (p.column and schema.column(p.column).kind == "VARCHAR"))
    ]  # fmt: skip


def key_of(pick: Pick, schema: Schema) -> Ref | None:
    """The column that names what a noun speaks of: itself, or the naming column of its table."""
    if pick.column:
        return pick.column
    unique = [r for r in schema.columns(pick.table, "VARCHAR") if r in schema.unique]
    alike = [r for r in unique if stem(r.column) == stem(pick.table.split("_")[-1])]
    return (alike or unique or [None])[0]  # type: ignore[list-item]


def follows(pick: Pick, end: int, links: Links, scene: Scene, gap: int = 2) -> bool:
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


def asked_for(picks: list[Pick], links: Links) -> Pick | None:
    """The noun right after which or what ("for which supplier", "what project", "which three suppliers"), or after
    all where a list is asked for."""
    asking = ("which", "what", "whose", *(("all", "every") if asks_for_list(links) else ()))
    for pick in picks:
        at = pick.mention.start - 1
        if at > 0 and (links.tokens[at].number is not None or links.tokens[at].plain in NUMBER_WORDS):
            at -= 1
        if at >= 0 and links.tokens[at].plain in asking:
            return pick
    return None


def asks_for_list(links: Links) -> bool:
    """Whether the question opens with "list", "name" or the like."""
    return bool(links.tokens) and links.tokens[0].plain in ("list", "name", "show", "give", "tell", "find")


def grouping(
    nouns: list[Pick], links: Links, schema: Schema, scene: Scene
) -> tuple[tuple[Ref, ...], list[Pick]]:
    """Nouns after "per" or "for each" are groups; the others are returned as they are."""
    ends = [i.end for i in links.intents if i.kind == "group"]
    grouped = [p for p in nouns if any(follows(p, end, links, scene, 1) for end in ends)]
    keys = tuple(key for p in grouped if (key := key_of(p, schema)))
    return keys, [p for p in nouns if p not in grouped]


def trust(nouns: list[Pick], base: Plan, schema: Schema, scene: Scene) -> float:
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
