"""A picture generator that draws emblems: it follows a prompt's words, copies what its references show, and makes up
the rest from what it is used to. Drawn with Pillow; `look_of` reads a picture's pixels back.

It stands for a diffusion model where every fact of the picture has to be checked exactly.
"""

from __future__ import annotations

import io
import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from leadline.environments.emblems import COLOURS, GROUNDS, MOST, SHAPES, Look
from leadline.errors import need

SIDE, CELL = 160, 28
USUAL = {"shape": ("disc", "disc", "disc", "square"), "colour": ("red", "red", "blue"), "number": (1, 1, 3)}
"""What it draws when nothing is said, as often as it stands here."""
USUAL_MOTTOS, USUAL_YEARS = ("FIAT LUX", "CARPE DIEM", "SEMPER IDEM"), (1700, 1800, 1900)
_GROUND = re.compile(rf"\bon an? ({'|'.join(GROUNDS)}) ground", re.IGNORECASE)
_WORDS = re.compile(r'\bwords "([^"]+)"')
_YEAR = re.compile(r"\byear (\d{4})\b")
_COPY = re.compile(r"\b(first|second|third|fourth|fifth)\s+reference\s+image", re.IGNORECASE)
_ORDINALS = ("first", "second", "third", "fourth", "fifth")


class Scene(NamedTuple):
    """Everything on a drawn picture: its scene graph."""

    ground: str
    look: Look
    motto: str
    year: int | None
    crowded: bool
    """The lettering does not fit the picture."""


class Drawn(NamedTuple):
    """A picture, and what is in it: the checker sees the scene and need not guess."""

    scene: Scene
    image: Any
    """A Pillow image in RGB."""


def generate(prompt: str, references: Sequence[Any], rng: random.Random) -> Drawn:
    """Draw a prompt with reference pictures (Pillow images). Draws from `rng` in the same order whatever is asked."""
    guessed = Look(rng.choice(USUAL["shape"]), rng.choice(USUAL["colour"]), rng.choice(USUAL["number"]))  # type: ignore[arg-type]
    ground, motto, year = rng.choice(list(GROUNDS)), rng.choice(USUAL_MOTTOS), rng.choice(USUAL_YEARS)
    copied = _COPY.search(prompt)
    place = _ORDINALS.index(copied[1].lower()) if copied else len(references)
    look = look_of(references[place]) if place < len(references) else guessed
    if said := _GROUND.search(prompt):
        ground = said[1].lower()
    if "without any lettering" in prompt:
        return draw(ground, look or guessed)
    words, dated = _WORDS.search(prompt), _YEAR.search(prompt)
    return draw(ground, look or guessed, words[1] if words else motto, int(dated[1]) if dated else year)


def draw(ground: str, look: Look, motto: str = "", year: int | None = None) -> Drawn:
    """Shapes in a row, lettering below."""
    images, drawing = need("PIL.Image", "docs", "Drawing"), need("PIL.ImageDraw", "docs", "Drawing")
    image = images.new("RGB", (SIDE, SIDE), GROUNDS[ground])
    left = (SIDE - look.number * CELL) // 2
    for i in range(look.number):
        stamp = images.fromarray((255 * stencils()[look.shape]).astype(np.uint8))
        image.paste(COLOURS[look.colour], (left + i * CELL + 2, SIDE // 2 - CELL), stamp)
    pen, lettering = drawing.Draw(image), f"{motto} {year or ''}".strip()
    width = pen.textlength(lettering)
    pen.text(((SIDE - width) / 2, SIDE - 30), lettering, fill=(0, 0, 0))
    return Drawn(Scene(ground, look, motto, year, width > SIDE - 8), image)


@cache
def stencils() -> dict[str, Any]:
    """[24, 24] bool of every shape."""
    size = CELL - 4
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    radius = np.hypot(x, y)
    masks = (
        radius <= size / 2, np.ones_like(x, bool), abs(x) <= (y + size / 2) / 2,
        np.minimum(abs(x), abs(y)) <= size / 8, (radius <= size / 2) & (radius >= size / 4),
    )  # fmt: skip
    return dict(zip(SHAPES, masks, strict=True))


def look_of(image: Any) -> Look | None:
    """Shape, colour and number of the emblem in a picture without lettering, from its pixels; None without one."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    names = list(COLOURS)
    palette = np.array([COLOURS[name] for name in names] + [GROUNDS[name] for name in GROUNDS])
    nearest = np.abs(pixels[:, :, None] - palette).sum(-1).argmin(-1)
    inked = nearest < len(names)
    columns = np.flatnonzero(np.diff(np.pad(inked.any(0).astype(int), 1)))
    pieces = [(int(a), int(b)) for a, b in columns.reshape(-1, 2)]
    if not 1 <= len(pieces) <= MOST:
        return None
    first = inked[:, slice(*pieces[0])]
    rows = np.flatnonzero(first.any(1))
    piece = first[rows[0] : rows[-1] + 1]
    colour = Counter(nearest[inked].tolist()).most_common(1)[0][0]
    return Look(max(SHAPES, key=lambda shape: _overlap(piece, stencils()[shape])), names[colour], len(pieces))


def _overlap(piece: Any, stencil: Any) -> float:
    """Intersection over union after the piece was brought to the stencil's size."""
    size = len(stencil)
    y, x = (np.linspace(0, n - 1, size).round().astype(int) for n in piece.shape)
    scaled = piece[np.ix_(y, x)]
    return float((scaled & stencil).sum() / (scaled | stencil).sum())


def png(image: Any) -> bytes:
    """A Pillow image as a file."""
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return packed.getvalue()
