"""The same entity-dense tasks (WebLeaper) from real tables: countries and chemical elements of two small packages.

Made worlds cannot be known beforehand; these can. They show the makers on data with missing cells, homonyms and skewed
values, and give genuine unions: one country stands in many registers. Needs the packages countryinfo (MIT) and
periodictable (public domain), which the extra `lab` installs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from leadline.errors import need
from leadline.tasks.item import Item
from leadline.tasks.makers.tables import tasks_from_trees
from leadline.tasks.render.library import Library
from leadline.tasks.trees import Tree
from leadline.tasks.world import World

Rows = dict[str, dict[str, str]]


def make(world: World, library: Library, n: int, seed: int = 0) -> Iterator[Item]:
    """`n` items over the real tables; world and library play no part."""
    rng = np.random.default_rng([seed, 21])
    yield from tasks_from_trees([*country_trees(), *element_trees()], n, rng, f"real-tables-{seed}")


@cache
def country_trees(*, least: int = 5) -> tuple[Tree, ...]:
    """Registers of countries that share a region, currency, language or neighbour, of at least `least` entries."""
    countries: Any = need("countryinfo", "lab", "Real tables of countries")
    rows: Rows = {}
    groups: dict[str, list[str]] = {}
    codes = {str(c.iso(3)): c.name() for c in countries.all_countries() if c.info().get("ISO")}
    for country in countries.all_countries():
        name, info = country.name(), country.info()
        if name in rows:
            continue
        rows[name] = _cells(info, ("capital", "region", "subregion", "area", "population", "demonym"))
        groups.setdefault(f"countries in {info.get('subregion')}", []).append(name)
        for field, label in (
            ("currencies", "that use the currency"),
            ("languages", "that speak the language"),
        ):
            for value in info.get(field) or ():
                groups.setdefault(f"countries {label} {value}", []).append(name)
        for code in info.get("borders") or ():
            groups.setdefault(f"neighbours of {codes.get(code, code)}", []).append(name)
    return _trees(rows, groups, least)


@cache
def element_trees(*, least: int = 5) -> tuple[Tree, ...]:
    """Registers of chemical elements by crystal symmetry, by density and by mass."""
    table: Any = need("periodictable", "lab", "A real table of elements")
    rows: Rows = {}
    groups: dict[str, list[str]] = {}
    for element in table.elements:
        if not element.number:
            continue
        symmetry = (getattr(element, "crystal_structure", None) or {}).get("symmetry")
        info = {
            "symbol": element.symbol,
            "number": element.number,
            "density": element.density,
            "symmetry": symmetry,
        }
        rows[element.name] = _cells(info, info)
        if symmetry:
            groups.setdefault(f"elements with the crystal symmetry {symmetry}", []).append(element.name)
        for bound in (2, 5, 10):
            if element.density and element.density >= bound:
                groups.setdefault(f"elements denser than {bound} g/cm3", []).append(element.name)
        groups.setdefault(
            f"elements number {element.number // 20 * 20} to {element.number // 20 * 20 + 19}", []
        ).append(element.name)
    return _trees(rows, groups, least)


def _cells(info: Mapping[str, Any], fields: Any) -> dict[str, str]:
    """The filled cells as text; numbers with thousands separators."""
    found = {field: info.get(field) for field in fields}
    return {k: f"{v:,}" if isinstance(v, int) else str(v) for k, v in found.items() if v not in (None, "", 0)}


def _trees(rows: Rows, groups: Mapping[str, list[str]], least: int) -> tuple[Tree, ...]:
    return tuple(
        Tree(f"register of {title}", {name: rows[name] for name in names})
        for title, names in sorted(groups.items())
        if len(names) >= least
    )
