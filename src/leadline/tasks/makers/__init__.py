"""Task makers: one file per idea, each with `make(world, library, n, seed) -> Iterator[Item]`.

The file name (with dashes) is the KIND of `leadline tasks make KIND`; there is no second list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from leadline.errors import NotFound
from leadline.tasks.item import Item
from leadline.tasks.render.library import Library
from leadline.tasks.world import World

Maker = Callable[[World, Library, int, int], Iterator[Item]]


def kinds() -> list[str]:
    """The names of all makers."""
    return sorted(path.stem.replace("_", "-") for path in Path(__file__).parent.glob("[a-z]*.py"))


def maker(kind: str) -> Maker:
    """The maker of a kind, or NotFound with near matches."""
    if kind not in kinds():
        raise NotFound("kind of task", kind, kinds())
    make: Maker = import_module(f"{__name__}.{kind.replace('-', '_')}").make
    return make
