"""What a reader knows about the bytes that it reads, and where it reports what it could not read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from leadline.errors import SourceError
from leadline.evidence.model import Document, Failure
from leadline.sources.canonical import canonical
from leadline.sources.limits import Limits

ReadMember = Callable[["Context", str, bytes], list[Document]]


@dataclass(slots=True)
class Ledger:
    """What all members of one file share: bytes expanded so far, pages recognised, failures of parts, readers."""

    expanded: int = 0
    ocr_pages: int = 0
    started: float = field(default_factory=time.monotonic)
    failures: list[Failure] = field(default_factory=list)
    read_by: set[str] = field(default_factory=set)
    """Modules that had a part in reading: see versions.py."""


@dataclass(slots=True)
class Context:
    """One source under one URI."""

    uri: str
    sha256: str
    media_type: str
    limits: Limits
    read_member: ReadMember
    """Reads bytes that stand inside this source (an archive's member, an attachment) as documents of their own."""
    recognise: Callable[[Any], list[Any]]
    """Text recognition: RGB array (height, width, 3) -> lines with `text` and `box` in pixels."""
    depth: int = 0
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def name(self) -> str:
        """The last part of the URI: the file's name."""
        return PurePosixPath(self.uri).name

    @property
    def stem(self) -> str:
        return PurePosixPath(self.uri).stem or self.uri

    def expand(self, n_bytes: int) -> None:
        """Count decompressed bytes; SourceError beyond the limit."""
        self.ledger.expanded += n_bytes
        if self.ledger.expanded > self.limits.max_expanded:
            raise SourceError(
                f"It expands to more than {self.limits.max_expanded:,} bytes.",
                remedy="Unpack it yourself if you trust it, or raise max_expanded.",
            )

    def member(self, name: str, data: bytes) -> list[Document]:
        return self.read_member(self, member_name(name), data)

    def missed(self, part: str, reason: str, remedy: str = "") -> None:
        """Note a part of this source that could not be read; the rest is kept."""
        self.ledger.failures.append(Failure(canonical(f"{self.uri}{part}"), canonical(reason), remedy))


def member_name(name: str) -> str:
    """A member's name as part of a URI: on one line, valid Unicode. It never becomes a name on the disk.

    >>> member_name("a\\nb\\udce9.txt")
    'a b\ufffd.txt'
    """
    return " ".join(canonical(name).split()) or "unnamed"
