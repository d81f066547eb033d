"""Drawn photographs, mosaics of four, and the question which picture one tile is (DeepMMSearch-R1, arXiv:2510.12801).

A photo is a sky and a ground in two colours with objects and a texture on them; no two are alike. Real ones can take
their place: `photos_in(folder)`. A query never shows a photo as it is in the index: it is flipped and cut first.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from leadline.errors import SourceError, UsageError, need
from leadline.models.embed import Vectors
from leadline.models.embed_pictures import PictureEmbedder
from leadline.retrieval.dense import DenseIndex

SIDE, TILE, PART = 160, 80, 128
"""Pixels of a photo and of a mosaic's tile; a perturbed copy shows PART of SIDE each way."""
PLACES = ("top left", "top right", "bottom left", "bottom right")
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def photo(seed: int, number: int) -> Any:
    """A Pillow image of SIDE x SIDE pixels; the same for the same seed and number."""
    images: Any = need("PIL.Image", "docs", "Drawing photos")
    draw_on: Any = need("PIL.ImageDraw", "docs", "Drawing photos")
    rng = np.random.default_rng([seed, number, 51])
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    tilt = y + rng.uniform(-0.4, 0.4) * x
    colours = rng.uniform(0.1, 0.9, (2, 3))
    level = np.clip((tilt - rng.uniform(0.2, 0.8)) * rng.uniform(1, 6) + 0.5, 0, 1)[..., None]
    ground = colours[0] * (1 - level) + colours[1] * level
    angle, pitch = rng.uniform(0, np.pi), rng.uniform(8, 40)
    waves = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi * pitch)
    ground = ground + rng.uniform(0, 0.12) * waves[..., None]
    picture = images.fromarray((np.clip(ground, 0, 1) * 255).astype(np.uint8))
    pen = draw_on.Draw(picture)
    for _ in range(rng.integers(2, 6)):
        _object(pen, rng)
    noisy = np.asarray(picture, np.float32) + rng.normal(0, 6, (SIDE, SIDE, 3))
    return images.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def _object(pen: Any, rng: np.random.Generator) -> None:
    """A filled ellipse, box or triangle of random colour, place and size."""
    cx, cy = rng.uniform(0.1, 0.9, 2) * SIDE
    w, h = rng.uniform(0.08, 0.3, 2) * SIDE
    fill = tuple(int(c) for c in rng.integers(0, 256, 3))
    kind = rng.integers(3)
    if kind == 0:
        pen.ellipse((cx - w, cy - h, cx + w, cy + h), fill)
    elif kind == 1:
        pen.rectangle((cx - w, cy - h, cx + w, cy + h), fill)
    else:
        pen.polygon([(cx, cy - h), (cx - w, cy + h), (cx + w, cy + h)], fill)


def photos_in(folder: Path, n: int) -> list[Any]:
    """The first n photos of a folder by name, the central square of each as SIDE x SIDE. UsageError where there are
    fewer."""
    images: Any = need("PIL.Image", "docs", "Reading photos")
    operations: Any = need("PIL.ImageOps", "docs", "Reading photos")
    files = sorted(p for p in folder.glob("*") if p.suffix.lower() in PHOTO_SUFFIXES)[:n]
    if len(files) < n:
        raise UsageError(
            f"{folder} holds {len(files)} photos; {n} are needed.", remedy="Name another folder."
        )
    found = []
    for file in files:
        with images.open(file) as image:
            found.append(operations.fit(image.convert("RGB"), (SIDE, SIDE)))
    return found


@lru_cache(maxsize=4)
def photo_pool(n: int, seed: int) -> tuple[Any, ...]:
    """n photos: drawn ones, or those of the folder that the environment variable LEADLINE_PHOTOS names."""
    folder = os.environ.get("LEADLINE_PHOTOS", "")
    return tuple(photos_in(Path(folder), n)) if folder else tuple(photo(seed, i) for i in range(n))


def perturbed(image: Any, rng: np.random.Generator) -> Any:
    """A copy that shows a random part, flipped half of the time: what the identical photo would find is no finding."""
    operations: Any = need("PIL.ImageOps", "docs", "Drawing photos")
    x, y = (int(v) for v in rng.integers(0, SIDE - PART + 1, 2))
    part = image.crop((x, y, x + PART, y + PART))
    return operations.mirror(part) if rng.random() < 0.5 else part


def mosaic(photos: Sequence[Any], rng: np.random.Generator) -> Any:
    """Perturbed copies of four photos in a square of 2 x 2 tiles, in the order of PLACES."""
    images: Any = need("PIL.Image", "docs", "Drawing photos")
    whole = images.new("RGB", (2 * TILE, 2 * TILE))
    for place, image in enumerate(photos):
        whole.paste(perturbed(image, rng).resize((TILE, TILE)), tile_box(place)[:2])
    return whole


def tile_box(place: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the tile at a place of PLACES.

    >>> tile_box(1)
    (80, 0, 160, 80)
    """
    x, y = place % 2 * TILE, place // 2 * TILE
    return x, y, x + TILE, y + TILE


def place_of(expression: str) -> int:
    """The place of PLACES that a referring expression names: grounding for mosaics. SourceError where it names none.

    >>> place_of("the bird at the upper right")
    1
    """
    words = set(
        expression.lower().replace("-", " ").replace("upper", "top").replace("lower", "bottom").split()
    )
    for number, place in enumerate(PLACES):
        if words >= set(place.split()):
            return number
    raise SourceError(f"No place is named in {expression!r}.", remedy=f"Say one of: {', '.join(PLACES)}.")


def jpeg(image: Any) -> bytes:
    """The bytes of a file, as a page would have it."""
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=90)
    return packed.getvalue()


class Recall(NamedTuple):
    """Share of queries whose photo is found first, and among the first five."""

    at_1: float
    at_5: float


def tile_recall(
    photos: Sequence[Any], embedder: PictureEmbedder, n: int, rng: np.random.Generator
) -> dict[Literal["whole", "crop"], Recall]:
    """Recall of n searches for one tile of a mosaic among all photos: with the whole mosaic, and with the tile that a
    referring expression names."""
    index = DenseIndex([str(i) for i in range(len(photos))], embedder.encode(photos))
    chosen = [rng.choice(len(photos), 4, replace=False) for _ in range(n)]
    mosaics = [mosaic([photos[i] for i in four], rng) for four in chosen]
    places = rng.integers(0, 4, n)
    truth = [str(four[place]) for four, place in zip(chosen, places, strict=True)]
    tiles = [whole.crop(tile_box(int(place))) for whole, place in zip(mosaics, places, strict=True)]
    return {
        "whole": recall(index, embedder.encode(mosaics), truth),
        "crop": recall(index, embedder.encode(tiles), truth),
    }


def recall(index: DenseIndex, queries: Vectors, truth: Sequence[str]) -> Recall:
    """How often the right photo is the first, or among the first five, for each query."""
    found = [[hit.id for hit in hits] for hits in index.search_vectors(queries, 5)]
    return Recall(
        float(np.mean([right == ids[0] for right, ids in zip(truth, found, strict=True)])),
        float(np.mean([right in ids for right, ids in zip(truth, found, strict=True)])),
    )
