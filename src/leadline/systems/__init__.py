"""One file per paper. `load()` finds them by their file name; there is no second list.

Papers that are specified and not yet built stand in planned.toml; a paper leaves it when its file arrives.
"""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path

from leadline.bench.system import System
from leadline.errors import NotFound
from leadline.own_file import is_own, missing
from leadline.own_file import load as load_file


def load() -> dict[str, System]:
    """Every system by slug, sorted: the built ones from their files, the planned ones from planned.toml."""
    folder = Path(__file__).parent
    cards = [
        System(slug=row["slug"], title=row["title"], paper=row["paper"])
        for row in tomllib.loads((folder / "planned.toml").read_text("utf-8")).get("system", [])
    ]
    for path in sorted(folder.glob("[a-z]*.py")):
        module = import_module(f"{__name__}.{path.stem}")
        cards += [value for value in vars(module).values() if isinstance(value, System)]
    found = {card.slug: card for card in sorted(cards, key=lambda card: card.slug)}
    assert len(found) == len(cards), "a slug is declared twice (built and still in planned.toml?)"
    return found


def get(slug: str) -> System:
    """One system by slug or by the path of its file, or NotFound with near matches."""
    if is_own(slug):
        return in_file(slug)
    cards = load()
    if slug not in cards:
        raise NotFound("system", slug, cards)
    return cards[slug]


def in_file(path: str) -> System:
    """The first system that a file of the user's own declares."""
    module = load_file(path, "system")
    card = next((value for value in vars(module).values() if isinstance(value, System)), None)
    if card is None:
        raise missing(path, "system", "experiment under the decorator system(...)")
    return card
