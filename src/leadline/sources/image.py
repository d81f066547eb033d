"""The picture of a cited region, for reports."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from leadline.errors import SourceError, need
from leadline.evidence.model import Document, Region
from leadline.sources.context import Context, member_name
from leadline.sources.limits import Limits
from leadline.sources.scans import open_image, page_pixels
from leadline.sources.walk import shown
from leadline.sources.worker import read_stable
from leadline.sources.zips import SafeZip

MARGIN = 0.012
"""White around the region, as a share of the page."""


def render_region(path: Path, uri: str, region: Region, *, limits: Limits | None = None) -> bytes:
    """PNG of a region of a scan. `path` is the source that `uri` begins with: a file, or the folder above it.

    Members of archives and attachments ("folder/a.zip!/scan.png") are found inside. SourceError when it is gone.
    """
    limits = limits or Limits()
    outer, *members = uri.split("!/")
    data = read_stable(outer, locate(Path(path), outer), limits)
    for member in members:
        data = _member(data, member, uri, limits)
    pixels = _page(data, region.page, limits)
    return _png(pixels, region)


def locate(path: Path, uri: str) -> Path:
    """The file of a URI below its source; names that are not UTF-8 are found by how they are shown."""
    if not path.is_dir():
        return path
    for part in uri.split("/")[1:]:
        named = path / part
        if not named.exists() and path.is_dir():
            named = next((child for child in path.iterdir() if shown(child.name) == part), named)
        path = named
    return path


def _member(data: bytes, name: str, uri: str, limits: Limits) -> bytes:
    context = Context(uri, "", "", limits, _no_members, list)
    if data.startswith(b"PK"):
        archive = SafeZip(data, context)
        for info in archive.members:
            if member_name(info.filename) == name:
                return archive.read(info)
        raise SourceError(f"{uri}: {name} is not in the archive any more.")
    from leadline.sources.types.mail import attachments

    attached = attachments(data, limits)
    found = next((content for key, content in attached.items() if member_name(key) == name), None)
    if found is None:
        raise SourceError(f"{uri}: {name} is not attached any more.")
    return found


def _no_members(context: Context, name: str, data: bytes) -> list[Document]:
    return []


def _page(data: bytes, page: int, limits: Limits) -> Any:
    if b"%PDF-" in data[:1024]:
        from leadline.sources.types.pdf import open_pdf, render

        pdf = open_pdf(data)
        if not 1 <= page <= len(pdf):
            raise SourceError(f"There is no page {page}.")
        return render(pdf[page - 1])
    image = open_image(data, limits.max_pixels)
    try:
        image.seek(page - 1)
        return page_pixels(image)
    except (OSError, EOFError, ValueError, SyntaxError) as error:
        raise SourceError(f"There is no page {page}, or it is damaged.") from error


def _png(pixels: Any, region: Region) -> bytes:
    images: Any = need("PIL.Image", "docs", "Showing regions")
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = region.box
    rows = slice(int(max(0.0, y0 - MARGIN) * height), max(1, int(min(1.0, y1 + MARGIN) * height)))
    columns = slice(int(max(0.0, x0 - MARGIN) * width), max(1, int(min(1.0, x1 + MARGIN) * width)))
    if pixels[rows, columns].size == 0:
        raise SourceError("The region is empty.")
    packed = io.BytesIO()
    images.fromarray(pixels[rows, columns]).save(packed, "PNG", optimize=True)
    return packed.getvalue()
