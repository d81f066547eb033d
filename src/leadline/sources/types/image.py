"""Images (PNG, JPEG, TIFF, WebP, GIF, BMP): recognised lines with their regions; a frame of a TIFF is a page."""

from __future__ import annotations

from leadline.errors import SourceError
from leadline.evidence.model import Document
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.scans import add_scan, open_image, page_pixels, room_for_page
from leadline.sources.types import Type

READS = (
    Type("image/png", (".png",), opening=rb"\x89PNG\r\n"),
    Type("image/jpeg", (".jpg", ".jpeg"), opening=rb"\xff\xd8\xff"),
    Type("image/tiff", (".tif", ".tiff"), opening=rb"II\*\x00|MM\x00\*"),
    Type("image/gif", (".gif",), opening=rb"GIF8[79]a"),
    Type("image/bmp", (".bmp",), opening=rb"BM.{4}\x00\x00\x00\x00"),
    Type("image/webp", (".webp",), opening=rb"RIFF.{4}WEBP"),
)


def read(data: bytes, context: Context) -> list[Document]:
    image = open_image(data, context.limits.max_pixels)
    composer = Composer(context)
    # Frames of a GIF are an animation, those of a TIFF are pages.
    pages = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
    for page in range(1, pages + 1):
        if not room_for_page(composer, page):
            break
        try:
            image.seek(page - 1)
            pixels = page_pixels(image)
        except (OSError, EOFError, ValueError, SyntaxError) as error:
            raise SourceError(f"The image is damaged ({error}).", remedy="Get a fresh copy of it.") from error
        add_scan(composer, pixels, page)
    if not composer.length:
        raise SourceError(
            "No text was recognised in the image.",
            remedy="If it holds text, scan it larger or with more contrast.",
        )
    composer.metadata["recognised"] = "ocr"
    return [composer.document()]
