"""Where an update gets its documents from: files by `sources.read`, folders in BEIR layout line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.retrieval.beir import is_beir, read_corpus

if TYPE_CHECKING:
    from leadline.sources.read import Reading

Progress = Callable[[int, int], Any]
Reader = Callable[..., "Iterator[Reading]"]
"""What `sources.read.read_sources` is: called with paths, known and progress."""


def readings(
    paths: Sequence[Path],
    known: Mapping[str, str],
    progress: Progress | None = None,
    read: Reader | None = None,
) -> Iterator[Reading]:
    """Readings of all paths; a folder in BEIR layout gives one per line of its corpus, ids kept."""
    from leadline.sources.read import read_sources

    plain = [path for path in paths if not is_beir(path)]
    for folder in (path for path in paths if is_beir(path)):
        yield from beir_readings(folder.resolve(), known)
    if plain:
        yield from (read or read_sources)(plain, known=known, progress=progress)


def beir_readings(folder: Path, known: Mapping[str, str]) -> Iterator[Reading]:
    """One per line of the folder's corpus."""
    from leadline.sources.read import Reading

    for document in read_corpus(folder):
        same = known.get(document.uri) == document.sha256
        yield Reading(document.uri, document.sha256, () if same else (document,), unchanged=same)
