"""Spreadsheets (XLSX, XLSB, XLS, ODS): each sheet a heading and its tables with typed cells."""

from __future__ import annotations

import io
from typing import Any

from leadline.errors import SourceError, need
from leadline.evidence.model import Document, Heading
from leadline.sources.cells import plain_cell
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.sheets import add_grid
from leadline.sources.types import Type
from leadline.sources.zips import check_office

READS = (
    Type(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (".xlsx", ".xlsm"),
        member="xl/workbook.xml",
    ),
    Type("application/vnd.ms-excel.sheet.binary.macroenabled.12", (".xlsb",), member="xl/workbook.bin"),
    Type(
        "application/vnd.oasis.opendocument.spreadsheet",
        (".ods",),
        member="content.xml",
        mimetype=b"application/vnd.oasis.opendocument.spreadsheet",
    ),
    Type(
        "application/vnd.ms-excel",
        (".xls",),
        opening=rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|\x09\x08[\x00-\x10]\x00",
    ),
)
_PASSWORDED = "EncryptedPackage".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")
_POWERPOINT = "PowerPoint Document".encode("utf-16-le")
_OUTLOOK = "__properties_version1.0".encode("utf-16-le")


def read(data: bytes, context: Context) -> list[Document]:
    calamine: Any = need("python_calamine", "docs", "Reading spreadsheets")
    if data.startswith(b"PK"):
        check_office(data, context)
    else:
        _refuse_other_containers(data)
    composer = Composer(context)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError as error:
        raise SourceError(
            "It is protected by a password.", remedy="Save a copy without the password."
        ) from error
    hidden = {str(s.name) for s in book.sheets_metadata if s.visible != calamine.SheetVisibleEnum.Visible}
    for name in book.sheet_names:
        start = composer.length
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=True, nrows=context.limits.max_rows + 2)
        grid = [[plain_cell(cell) for cell in row] for row in rows]
        if not any(cell is not None for row in grid for cell in row):
            continue
        composer.add(name)
        add_grid(composer, name, grid)
        composer.mark(start, Heading((name,)))
        if name in hidden:
            composer.hide(start, composer.length - 1)
    return [composer.document(title=context.stem)]


def _refuse_other_containers(data: bytes) -> None:
    """The container of old Excel files also holds encrypted new ones, old Word and old PowerPoint."""
    if _PASSWORDED in data:
        raise SourceError("It is protected by a password.", remedy="Save a copy without the password.")
    for sign, what, remedy in (
        (_WORD, "an old Word file", "Save it as DOCX or PDF."),
        (_POWERPOINT, "an old PowerPoint file", "Save it as PPTX or PDF."),
        (_OUTLOOK, "an Outlook mail", "Save it as EML."),
    ):
        if sign in data:
            raise SourceError(f"It is {what}.", remedy=remedy)
