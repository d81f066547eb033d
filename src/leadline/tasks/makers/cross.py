"""Analytic tasks that need several sources at once (DataCross, arXiv:2601.21403, reverse synthesis).

The insights come first; sources are generated so that they follow: a fact table (CSV), a dimension table (SQLite),
a profile (JSON) and, for hard tasks, the cause of the extreme only in a picture of a table. `needs` says which
sources an insight takes, so that "really cross-source" can be checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from leadline.tasks.item import Item
from leadline.tasks.names import word
from leadline.tasks.render.library import Library
from leadline.tasks.schema import FIELDS
from leadline.tasks.world import World

MONTHS = tuple(f"2023-{m:02d}" for m in range(1, 13))


class Sources(NamedTuple):
    """Tables as (columns, rows); `picture` is the cause table, drawn only in hard tasks."""

    facts: tuple[tuple[str, ...], list[tuple[str, str, int]]]
    dimension: tuple[tuple[str, ...], list[tuple[str, str]]]
    profile: dict[str, str]
    picture: tuple[tuple[str, ...], list[tuple[str, str]]] | None


class Insight(NamedTuple):
    type: str
    text: str
    needs: tuple[str, ...]


def make(world: World, library: Library, n: int, seed: int = 0) -> Iterator[Item]:
    """`n` tasks, easy and hard in turn; metadata carries sources and gold insights with their needs."""
    for number in range(n):
        rng = np.random.default_rng([world.seed, seed, 20, number])
        sources, insights = plant(rng, hard=number % 2 == 1)
        yield Item(
            f"cross-{world.seed}-{seed}-{number}", "cross",
            f"Analyse the {sources.profile['domain']} figures of {sources.profile['company']} for 2023: what stands "
            "out, when, and why?",
            tuple(f"{i.type}: {i.text}" for i in insights), "text", (), None,
            {
                "tier": "hard" if sources.picture else "easy",
                "sources": {"facts": sources.facts, "dimension": sources.dimension, "profile": sources.profile,
                            "picture": sources.picture},
                "needs": [list(i.needs) for i in insights],
            },
        )  # fmt: skip


def plant(rng: np.random.Generator, *, hard: bool) -> tuple[Sources, list[Insight]]:
    """Insights first, then sources from which each follows by computation."""
    sites = [word(rng, 3) for _ in range(5)]
    regions = [word(rng, 2) for _ in range(2)]
    home = {site: regions[i % 2] for i, site in enumerate(sites)}
    cause = {site: f"{FIELDS[int(rng.integers(len(FIELDS)))]} campaign" for site in sites}
    star, peak = sites[int(rng.integers(5))], int(rng.integers(12))
    level = {site: int(rng.integers(80, 160)) for site in sites}
    rows = [
        (month, site, level[site] * (4 if (site, m) == (star, peak) else 1) + int(rng.integers(10)))
        for m, month in enumerate(MONTHS)
        for site in sites
    ]
    totals = {site: sum(v for _, s, v in rows if s == site) for site in sites}
    by_region = {r: sum(t for s, t in totals.items() if home[s] == r) for r in regions}
    top = max(sites, key=lambda s: (totals[s], s))
    best = max(regions, key=lambda r: (by_region[r], r))
    where = "picture" if hard else "dimension"
    height = max(v for _, s, v in rows if s == star)
    insights = [
        Insight("Extreme", f"{star} peaks in {MONTHS[peak]} with {height} units.", ("facts",)),
        Insight("Comparison", f"{top} has the highest total with {totals[top]} units.", ("facts",)),
        Insight("Trend", f"Region {best} leads with {by_region[best]} units in all.", ("facts", "dimension")),
        Insight("Attribution", f"The peak of {star} coincides with its {cause[star]}.", ("facts", where)),
    ]  # fmt: skip
    dimension = [(s, home[s] if hard else f"{home[s]}; {cause[s]}") for s in sites]
    profile = {"company": word(rng, 3), "domain": "sales", "unit": "units", "year": "2023"}
    picture = (("site", "campaign"), [(s, cause[s]) for s in sites]) if hard else None
    return Sources(
        (("month", "site", "value"), rows), (("site", "region"), dimension), profile, picture
    ), insights


def analyse(
    sources: Sources,
    *,
    use_picture: bool = True,
    cross: bool = True,
    read_picture: list[tuple[str, str]] | None = None,
) -> list[str]:
    """A scripted analyst of fixed ability: it computes what its sources allow and states only that.

    `cross` joins the fact table with the others; without it each source is summarised alone. `read_picture` is
    what OCR made of the picture (default: the drawn cells themselves).
    """
    rows = sources.facts[1]
    sites = sorted({s for _, s, _ in rows})
    totals = {s: sum(v for _, t, v in rows if t == s) for s in sites}
    star_row = max(rows, key=lambda r: r[2] / totals[r[1]])
    top = max(sites, key=lambda s: (totals[s], s))
    said = [
        f"{star_row[1]} peaks in {star_row[0]} with {star_row[2]} units.",
        f"{top} has the highest total with {totals[top]} units.",
    ]
    if not cross:
        return said
    region = {site: text.split("; ")[0] for site, text in sources.dimension[1]}
    sums = {r: sum(t for s, t in totals.items() if region[s] == r) for r in sorted(set(region.values()))}
    best = max(sums, key=lambda r: (sums[r], r))
    said.append(f"Region {best} leads with {sums[best]} units in all.")
    causes = {site: text.split("; ")[1] for site, text in sources.dimension[1] if "; " in text}
    if sources.picture and use_picture:
        causes.update(dict(sources.picture[1] if read_picture is None else read_picture))
    if star_row[1] in causes:
        said.append(f"The peak of {star_row[1]} coincides with its {causes[star_row[1]]}.")
    return said
