"""The same facts as pictures: bar charts and scanned forms, with the place of every value.

Pillow comes with the extra `docs`. Its bundled font is used, so that the same seed gives the same pixels on one
Pillow version.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from leadline.errors import need

Box = tuple[float, float, float, float]


class Picture(NamedTuple):
    """PNG bytes and, for each written text in order, its box as shares of width and height (before rotation)."""

    png: bytes
    texts: tuple[str, ...]
    boxes: tuple[Box, ...]


def scanned_form(
    title: str,
    fields: Sequence[tuple[str, str]],
    *,
    seed: int = 0,
    noise: float = 6.0,
    rotation: float = 0.7,
) -> Picture:
    """A form with one "label: value" line per field, greyed, noisy (sigma in grey levels) and turned (degrees)."""
    width, height = 1000, 160 + 62 * len(fields)
    image, draw, font = _canvas(width, height)
    texts, boxes = [title], [_write(draw, (60, 40), title, font(40), width, height)]
    for index, (label, value) in enumerate(fields):
        y = 130 + 62 * index
        draw.line([(50, y + 48), (width - 50, y + 48)], fill=150)
        for x, text in ((60, f"{label}:"), (420, value)):
            texts.append(text)
            boxes.append(_write(draw, (x, y), text, font(30), width, height))
    return Picture(_scan(image, seed, noise, rotation), tuple(texts), tuple(boxes))


def bar_chart(title: str, bars: Sequence[tuple[str, float]], *, unit: str = "", seed: int = 0) -> Picture:
    """Horizontal bars with their label and value written beside them."""
    width, height = 1000, 140 + 56 * len(bars)
    image, draw, font = _canvas(width, height)
    texts, boxes = [title], [_write(draw, (40, 30), title, font(34), width, height)]
    longest = max((value for _, value in bars), default=1.0)
    for index, (label, value) in enumerate(bars):
        y = 110 + 56 * index
        end = 360 + round(430 * value / longest)
        draw.rectangle([(360, y), (end, y + 32)], fill=120)
        for x, text in ((40, label), (end + 12, f"{value:,g} {unit}".strip())):
            texts.append(text)
            boxes.append(_write(draw, (x, y), text, font(26), width, height))
    return Picture(_scan(image, seed, 3.0, 0.0), tuple(texts), tuple(boxes))


def _canvas(width: int, height: int) -> tuple[Any, Any, Any]:
    images = need("PIL.Image", "docs", "Drawing a scan")
    fonts = need("PIL.ImageFont", "docs", "Drawing a scan")
    image = images.new("L", (width, height), 250)
    return image, need("PIL.ImageDraw", "docs", "Drawing a scan").Draw(image), fonts.load_default


def _write(draw: Any, at: tuple[int, int], text: str, font: Any, width: int, height: int) -> Box:
    draw.text(at, text, fill=25, font=font)
    x0, y0, x1, y1 = draw.textbbox(at, text, font=font)
    return (x0 / width, y0 / height, x1 / width, y1 / height)


def _scan(image: Any, seed: int, noise: float, rotation: float) -> bytes:
    images = need("PIL.Image", "docs", "Drawing a scan")
    rng = np.random.default_rng([seed, 3])
    if rotation:
        angle = float(rng.uniform(-rotation, rotation))
        image = image.rotate(angle, expand=False, fillcolor=250, resample=images.Resampling.BICUBIC)
    pixels = np.asarray(image, dtype=np.float32) + rng.normal(0, noise, (image.height, image.width))
    buffer = io.BytesIO()
    images.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(buffer, format="PNG")
    return buffer.getvalue()
