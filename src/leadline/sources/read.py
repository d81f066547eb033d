"""Files and folders to documents. What cannot be read comes back with its reason; reading goes on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Any

from leadline.evidence.model import Document, Failure, Noun
from leadline.sources.limits import Limits
from leadline.sources.parse import OCR
from leadline.sources.pool import Pool
from leadline.sources.walk import File, find_files
from leadline.sources.worker import Answer, Job

Progress = Callable[[int, int], Any]
"""Called with files done and files in all."""


class Reading(Noun, frozen=True):
    """What became of one file. An archive or mail may give many documents.

    A part that could not be read (a member of an archive, pages beyond a limit) follows as a Reading of its own that
    has only a failure.
    """

    uri: str
    sha256: str = ""
    documents: tuple[Document, ...] = ()
    failure: Failure | None = None
    unchanged: bool = False
    read_by: tuple[str, ...] = ()
    """Which modules read it, with their versions (versions.py). Without them it is read again only if it changes."""


def read_sources(
    paths: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    limits: Limits = Limits(),  # noqa: B008
    known: Mapping[str, str] = {},
    workers: int = 2,
    progress: Progress | None = None,
    ocr: str = OCR,
) -> Iterator[Reading]:
    """Readings of all files of `paths`, in a fixed order: sources as given, folders sorted.

    `known` (URI -> sha256) names what the caller has already: such files are hashed, and read only if they changed.
    `ocr` names the text recognition as "module:function". UsageError at once for a path that does not exist.
    """
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    files = find_files([Path(path) for path in paths], limits)
    return read_files(files, limits, known, workers, progress, ocr)


def read_files(
    files: Sequence[File],
    limits: Limits,
    known: Mapping[str, str],
    workers: int = 2,
    progress: Progress | None = None,
    ocr: str = OCR,
) -> Iterator[Reading]:
    """Readings of these files, in order; see `read_sources`."""
    same = {file.uri for file in files if file.failure is None and unchanged(file, known)}
    jobs = [
        Job(file.uri, os.fsencode(file.path), limits, ocr)
        for file in files
        if file.failure is None and file.uri not in same
    ]
    with Pool(min(workers, len(jobs))) as pool:
        answers = pool.run(jobs)
        for done, file in enumerate(files, 1):
            if file.failure is not None:
                yield Reading(file.uri, failure=file.failure)
            elif file.uri in same:
                yield Reading(file.uri, known[file.uri], unchanged=True)
            else:
                yield from _reading(file, next(answers))
            if progress is not None:
                progress(done, len(files))


def _reading(file: File, answer: Answer) -> Iterator[Reading]:
    uri, failure = file.uri, answer.failure
    if failure is None and not answer.documents:
        failure = answer.missed[0] if answer.missed else Failure(uri, "It holds no text.")
    digest = answer.sha256 or _digest(file.path)  # a reader that was ended told none
    yield Reading(uri, digest, answer.documents, failure, read_by=answer.read_by)
    for part in answer.missed:
        if part is not failure:
            yield Reading(part.uri, failure=part)


def unchanged(file: File, known: Mapping[str, str]) -> bool:
    """Whether the file still has the known hash."""
    return file.uri in known and _digest(file.path) == known[file.uri]


def _digest(path: Path) -> str:
    """The sha256 of a file; of one that cannot be opened, none: the worker finds out why, and says it."""
    try:
        with path.open("rb") as content:
            return file_digest(content, "sha256").hexdigest()
    except OSError:
        return ""
