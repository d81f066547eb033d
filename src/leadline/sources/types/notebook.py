"""Jupyter notebooks: the prose of their cells with its headings, their code, and what it printed.

Pictures and the notebook's own bookkeeping are left out; an output is read in its plain form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from leadline.errors import SourceError
from leadline.evidence.model import Document, Heading
from leadline.sources.canonical import canonical, decode
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.types import Type
from leadline.sources.types.markdown import headings

READS = (Type("application/x-ipynb+json", (".ipynb",), text=True),)


def read(data: bytes, context: Context) -> list[Document]:
    composer, title = Composer(context), ""
    for cell in _cells(data):
        text = canonical(_joined(cell.get("source"))).strip("\n")
        if text:
            start, _ = composer.add(text)
            if cell.get("cell_type") == "markdown":
                for first, end, path in headings(text):
                    composer.mark(start + first, Heading(path), start + end)
                    title = title or path[-1]
            composer.add("")
        for shown in _outputs(cell):
            composer.add(canonical(shown).strip("\n"))
            composer.add("")  # cells and what they print are paragraphs
    return [composer.document(title=title)]


def _cells(data: bytes) -> list[dict[str, Any]]:
    """The cells of format 4, or of the first worksheets of format 3."""
    try:
        book = json.loads(decode(data))
    except (ValueError, RecursionError) as error:
        raise SourceError(f"The notebook is no JSON ({error}).", remedy="Get a fresh copy of it.") from error
    book = book if isinstance(book, dict) else {}
    sheets = [sheet for sheet in _list(book.get("worksheets")) if isinstance(sheet, dict)]
    found = [cell for holder in (book, *sheets) for cell in _list(holder.get("cells"))]
    if not found:
        raise SourceError("It has no cells.", remedy="Is it a Jupyter notebook?")
    return [
        {**cell, "source": cell.get("source", cell.get("input"))} for cell in found if isinstance(cell, dict)
    ]


def _outputs(cell: dict[str, Any]) -> Iterator[str]:
    """What a cell printed or showed, where that is text."""
    for output in _list(cell.get("outputs")):
        if isinstance(output, dict):
            data = output.get("data")
            shown = data.get("text/plain") if isinstance(data, dict) else output.get("text")
            if text := _joined(shown).strip("\n"):
                yield text


def _joined(lines: Any) -> str:
    """Text that a notebook keeps whole or by lines."""
    return "".join(map(str, lines)) if isinstance(lines, list) else lines if isinstance(lines, str) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
