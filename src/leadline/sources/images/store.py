"""A store of pictures that names each by its content: `img:` and the first 12 digits of its SHA-256.

On disk: one file per picture, named by the whole digest, and `index.jsonl` with a row per picture in the order in which
they came. A picture's file is complete before its row is written, so a killed process leaves no row without a picture.
Names do not expire and tell nothing of where a picture came from, unlike the released code's signed addresses
(LMM-Searcher, arXiv:2604.12890, section 2.1). One writer at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from leadline import json_lines
from leadline.errors import NotFound, SourceError, StoreError
from leadline.files import DISK, Disk
from leadline.sources.images.fitting import (
    MAX_BASE64,
    SHORTEST,
    Fitted,
    base64_length,
    fits,
    fitted,
    image_type,
    saved,
)
from leadline.sources.limits import MIB
from leadline.sources.scans import open_image, upright

INDEX = "index.jsonl"
CAPTION_CHARS = 300
ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held."""


class ImageLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a store takes in."""

    min_bytes: int = 1025
    """Smaller ones are icons and spacers and get no name. Crops are always kept."""
    max_bytes: int = 20 * MIB
    max_pixels: int = 80_000_000
    max_images: int = 20_000
    max_total_bytes: int = 2048 * MIB


class StoredImage(msgspec.Struct, frozen=True):
    """A row of the index. `w` and `h` are those of the upright picture; `bbox` is (x, y, width, height) in the pixels
    of the parent that it was cut from."""

    uid: str
    path: str
    w: int
    h: int
    mime: str
    source_url: str = ""
    caption: str = ""
    parent_uid: str | None = None
    bbox: tuple[int, int, int, int] | None = None
    turn: int = 0


class ImageStore:
    """Pictures by uid. Without a folder they live in memory; a folder that holds some is carried on."""

    def __init__(
        self, folder: Path | None = None, limits: ImageLimits | None = None, disk: Disk = DISK
    ) -> None:
        self.folder, self.limits, self.disk = folder, limits or ImageLimits(), disk
        self._rows: dict[str, StoredImage] = {}
        self._memory: dict[str, bytes] = {}
        self.total_bytes = 0
        self._load()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[StoredImage]:
        """Rows in the order in which they came."""
        return iter(self._rows.values())

    def __contains__(self, uid: str) -> bool:
        return uid in self._rows

    def add(self, data: bytes, *, source_url: str = "", caption: str = "", turn: int = 0) -> StoredImage:
        """Take in the bytes of a picture. The same bytes again give the row of the first time.

        SourceError for what is no picture, is damaged, or is outside the limits.
        """
        known = self._known(data)
        if known is not None:
            return known
        if not self.limits.min_bytes <= len(data) <= self.limits.max_bytes:
            raise SourceError(
                f"The picture has {len(data):,} bytes; between {self.limits.min_bytes:,} and "
                f"{self.limits.max_bytes:,} are kept."
            )
        mime = image_type(data)
        width, height = self._decoded(data).size
        return self._keep(
            data, StoredImage("", "", width, height, mime, source_url, _one_line(caption), turn=turn)
        )

    def crop(
        self, uid: str, x: int, y: int, width: int, height: int, *, caption: str = "", turn: int = 0
    ) -> StoredImage:
        """Cut a box out of a picture and keep it, as PNG, with its parent and its place.

        SourceError for a box that is outside the picture or less than 28 pixels wide or high.
        """
        parent = self.row(uid)
        check_box(parent, x, y, width, height)
        part = self.pixels(uid).crop((x, y, x + width, y + height))
        data, box = saved(part, "PNG"), (x, y, width, height)
        row = StoredImage("", "", width, height, "image/png", "", _one_line(caption), uid, box, turn)
        return self._known(data) or self._keep(data, row)

    def row(self, uid: str) -> StoredImage:
        """The row of a picture; NotFound with near matches."""
        if uid not in self._rows:
            raise NotFound("picture", uid, self._rows)
        return self._rows[uid]

    def data(self, uid: str) -> bytes:
        """The bytes as they came. StoreError when the file is gone or is not what was stored."""
        row = self.row(uid)
        if self.folder is None:
            return self._memory[uid]
        path = self.folder / row.path
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StoreError(
                f"The picture {uid} cannot be read from {path}: {error.strerror or error}."
            ) from error
        if _name(data) != uid:
            raise StoreError(
                f"{path} is not the picture {uid} any more.", remedy="Delete it and fetch the picture again."
            )
        return data

    def pixels(self, uid: str) -> Any:
        """The upright picture as a Pillow image in RGB on white; of an animation the first frame."""
        return self._decoded(self.data(uid))

    def shown(self, uid: str) -> Fitted:
        """The picture as a model is shown it: the stored bytes where they do, else within the limits of `fitted`. A
        long and thin picture is filled up with white."""
        row, data = self.row(uid), self.data(uid)
        image = open_image(data, self.limits.max_pixels)
        plain = image.getexif().get(ORIENTATION, 1) == 1 and not getattr(image, "is_animated", False)
        if plain and base64_length(data) <= MAX_BASE64 and fits(row.w, row.h):
            return Fitted(data, row.mime, row.w, row.h)
        return fitted(self.pixels(uid), pad=True)

    def _decoded(self, data: bytes) -> Any:
        image = open_image(data, self.limits.max_pixels)
        try:
            return upright(image)
        except (OSError, EOFError, ValueError, SyntaxError) as error:
            raise SourceError(
                f"The picture is damaged ({error}).", remedy="Get a fresh copy of it."
            ) from error

    def _known(self, data: bytes) -> StoredImage | None:
        row = self._rows.get(_name(data))
        if row is not None and not row.path.startswith(hashlib.sha256(data).hexdigest()):
            raise StoreError(f"Two pictures share the name {row.uid}.", remedy="Begin a new store.")
        return row

    def _keep(self, data: bytes, row: StoredImage) -> StoredImage:
        if len(self) >= self.limits.max_images or self.total_bytes + len(data) > self.limits.max_total_bytes:
            raise SourceError(
                f"The store is full: {len(self):,} pictures, {self.total_bytes:,} bytes.",
                remedy="Raise max_images or max_total_bytes.",
            )
        digest = hashlib.sha256(data).hexdigest()
        kept = msgspec.structs.replace(row, uid=_name(data), path=f"{digest}.{row.mime.split('/')[1]}")
        if self.folder is None:
            self._memory[kept.uid] = data
        else:
            self.disk.write(self.folder / kept.path, data)
            self.disk.append(self.folder / INDEX, json_lines.line(kept))
        self._rows[kept.uid] = kept
        self.total_bytes += len(data)
        return kept

    def _load(self) -> None:
        path = None if self.folder is None else self.folder / INDEX
        if path is None or not path.exists():
            return
        whole, _, torn = path.read_bytes().rpartition(b"\n")
        if torn:  # the process died while it wrote: the picture is taken in again when it comes again
            self.disk.write(path, whole + b"\n" if whole else b"")
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                row = msgspec.json.decode(line, type=StoredImage)
            except msgspec.DecodeError as error:
                raise StoreError(
                    f"{path}, line {number}: {error}.", remedy="Begin a new store, or remove the line."
                ) from error
            self._rows.setdefault(row.uid, row)
        assert self.folder is not None
        sizes = ((self.folder / row.path) for row in self)
        self.total_bytes = sum(file.stat().st_size for file in sizes if file.exists())


def check_box(image: StoredImage, x: int, y: int, width: int, height: int) -> None:
    """SourceError, with what to do, unless the box is inside the picture and at least 28 pixels each way."""
    size = f"{image.uid} has {image.w} x {image.h} pixels."
    if x < 0 or y < 0:
        raise SourceError(f"The box begins at ({x}, {y}): x and y count from 0.", remedy=size)
    if width <= 0 or height <= 0:
        raise SourceError(f"A box of {width} x {height} pixels is empty.", remedy=size)
    if x + width > image.w or y + height > image.h:
        raise SourceError(f"The box ends at ({x + width}, {y + height}), outside the picture.", remedy=size)
    if min(width, height) < SHORTEST:
        raise SourceError(
            f"A box of {width} x {height} pixels is too small to be shown.",
            remedy=f"Ask for at least {SHORTEST} pixels each way.",
        )


def _name(data: bytes) -> str:
    return f"img:{hashlib.sha256(data).hexdigest()[:12]}"


def _one_line(caption: str) -> str:
    return " ".join(caption.split())[:CAPTION_CHARS]
