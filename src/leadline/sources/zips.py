"""ZIP containers within limits: number of members, ratio, bytes really expanded, no overlapping entries."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from itertools import pairwise

from leadline.errors import SourceError
from leadline.sources.context import Context
from leadline.sources.limits import MIB

ENCRYPTED = 0x1
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


class SafeZip:
    """An opened container. SourceError for damage, bombs and passwords."""

    def __init__(self, data: bytes, context: Context) -> None:
        self.context = context
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            self.members = [info for info in self.archive.infolist() if not info.filename.endswith("/")]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise SourceError(
                f"The ZIP container is damaged ({error}).", remedy="Get a fresh copy of it."
            ) from error
        self._check()

    def _check(self) -> None:
        limits = self.context.limits
        if len(self.members) > limits.max_members:
            raise SourceError(
                f"It has {len(self.members):,} members, more than {limits.max_members:,}.",
                remedy="Unpack it yourself, or raise max_members.",
            )
        # Python 3.11 does not notice entries that share their bytes (the trick of a non-nested bomb).
        places = sorted((info.header_offset, info.compress_size) for info in self.members)
        if any(start + size > following for (start, size), (following, _) in pairwise(places)):
            raise SourceError("Its entries overlap: it is made to expand without end.", remedy="Delete it.")
        for info in self.members:
            self.refuse_ratio(info)

    def refuse_ratio(self, info: zipfile.ZipInfo) -> None:
        limits = self.context.limits
        if info.file_size >= MIB and info.file_size > limits.max_ratio * max(1, info.compress_size):
            raise SourceError(
                f"A member of {info.compress_size:,} bytes expands to {info.file_size:,}.",
                remedy="Unpack it yourself if you trust it, or raise max_ratio.",
            )

    def read(self, info: zipfile.ZipInfo | str) -> bytes:
        """One member, counted as it is expanded, not as its header says."""
        info = self.archive.getinfo(info) if isinstance(info, str) else info
        if info.flag_bits & ENCRYPTED:
            raise SourceError("It is protected by a password.", remedy="Save a copy without the password.")
        parts = []
        try:
            with self.archive.open(info) as member:
                while part := member.read(MIB):
                    self.context.expand(len(part))
                    parts.append(part)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            OSError,
            RuntimeError,
        ) as error:
            raise SourceError(f"A member is damaged ({error}).", remedy="Get a fresh copy of it.") from error
        return b"".join(parts)


def check_office(data: bytes, context: Context) -> SafeZip:
    """Refuse an office file that would expand without bound or defines XML entities; libraries open it afterwards."""
    container = SafeZip(data, context)
    for info in container.members:
        content = container.read(info)
        if info.filename.endswith((".xml", ".rels")) and _ENTITY.search(content[:65536]):
            raise SourceError(
                "Its XML defines entities, which no honest office file does.", remedy="Do not trust it."
            )
    return container
