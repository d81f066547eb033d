"""Which files a source holds, in sorted order, and which of them are refused before they are opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from leadline.errors import UsageError
from leadline.evidence.model import Failure
from leadline.sources.limits import Limits

SKIPPED = frozenset(("__pycache__", "node_modules", "venv", "$RECYCLE.BIN", "System Volume Information"))
"""Folders of tools. Names that begin with a dot (.git, .cache, .DS_Store) are skipped as well."""


class File(NamedTuple):
    """A file to read, or the reason why it is not read."""

    uri: str
    path: Path
    failure: Failure | None = None


def find_files(paths: Sequence[Path], limits: Limits) -> list[File]:
    """All files of all sources, in the order of the sources, each folder's sorted by name.

    UsageError for a path that does not exist, and for two sources that would share URIs.
    """
    found: list[File] = []
    roots: dict[str, Path] = {}
    for path in paths:
        root = Path(os.path.abspath(path))
        if not os.path.lexists(root):
            raise UsageError(f"There is no file or folder {path}.", remedy="Check the path.")
        # What the user names is followed even if it is a link; links inside a folder are not.
        root = root.resolve()
        other = roots.setdefault(root.name, root)
        if other != root:
            raise UsageError(f"{root} and {other} have the same name.", remedy="Rename one of them.")
        found += _source(root, limits)
    return list({file.uri: file for file in found}.values())


def _source(root: Path, limits: Limits) -> list[File]:
    if not root.is_dir():
        return [_checked(root, shown(root.name), limits)]
    found = list(_folder(root, root, shown(root.name), limits))
    if not found:
        failure = Failure(shown(root.name), "The folder holds no file to read.", "Put files into it.")
        return [File(shown(root.name), root, failure)]
    return found


def _folder(folder: Path, root: Path, uri: str, limits: Limits) -> Iterator[File]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield File(uri, folder, Failure(uri, f"The folder cannot be listed: {error.strerror}.", PERMISSION))
        return
    for entry in entries:
        path, name = folder / entry.name, f"{uri}/{shown(entry.name)}"
        if entry.name.startswith(".") or entry.name in SKIPPED:
            continue
        if entry.is_symlink():
            failure = _link(path, root, name)
            if failure is not None:
                yield File(name, path, failure)
        elif entry.is_dir(follow_symlinks=False):
            yield from _folder(path, root, name, limits)
        else:
            yield _checked(path, name, limits)


PERMISSION = "Give yourself the right to read it."


def _link(path: Path, root: Path, uri: str) -> Failure | None:
    """A link to something inside the folder is silently passed over: its target is read under its own name."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return Failure(uri, "The symbolic link leads nowhere.", "Remove it or mend it.")
    if target.is_relative_to(root):
        return None
    return Failure(
        uri,
        "The symbolic link leads out of the folder and is not followed.",
        "Name its target as a source of its own.",
    )


def _checked(path: Path, uri: str, limits: Limits) -> File:
    try:
        state = path.lstat()
    except OSError as error:
        return File(uri, path, Failure(uri, f"The file cannot be looked at: {error.strerror}.", PERMISSION))
    if not stat.S_ISREG(state.st_mode):
        return File(uri, path, Failure(uri, "It is neither a file nor a folder (a pipe, socket or device)."))
    if state.st_size > limits.max_bytes:
        return File(uri, path, too_large(uri, state.st_size, limits))
    return File(uri, path)


def too_large(uri: str, n_bytes: int, limits: Limits) -> Failure:
    return Failure(
        uri,
        f"The file has {n_bytes:,} bytes, more than the {limits.max_bytes:,} that are read.",
        "Split it, or raise max_bytes.",
    )


def shown(name: str) -> str:
    """A file name as text: bytes that are not UTF-8 appear as \\xNN, so that every URI is valid Unicode.

    >>> shown("caf\\udce9.txt")
    'caf\\\\xe9.txt'
    """
    return os.fsencode(name).decode("utf-8", "backslashreplace")
