"""Bytes to documents, in this process: what a worker does with one file, without its limits of time and memory."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from importlib import import_module
from typing import Any

from leadline.errors import LeadlineError, MissingExtra, SourceError, said
from leadline.evidence.model import Document, Failure
from leadline.sources.context import Context, Ledger
from leadline.sources.limits import Limits
from leadline.sources.types import reader_for

OCR = "leadline.models.ocr:recognise"
"""Text recognition is found by name when the first scan is seen: sources do not import models."""


def parse(
    data: bytes,
    uri: str,
    *,
    digest: str = "",
    limits: Limits | None = None,
    ocr: str = OCR,
    read_by: set[str] | None = None,
) -> tuple[list[Document], list[Failure]]:
    """Documents of one file, and its parts that could not be read. SourceError when none of it can be read.

    The names of the modules that took part are added to `read_by`.
    """
    ledger = Ledger(read_by=set() if read_by is None else read_by)
    ledger.read_by.add(__name__)
    context = Context(
        uri=uri,
        sha256=digest or sha256(data).hexdigest(),
        media_type="",
        limits=limits or Limits(),
        read_member=_member,
        recognise=_named(ocr, ledger.read_by),
        ledger=ledger,
    )
    documents = _read(data, context)
    return documents, ledger.failures


def _named(name: str, read_by: set[str]) -> Callable[[Any], list[Any]]:
    def recognise(pixels: Any) -> list[Any]:
        module, _, function = name.partition(":")
        read_by.add(module)
        found: list[Any] = getattr(import_module(module), function)(pixels)
        return found

    return recognise


def _read(data: bytes, context: Context) -> list[Document]:
    reader = reader_for(data, context.name)
    context.media_type = reader.type.media_type
    context.ledger.read_by.add(reader.read.__module__)
    try:
        return reader.read(data, context)
    except (LeadlineError, MemoryError):
        raise
    except RecursionError as error:
        raise SourceError(
            "It is nested too deeply.", remedy="No honest file needs that many levels."
        ) from error
    except Exception as error:
        # The libraries below raise whatever they like on damaged files; for a person all of it means the same.
        raise SourceError(
            f"It cannot be read as {context.media_type}: {said(error)}.",
            remedy="It may be damaged: open it in its own program and save it again.",
        ) from error


def _member(outer: Context, name: str, data: bytes) -> list[Document]:
    """Read a member; what fails is noted and the others go on. A spent limit ends the whole file."""
    if outer.depth >= outer.limits.max_depth:
        outer.missed(
            f"!/{name}", f"It lies {outer.limits.max_depth} archives deep.", "Unpack the outer ones."
        )
        return []
    inner = Context(
        uri=f"{outer.uri}!/{name}",
        sha256=sha256(data).hexdigest(),
        media_type="",
        limits=outer.limits,
        read_member=_member,
        recognise=outer.recognise,
        depth=outer.depth + 1,
        ledger=outer.ledger,
    )
    try:
        return _read(data, inner)
    except MissingExtra as error:
        outer.missed(f"!/{name}", error.message, error.remedy)
    except SourceError as error:
        if outer.ledger.expanded > outer.limits.max_expanded:
            raise
        outer.missed(f"!/{name}", error.message, error.remedy)
    return []
