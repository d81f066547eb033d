"""Where compiled loops are kept: in a folder of their own for each state of their sources.

numba looks whether the file of a function changed, not those of what it calls or is given: after an upgrade it would
run old loops, or fail on an argument's type that is gone.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from leadline.files import home

ROOMS = ("explore", "retrieval", "train/policies")
COMPILED = re.compile(rb"njit|intrinsic")
IMPORTED = re.compile(rb"^from leadline\.([\w.]+) import", re.MULTILINE)
KEPT = 3
"""States kept: whoever goes back and forth between two versions need not compile each time."""
TOLD: list[Callable[[], object]] = []
"""Who is to be told that a loop is being compiled now."""


@cache
def keep_apart() -> None:
    """To be called before the first function is compiled with cache=True. NUMBA_CACHE_DIR is left as it is.

    The machine code lies beside the package or, if that is read-only, in the home.
    """
    from numba import config

    report()
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    package = Path(__file__).parent
    beside = os.access(package, os.W_OK)
    folder = (package / "__pycache__" if beside else home() / "cache") / "numba" / state(package)
    if not folder.exists():
        prune(folder.parent, KEPT - 1)
    config.CACHE_DIR = str(folder)


@contextmanager
def watching(tell: Callable[[], object]) -> Iterator[None]:
    """While this is open, `tell` is called whenever a loop is not on disk and is compiled: that can take a minute."""
    TOLD.append(tell)
    try:
        yield
    finally:
        TOLD.remove(tell)


def report() -> None:
    """Have numba say what it compiles."""
    from numba.core import event

    class Started(event.Listener):
        def on_start(self, event: Any) -> None:
            for tell in TOLD:
                tell()

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Started())


def state(package: Path) -> str:
    """A name for the contents of all files in ROOMS that are compiled, and of what these import from the package:
    constants and types of arguments are compiled in."""
    files = (path for room in ROOMS for path in (package / room).rglob("*.py"))
    texts = {path: text for path in files if COMPILED.search(text := path.read_bytes())}
    for name in {name for text in texts.values() for name in IMPORTED.findall(text)}:
        path = package.joinpath(*name.decode().split(".")).with_suffix(".py")
        if path.exists():
            texts[path] = path.read_bytes()
    digest = hashlib.blake2b(digest_size=8)
    for path, text in sorted(texts.items()):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + text + b"\0")
    return digest.hexdigest()


def prune(folder: Path, keep: int) -> None:
    """Remove all folders in this one but the `keep` youngest."""
    found = sorted(folder.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in found[keep:]:
        shutil.rmtree(old, ignore_errors=True)
