"""What one source may cost before it is refused. A hostile file costs at most its own limits."""

from __future__ import annotations

import msgspec

MIB = 1024 * 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds for each file of a folder; members of an archive share those of the archive."""

    max_bytes: int = 256 * MIB
    """A larger file is refused without being opened."""
    max_seconds: float = 300.0
    """Wall time of one file; then its worker is killed."""
    max_memory: int = 4096 * MIB
    """Address space of a worker in bytes (text recognition alone maps 1.3 GiB)."""
    max_expanded: int = 512 * MIB
    """Decompressed bytes of all members of one archive or office file, nested ones included."""
    max_ratio: float = 200.0
    """Decompressed size over compressed size of one member of at least 1 MiB."""
    max_members: int = 10_000
    """Members of one archive; attachments of one mail."""
    max_depth: int = 3
    """Archives within archives."""
    max_pages: int = 3_000
    """Pages of one PDF."""
    max_ocr_pages: int = 40
    """Pages of one file that go through text recognition (seconds each); the rest is listed as unread."""
    max_pixels: int = 80_000_000
    """Pixels of one image."""
    max_rows: int = 1_000_000
    """Rows of all tables of one file."""
    max_characters: int = 50_000_000
    """Characters of one document."""
