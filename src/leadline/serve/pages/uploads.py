"""Files that a browser sends: bounded, under safe names, in a folder of their own below $LEADLINE_HOME/uploads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from starlette.datastructures import UploadFile

from leadline.errors import UsageError
from leadline.files import DISK, home

MAX_MIB = 64
MAX_FILES = 300
LIMITS = f"At most {MAX_FILES} files and {MAX_MIB} MiB at once; larger folders by their path."
MAX_NAME = 180
"""Bytes of a file name: file systems take 255, and a temporary name needs room."""
_CONTROL = re.compile("[\x00-\x1f\x7f/\\\\\ud800-\udfff]")


def safe_name(given: str) -> str:
    """What a browser calls a file, as the name of a file in one folder.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\\\x\\\\a.pdf"), safe_name(".."), safe_name("<b>.txt")
    ('passwd', 'a.pdf', '_', '<b>.txt')
    """
    last = re.split(r"[/\\]", given.rstrip("/\\"))[-1]
    name = _CONTROL.sub("_", last).strip().lstrip(".")
    stem, dot, suffix = name.rpartition(".")
    if len(name.encode()) > MAX_NAME:
        kept = (stem or name).encode()[: MAX_NAME - 20].decode(errors="ignore")
        name = kept + dot + suffix[:16]
    return name or "_"


async def keep(files: Sequence[UploadFile]) -> Path | None:
    """Write the files; the folder they lie in, or None when there were none. The same files give the same folder."""
    given = [file for file in files if file.filename]
    if not given:
        return None
    contents: dict[str, bytes] = {}
    for file in given:
        contents[_free(safe_name(file.filename or ""), contents)] = await file.read()
    mark = hashlib.sha256(repr([(n, hashlib.sha256(d).digest()) for n, d in contents.items()]).encode())
    folder = home() / "uploads" / mark.hexdigest()[:12]
    if not folder.is_dir():
        DISK.write_together(folder, contents)
    return folder


def existing(path: str) -> Path:
    """A path that a person typed; UsageError when nothing is there."""
    found = Path(path.strip()).expanduser()
    try:
        there = found.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        raise UsageError(f"{path.strip()[:300]} does not exist.", remedy="Check the path.")
    return found.absolute()


def _free(name: str, taken: dict[str, bytes]) -> str:
    """The name, numbered when two files of different folders share it."""
    free, n = name, 1
    while free in taken:
        n += 1
        stem, dot, suffix = name.rpartition(".")
        free = f"{stem}-{n}.{suffix}" if dot and stem else f"{name}-{n}"
    return free
