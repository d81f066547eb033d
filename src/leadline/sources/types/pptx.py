"""PowerPoint: each slide a mark; text, tables and notes in reading order; hidden slides marked hidden."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from leadline.errors import need
from leadline.evidence.model import Document, Slide
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.sheets import add_text_table
from leadline.sources.types import Type
from leadline.sources.zips import check_office

READS = (
    Type(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        (".pptx", ".pptm"),
        member="ppt/presentation.xml",
    ),
)


def read(data: bytes, context: Context) -> list[Document]:
    pptx: Any = need("pptx", "docs", "Reading PowerPoint files")
    check_office(data, context)
    source = pptx.Presentation(io.BytesIO(data))
    composer, title = Composer(context), ""
    for number, slide in enumerate(source.slides, 1):
        start = composer.length
        head = slide.shapes.title
        title = title or (head.text_frame.text if head is not None else "")
        for shape in ordered(slide.shapes):
            _shape(composer, shape)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            _lines(composer, slide.notes_slide.notes_text_frame.text, "Notes: ")
        composer.mark(start, Slide(number))
        if slide._element.get("show") == "0":
            composer.hide(start, composer.length - 1)
    composer.metadata["author"] = source.core_properties.author or ""
    return [composer.document(title=source.core_properties.title or title)]


def ordered(shapes: Iterable[Any]) -> Iterator[Any]:
    """Shapes from top to bottom, then left to right; groups opened."""
    for shape in sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0)):
        if hasattr(shape, "shapes"):
            yield from ordered(shape.shapes)
        else:
            yield shape


def _shape(composer: Composer, shape: Any) -> None:
    if getattr(shape, "has_table", False):
        rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in shape.table.rows]
        add_text_table(composer, "table", rows)
    elif getattr(shape, "has_chart", False):
        _chart(composer, shape.chart)
    elif shape.has_text_frame:
        _lines(composer, shape.text_frame.text)


def _chart(composer: Composer, chart: Any) -> None:
    """A chart is the table behind it."""
    try:
        plot = chart.plots[0]
        names = [str(category) for category in plot.categories]
        series = [(str(one.name), list(one.values)) for one in plot.series]
    except (AttributeError, IndexError, KeyError, ValueError):
        return  # a chart without a cache of its values has nothing to read
    rows = [
        [name, *(values[at] if at < len(values) else None for _, values in series)]
        for at, name in enumerate(names)
    ]
    composer.table("chart", ["category", *(name for name, _ in series)], rows)


def _lines(composer: Composer, text: str, before: str = "") -> None:
    if text.strip():
        composer.add(before + text.replace("\v", "\n").strip())
