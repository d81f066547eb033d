"""The process in which strangers' files are opened. It takes jobs from one pipe and answers on another.

Frames are a 4-byte length and msgpack: nothing that comes back can run code. The worker reads its own file, limits its
address space, and ends itself (a timer outside the interpreter) if its parent died and nobody kills it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import stat
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import msgspec

from leadline.errors import LeadlineError, SourceError
from leadline.evidence.model import Document, Failure
from leadline.sources.limits import Limits
from leadline.sources.versions import stamps
from leadline.sources.walk import PERMISSION, too_large

GRACE_S = 10.0
"""The parent kills a worker at a file's limit; this much later the worker ends itself, should there be no parent."""


class Job(msgspec.Struct, frozen=True):
    """One file. `path` is bytes: names need not be UTF-8."""

    uri: str
    path: bytes
    limits: Limits
    ocr: str


class Answer(msgspec.Struct, frozen=True):
    """What became of a job."""

    sha256: str = ""
    documents: tuple[Document, ...] = ()
    failure: Failure | None = None
    missed: tuple[Failure, ...] = ()
    read_by: tuple[str, ...] = ()


_jobs = msgspec.msgpack.Decoder(Job)
_encoder = msgspec.msgpack.Encoder()


def main() -> None:
    """Serve jobs until the pipe closes. Standard output belongs to the protocol: libraries get /dev/null."""
    source = os.fdopen(os.dup(0), "rb")
    target = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    from leadline.sources.types import readers

    readers()
    write_frame(target, b"")  # ready: from here on time is the file's, not the interpreter's
    limited = 0
    while (frame := read_frame(source)) is not None:
        job = _jobs.decode(frame)
        if job.limits.max_memory != limited:
            limit_memory(job.limits.max_memory)
            limited = job.limits.max_memory
        faulthandler.dump_traceback_later(job.limits.max_seconds + GRACE_S, exit=True, file=sys.stderr)
        write_frame(target, _encoder.encode(answer(job)))
        faulthandler.cancel_dump_traceback_later()


def answer(job: Job) -> Answer:
    """Read one file; every failure of the file is an answer."""
    digest, read_by = "", set[str]()
    try:
        data = read_stable(job.uri, Path(os.fsdecode(job.path)), job.limits)
        digest = sha256(data).hexdigest()
        from leadline.sources.parse import parse

        documents, missed = parse(
            data, job.uri, digest=digest, limits=job.limits, ocr=job.ocr, read_by=read_by
        )
    except LeadlineError as error:
        return Answer(digest, failure=Failure(job.uri, error.message, error.remedy))
    except MemoryError:
        return Answer(digest, failure=Failure(job.uri, *memory_spent(job.limits)))
    return Answer(digest, tuple(documents), missed=tuple(missed), read_by=stamps(read_by))


def memory_spent(limits: Limits) -> tuple[str, str]:
    return (
        f"Reading it takes more than {limits.max_memory // 2**20:,} MiB of memory.",
        "Split it, or raise max_memory.",
    )


def read_stable(
    uri: str,
    path: Path,
    limits: Limits,
    read: Callable[[IO[bytes], int], bytes] = lambda file, n: file.read(n),
) -> bytes:
    """All bytes of a regular file that stayed the same while it was read, else SourceError."""
    try:
        # Between the walk and now the name may have become a link or a pipe: neither is followed or waited for.
        flags = (
            os.O_RDONLY
            | getattr(os, "O_NOFOLLOW", 0)
            | getattr(os, "O_NONBLOCK", 0)
            | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(os.open(path, flags), "rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise SourceError("It is not a file any more.", remedy="Run again.")
            if before.st_size > limits.max_bytes:
                failure = too_large(uri, before.st_size, limits)
                raise SourceError(failure.reason, remedy=failure.remedy)
            data = read(file, before.st_size + 1)
            after, named = os.fstat(file.fileno()), os.stat(path, follow_symlinks=False)
    except OSError as error:
        raise SourceError(f"It cannot be opened: {error.strerror or error}.", remedy=PERMISSION) from error
    states = {(state.st_size, state.st_mtime_ns, state.st_ino) for state in (before, after, named)}
    if len(states) > 1 or len(data) != before.st_size:
        raise SourceError(
            "The file changed while it was read.", remedy="Run again when nothing writes to it."
        )
    return data


def limit_memory(n_bytes: int) -> None:
    """Bound the address space, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        soft = n_bytes if hard == resource.RLIM_INFINITY else min(n_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_frame(source: IO[bytes]) -> bytes | None:
    head = source.read(4)
    return source.read(int.from_bytes(head, "big")) if len(head) == 4 else None


def write_frame(target: IO[Any], data: bytes) -> None:
    target.write(len(data).to_bytes(4, "big") + data)
    target.flush()
