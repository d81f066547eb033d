"""A fetched page's bytes to documents, in the worker process that also opens strangers' files."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from leadline.errors import SourceError
from leadline.evidence.model import Document
from leadline.files import DISK
from leadline.sources.limits import MIB, Limits
from leadline.sources.parse import OCR
from leadline.sources.pool import Pool
from leadline.sources.worker import Job

PAGE_LIMITS = Limits(max_bytes=16 * MIB, max_seconds=30.0, max_expanded=64 * MIB, max_ocr_pages=10)


class PageReader:
    """(uri, bytes) -> documents. The worker starts with the first page and stays; close it, or use `with`."""

    def __init__(self, limits: Limits = PAGE_LIMITS) -> None:
        self.limits = limits
        self._stack = contextlib.ExitStack()
        self._pool: Pool | None = None

    def __call__(self, uri: str, data: bytes) -> list[Document]:
        """Documents of the page, ids as of a source with that URI. SourceError when it cannot be read."""
        if self._pool is None:
            self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="leadline-")))
            self._pool = self._stack.enter_context(Pool(1))
        path = self._folder / "page"
        DISK.write(path, data)
        answer = next(self._pool.run([Job(uri, str(path).encode(), self.limits, OCR)]))
        if answer.failure is not None:
            raise SourceError(f"{uri}: {answer.failure.reason}", remedy=answer.failure.remedy)
        return list(answer.documents)

    def close(self) -> None:
        self._stack.close()
        self._pool = None

    def __enter__(self) -> PageReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
