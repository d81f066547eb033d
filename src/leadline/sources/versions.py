"""By which code a file was read: readers are named by their module, with a version that their source gives.

A version is a digest of the reader's file, of what it imports from its own room, and of the versions of the libraries
that it asks for with `need`; nobody has to raise a number. The first docstring and comments on lines of their own do
not count, nor do code outside the room, other libraries and Python itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import leadline

CHOICE = "leadline.sources.parse"
"""Decides which reader reads a file: it has a part in every file."""
DISTRIBUTIONS = {
    "docx": ("python-docx",), "pptx": ("python-pptx",), "PIL": ("pillow",), "rapidocr": ("rapidocr", "onnxruntime"),
}  # fmt: skip
"""Libraries that are not called as they are imported, or leave the work to another."""
PACKAGE = Path(leadline.__path__[0])
_IMPORT = re.compile(rb"\n[ \t]*from (leadline\.[\w.]+) import")
_NEED = re.compile(rb'\bneed\("(\w+)')
_SAID = re.compile(rb"\n[ \t]*#[^\n]*")


def stamps(modules: Iterable[str]) -> tuple[str, ...]:
    """What is remembered of a file: "module version" of all that had a part in reading it, sorted."""
    return tuple(f"{module} {version(module)}" for module in sorted(modules))


def as_now(read_by: Iterable[str]) -> bool:
    """Whether all of them would be stamped the same today."""
    return all(
        stamp == f"{module} {version(module)}" for stamp in read_by for module in [stamp.split(" ")[0]]
    )


@cache
def version(module: str, package: Path = PACKAGE) -> str:
    """Twelve hexadecimal digits; of a module that is gone, none. `package` is the folder of `leadline`.

    >>> len(version("leadline.sources.types.pdf"))
    12
    """
    room = _room_of(module, package)
    if not room:
        return ""
    parts = [name.encode() + b" " + code.digest for name, code in sorted(room.items())]
    if module == CHOICE:
        parts += _choices(package)
    for library in sorted({library for code in room.values() for library in code.needs}):
        for name in DISTRIBUTIONS.get(library, (library.replace("_", "-"),)):
            parts.append(f"{name} {installed().get(name, 'none')}".encode())
    return hashlib.blake2b(b"\0".join(parts), digest_size=6).hexdigest()


class Code(NamedTuple):
    """A module's source without what is only said in it."""

    text: bytes
    digest: bytes
    imports: tuple[str, ...]
    """Modules of Leadline."""
    needs: tuple[str, ...]
    """Libraries."""


def _room_of(module: str, package: Path) -> dict[str, Code]:
    """The module and all that it imports, directly or not, from its own room."""
    room = ".".join(module.split(".")[:2]) + "."
    found: dict[str, Code] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found and (code := _code(name, package)) is not None:
            found[name] = code
            waiting += [other for other in code.imports if other.startswith(room)]
    return found


def _choices(package: Path) -> Iterator[bytes]:
    """What each reader says before its `read`: which types it takes, and how it knows them."""
    for name in sorted(path.stem for path in (package / "sources" / "types").glob("*.py")):
        code = _code(f"leadline.sources.types.{name}", package)
        yield name.encode() + b" " + (code.text.partition(b"\ndef read(")[0] if code else b"")


@cache
def _code(module: str, package: Path) -> Code | None:
    """None where there is no source."""
    parts = module.split(".")
    if parts[0] == "leadline":  # find_spec would import all packages on the way
        path = package.joinpath(*parts[1:])
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    else:
        try:
            spec = find_spec(module)
        except (ImportError, ValueError):
            return None
        path = Path((spec and spec.origin) or "")
    if path.suffix != ".py" or not path.exists():
        return None
    text = _SAID.sub(b"", path.read_bytes())
    if text.startswith(b'"""'):
        text = text.partition(b'"""\n')[2]
    imports, needs = (tuple(map(bytes.decode, found.findall(text))) for found in (_IMPORT, _NEED))
    return Code(text, hashlib.blake2b(text, digest_size=6).digest(), imports, needs)


@cache
def installed() -> dict[str, str]:
    """Versions of all distributions, from the names of their folders: to import importlib.metadata takes 30 ms."""
    found: dict[str, str] = {}
    for folder in reversed(sys.path):  # the first of a name in the path is the one that is imported
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                distribution, _, number = name.rpartition(".")[0].partition("-")
                found[distribution.lower().replace("_", "-").replace(".", "-")] = number
    return found
