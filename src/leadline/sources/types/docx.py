"""Word: paragraphs and tables in order, heading paths; hidden text marked, deleted text and comments left out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from leadline.errors import need
from leadline.evidence.model import Document
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.sections import Sections
from leadline.sources.sheets import add_text_table
from leadline.sources.types import Type
from leadline.sources.zips import check_office

READS = (
    Type(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx", ".docm"),
        member="word/document.xml",
    ),
)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BLANKS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
TINY = 2
"""Half points: text of 1 pt or less is not meant to be seen."""


def read(data: bytes, context: Context) -> list[Document]:
    docx: Any = need("docx", "docs", "Reading Word files")
    check_office(data, context)
    source = docx.Document(io.BytesIO(data))
    composer, sections = Composer(context), Sections()
    for block in source.iter_inner_content():
        if hasattr(block, "rows"):
            add_table(composer, block)
        else:
            _paragraph(composer, sections, block)
    sections.close(composer)
    core = source.core_properties
    composer.metadata["author"] = core.author or ""
    stamp = core.modified or core.created
    title = core.title or sections.title
    # The template of python-docx says 2013.
    made = stamp.date().isoformat() if stamp is not None and stamp.year != 2013 else ""
    return [composer.document(title=title, made=made)]


def _paragraph(composer: Composer, sections: Sections, paragraph: Any) -> None:
    pieces = list(runs(paragraph._p))
    text = "".join(piece for piece, _ in pieces)
    if not text.strip():
        return
    start = composer.length
    level = heading_level(paragraph)
    if all(hidden for _, hidden in pieces):
        composer.add(text, hidden=True)
    else:
        # Runs that are hidden stand on lines of their own, so that no visible sentence holds them.
        composer.add("".join(piece for piece, hidden in pieces if not hidden))
        concealed = "".join(piece for piece, hidden in pieces if hidden)
        composer.add_any(concealed, hidden=True)
    if level is not None:
        sections.open(composer, level, " ".join(text.split()), start)


def heading_level(paragraph: Any) -> int | None:
    """0 for a title, 1-9 for headings, None for text."""
    name = (paragraph.style.name or "") if paragraph.style is not None else ""
    if name == "Title":
        return 0
    number = name.removeprefix("Heading ").strip()
    return int(number) if name.startswith("Heading ") and number.isdigit() else None


def runs(paragraph: Any) -> Iterator[tuple[str, bool]]:
    """(text, whether it is hidden) of every run, those of insertions and links included, deletions not."""
    for run in paragraph.iter(f"{W}r"):
        text = "".join(
            (element.text or "") if element.tag == f"{W}t" else _BLANKS.get(element.tag, "")
            for element in run
        )
        if text:
            yield text, _hidden(run.find(f"{W}rPr"))


def _hidden(properties: Any) -> bool:
    if properties is None:
        return False
    vanish, colour, size = (properties.find(f"{W}{name}") for name in ("vanish", "color", "sz"))
    shaded = properties.find(f"{W}shd") is not None or properties.find(f"{W}highlight") is not None
    return (
        (vanish is not None and vanish.get(f"{W}val") not in ("0", "false"))
        or (colour is not None and (colour.get(f"{W}val") or "").lower() == "ffffff" and not shaded)
        or (size is not None and (size.get(f"{W}val") or "").isdigit() and int(size.get(f"{W}val")) <= TINY)
    )


def add_table(composer: Composer, table: Any) -> None:
    """A table of a document. White on a dark cell is a usual header, so colours do not hide text here."""
    rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in table.rows]
    add_text_table(composer, "table", rows)
