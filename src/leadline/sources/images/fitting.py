"""How large a picture may be when a model looks at it: sides, and bytes in base64 (LMM-Searcher's released limits)."""

from __future__ import annotations

import base64
import io
import math
import re
from typing import Any, NamedTuple

from leadline.errors import SourceError, need
from leadline.sources.types.image import READS

LONGEST, SHORTEST = 2048, 28
"""Pixels. 28 is one patch of the model's eyes."""
MAX_BASE64 = 500 * 1024
"""Characters of a picture in base64."""
QUALITIES = range(90, 29, -5)
SHRINK, ROUNDS = 0.85, 24
"""After the lowest quality each further round shrinks both sides; so many rounds in all."""
SHOWN_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")


class Fitted(NamedTuple):
    """A picture as a model is shown it."""

    data: bytes
    mime: str
    width: int
    height: int

    @property
    def data_url(self) -> str:
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}"


def image_type(data: bytes) -> str:
    """The media type that the first bytes tell; SourceError for anything but PNG, JPEG, GIF and WebP.

    >>> image_type(b"GIF89a......")
    'image/gif'
    """
    for kind in READS:
        if kind.media_type in SHOWN_TYPES and re.match(kind.opening, data[:16], re.DOTALL):
            return kind.media_type
    raise SourceError("These bytes are no PNG, JPEG, GIF or WebP picture.", remedy="Save the picture as PNG.")


def fitted_size(width: int, height: int) -> tuple[int, int]:
    """The size to show a picture at: its longest side at most 2,048, else its shortest at least 28 pixels.

    A picture more than 73 times as long as wide cannot have both, and is refused.

    >>> fitted_size(4000, 3000), fitted_size(20, 50), fitted_size(800, 600)
    ((2048, 1536), (28, 70), (800, 600))
    """
    if min(width, height) < 1:
        raise SourceError(f"A picture of {width} x {height} pixels shows nothing.")
    scale = 1.0
    if max(width, height) > LONGEST:
        scale = LONGEST / max(width, height)
    elif min(width, height) < SHORTEST:
        scale = SHORTEST / min(width, height)
    w, h = round(width * scale), round(height * scale)
    if not fits(w, h):
        raise SourceError(
            f"A picture of {width} x {height} pixels is too long and thin to be shown: at most {LONGEST} pixels one "
            f"way, it would have {w} x {h}, and {SHORTEST} are needed.",
            remedy=f"Pad its short side to {math.ceil(max(width, height) * SHORTEST / LONGEST)} pixels or more.",
        )
    return w, h


def fits(width: int, height: int) -> bool:
    """Whether a picture is shown at its own size."""
    return min(width, height) >= SHORTEST and max(width, height) <= LONGEST


def base64_length(data: bytes) -> int:
    """Characters of bytes in base64.

    >>> base64_length(b"abcd")
    8
    """
    return 4 * math.ceil(len(data) / 3)


def padded(image: Any) -> Any:
    """The picture with white below or beside it, where it is too long and thin to be shown without."""
    need_side = math.ceil(max(image.size) * SHORTEST / LONGEST)
    if min(image.size) >= need_side:
        return image
    images: Any = need("PIL.Image", "docs", "Showing pictures")
    page = images.new("RGB", (max(image.width, need_side), max(image.height, need_side)), "white")
    page.paste(image, (0, 0))
    return page


def fitted(image: Any, *, pad: bool = False, max_base64: int = MAX_BASE64) -> Fitted:
    """A Pillow image in RGB as a model is shown it: within the sides, then JPEG of falling quality, then smaller.

    `pad` fills a long and thin picture up with white instead of refusing it. SourceError when it cannot be made small
    enough in 24 rounds.
    """
    whole = padded(image) if pad else image
    whole = resized(whole, fitted_size(*whole.size))
    found = Fitted(saved(whole, "PNG"), "image/png", *whole.size)
    scale = 1.0
    for number in range(ROUNDS + 1):
        if base64_length(found.data) <= max_base64:
            return found
        if number == ROUNDS:
            break
        if number >= len(QUALITIES):
            scale *= SHRINK
        sides = (round(whole.width * scale), round(whole.height * scale))
        if min(sides) < SHORTEST:
            break
        quality = QUALITIES[min(number, len(QUALITIES) - 1)]
        found = Fitted(saved(resized(whole, sides), "JPEG", quality=quality), "image/jpeg", *sides)
    raise SourceError(
        f"The picture of {image.width} x {image.height} pixels cannot be brought below {max_base64:,} characters.",
        remedy="Look at a part of it.",
    )


def resized(image: Any, size: tuple[int, int]) -> Any:
    return image if image.size == size else image.resize(size)


def saved(image: Any, format: str, **settings: Any) -> bytes:
    """The bytes of a file of this format: the same for the same pixels."""
    packed = io.BytesIO()
    image.save(packed, format, **settings)
    return packed.getvalue()
