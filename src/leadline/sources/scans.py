"""Page images to lines of text, each with the region that it was read from."""

from __future__ import annotations

import io
import time
from typing import Any

from leadline.errors import SourceError, need
from leadline.evidence.model import Region
from leadline.sources.compose import Composer

SHARE_OF_TIME = 0.7
"""No page is begun after this share of a file's time."""
LONGEST_SIDE = 4000
"""Larger images are scaled down: letters of a page at 300 dpi are still 30 pixels high."""


def open_image(data: bytes, max_pixels: int) -> Any:
    """A Pillow image whose header was checked; SourceError for damage and for too many pixels."""
    images: Any = need("PIL.Image", "docs", "Reading images")
    images.MAX_IMAGE_PIXELS = None  # our own limit, with a message for people
    try:
        image = images.open(io.BytesIO(data))
    except (OSError, ValueError, SyntaxError) as error:
        raise SourceError("The image is damaged or of an unknown kind.", remedy="Save it as PNG.") from error
    if image.width * image.height > max_pixels:
        raise SourceError(
            f"The image has {image.width:,} x {image.height:,} pixels, more than {max_pixels:,}.",
            remedy="Scale it down, or raise max_pixels.",
        )
    return image


def page_pixels(image: Any) -> Any:
    """Upright RGB pixels (height, width, 3) on white, for recognition and for crops alike."""
    import numpy as np

    page = upright(image)
    if max(page.size) > LONGEST_SIDE:
        page.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return np.asarray(page)


def upright(image: Any) -> Any:
    """The image in RGB on white, turned as its camera says."""
    operations: Any = need("PIL.ImageOps", "docs", "Reading images")
    images: Any = need("PIL.Image", "docs", "Reading images")
    turned = operations.exif_transpose(image)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        layer = turned.convert("RGBA")
        turned = images.alpha_composite(images.new("RGBA", layer.size, "white"), layer)
    elif turned.mode.startswith("I"):
        turned = turned.point(lambda value: value / 256).convert("L")  # 16-bit scans
    return turned.convert("RGB")


def add_scan(composer: Composer, pixels: Any, page: int) -> int:
    """Recognise a page and add its lines; how many there are. SourceError inside leaves the page listed as missed."""
    height, width = pixels.shape[:2]
    if min(height, width) < 8:
        return 0
    found = composer.context.recognise(pixels)
    for line in found:
        start, end = composer.add(" ".join(line.text.split()))
        x0, y0, x1, y1 = line.box
        box = (share(x0, width), share(y0, height), share(x1, width), share(y1, height))
        composer.mark(start, Region(page, box), end)
    return len(found)


def share(pixel: float, length: int) -> float:
    """A coordinate as a share of the side, six digits, inside the page.

    >>> share(50, 200), share(-3, 200), share(300, 200)
    (0.25, 0.0, 1.0)
    """
    return round(min(1.0, max(0.0, pixel / length)), 6)


def room_for_page(composer: Composer, page: int) -> bool:
    """Whether one more page may be recognised; pages beyond a limit are listed, so that those before are kept."""
    context = composer.context
    context.ledger.ocr_pages += 1
    late = time.monotonic() - context.ledger.started > SHARE_OF_TIME * context.limits.max_seconds
    if context.ledger.ocr_pages <= context.limits.max_ocr_pages and not late:
        return True
    limit, knob = (
        (f"after {SHARE_OF_TIME:.0%} of the time for one file", "max_seconds")
        if late
        else (f"beyond the first {context.limits.max_ocr_pages} that are recognised", "max_ocr_pages")
    )
    context.missed(f"#page={page}", f"This page is a scan {limit}.", f"Split the file, or raise {knob}.")
    return False
