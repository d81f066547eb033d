"""OpenDocument text and presentations: paragraphs and tables in order, heading paths, slides; deleted text left out."""

from __future__ import annotations

from typing import Any

from leadline.evidence.model import Document, Slide
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.dates import iso_date
from leadline.sources.sections import Sections
from leadline.sources.sheets import add_text_table
from leadline.sources.types import Type
from leadline.sources.types.markup import xml_tree
from leadline.sources.zips import check_office

_NAME = "application/vnd.oasis.opendocument."
READS = tuple(
    Type(f"{_NAME}{kind}", (suffix,), member="content.xml", mimetype=f"{_NAME}{kind}".encode())
    for kind, suffix in (("text", ".odt"), ("presentation", ".odp"))
)
_LEFT_OUT = frozenset(("tracked-changes", "annotation", "annotation-end", "note-citation", "forms"))
MAX_REPEATED = 100


def read(data: bytes, context: Context) -> list[Document]:
    container = check_office(data, context)
    composer, sections = Composer(context), Sections()
    _walk(composer, sections, xml_tree(container.read("content.xml")))
    sections.close(composer)
    title = made = ""
    if any(info.filename == "meta.xml" for info in container.members):
        meta = xml_tree(container.read("meta.xml"))
        title, made = meta.findtext(".//{*}title") or "", iso_date(meta.findtext(".//{*}date") or "")
    return [composer.document(title=title or sections.title, made=made)]


def local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _walk(composer: Composer, sections: Sections, parent: Any, slides: list[int] | None = None) -> None:
    slides = slides if slides is not None else [0]
    for element in parent:
        tag, start = local(element), composer.length
        if tag == "p":
            composer.add_any(said(element))
        elif tag == "h":
            text = said(element)
            composer.add_any(text)
            if text:
                sections.open(composer, int(_attribute(element, "outline-level") or 1), text, start)
        elif tag == "table":
            rows = [_cells(row) for row in element.iter("{*}table-row")]
            add_text_table(composer, _attribute(element, "name") or "table", rows)
        elif tag == "page":
            slides[0] += 1
            _walk(composer, sections, element, slides)
            composer.mark(start, Slide(slides[0]))
        elif tag not in _LEFT_OUT:
            _walk(composer, sections, element, slides)


def _cells(row: Any) -> list[str]:
    cells: list[str] = []
    for cell in row.iter("{*}table-cell"):
        repeated = _attribute(cell, "number-columns-repeated")
        n = min(int(repeated), MAX_REPEATED) if repeated.isdigit() else 1
        cells += [" ".join(said(cell).split())] * n
    return cells


def said(element: Any) -> str:
    """The text of an element, spaces and line breaks that are elements included."""
    pieces = [element.text or ""]
    for child in element:
        tag = local(child)
        if tag == "s":
            pieces.append(" " * min(int(_attribute(child, "c") or 1), MAX_REPEATED))
        elif tag in ("tab", "line-break"):
            pieces.append("\t" if tag == "tab" else "\n")
        elif tag not in _LEFT_OUT:
            pieces.append(said(child) + (" " if tag in ("p", "h") else ""))
        pieces.append(child.tail or "")
    return "".join(pieces).strip("\n")


def _attribute(element: Any, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")
