"""PDF: the text layer page by page; pages without one are rendered and recognised.

Hidden, and marked so, is a character that lies off the page, is not larger than a point, or is white where the page
stays white around it.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any, NamedTuple

from leadline.errors import SourceError, need
from leadline.evidence.model import Document, Page
from leadline.sources.canonical import canonical
from leadline.sources.compose import Composer
from leadline.sources.context import Context
from leadline.sources.dates import iso_date
from leadline.sources.scans import add_scan, room_for_page
from leadline.sources.types import Type

# Readers of PDF pass over rubbish in front: lines of a protocol, binary heads. Not so here over prose that speaks of
# PDF, and over ZIP archives whose members are stored as they are.
OPENING = rb"(?!PK\x03\x04)(?:.{0,1018}[\x00-\x1f])?%PDF-\d"
READS = (Type("application/pdf", (".pdf",), opening=OPENING),)
DPI = 150
"""Of the picture that is recognised and cut for reports: letters of 10 points are 20 pixels high."""
LONGEST_SIDE = 3500
FEW = 4
"""A page with fewer visible letters than this is taken for a scan (a page number is no text layer)."""
MAX_SUSPECTS = 20_000
_SIGNS: dict[int, str] = {0: "", 13: "", 2: "-", 0xFFFE: "-"}
"""U+0002 and U+FFFE are pdfium's signs for a hyphen at a line's end; of its line ends one character is enough."""


def read(data: bytes, context: Context) -> list[Document]:
    pdfium: Any = need("pypdfium2", "docs", "Reading PDF")
    pdf = open_pdf(data)
    if len(pdf) > context.limits.max_pages:
        raise SourceError(
            f"It has {len(pdf):,} pages, more than {context.limits.max_pages:,}.",
            remedy="Split it, or raise max_pages.",
        )
    composer = Composer(context)
    scanned = 0
    for number in range(1, len(pdf) + 1):
        start = composer.length
        try:
            page = pdf[number - 1]
            scanned += _add_page(composer, page, number)
            page.close()
        except pdfium.PdfiumError as error:
            context.missed(
                f"#page={number}", f"This page is damaged ({error}).", "Get a fresh copy of the file."
            )
        composer.mark(start, Page(number))
    composer.metadata |= {"scanned_pages": str(scanned or ""), "pages": str(len(pdf))}
    if not composer.length:
        raise SourceError("No text was found or recognised in it.", remedy="If it holds text, scan it again.")
    information = pdf.get_metadata_dict()
    composer.metadata["author"] = information.get("Author", "")
    title = _title(information.get("Title", ""), composer.pieces[0])
    pdf.close()
    return [composer.document(title=title, made=_made(information))]


def open_pdf(data: bytes) -> Any:
    """A pypdfium2 document; SourceError for a password and for damage."""
    pdfium: Any = need("pypdfium2", "docs", "Reading PDF")
    try:
        pdf = pdfium.PdfDocument(data)
        len(pdf)
        return pdf
    except pdfium.PdfiumError as error:
        if "assword" in str(error):
            raise SourceError(
                "It is protected by a password.", remedy="Save a copy without the password."
            ) from error
        why = str(error).rstrip(".")
        raise SourceError(f"The PDF is damaged ({why}).", remedy="Get a fresh copy of it.") from error


def render(page: Any, scale: float = DPI / 72) -> Any:
    """RGB pixels (height, width, 3) of a page on white, at most 3,500 a side."""
    longest = max(page.get_size())
    if not longest > 0:
        raise SourceError("A page has no size.")
    bitmap = page.render(scale=min(scale, LONGEST_SIDE / longest), rev_byteorder=True, prefer_bgrx=False)
    return bitmap.to_numpy()[:, :, :3]


def _add_page(composer: Composer, page: Any, number: int) -> bool:
    """Add a page; whether it had to be recognised."""
    text, hidden = page_text(page)
    visible = sum(
        1 for character, unseen in zip(text, hidden, strict=True) if character.isalnum() and not unseen
    )
    if visible >= FEW:
        _add_lines(composer, text, hidden)
        return False
    if not room_for_page(composer, number):
        return False
    found = add_scan(composer, render(page), number)
    if not found and visible:
        _add_lines(composer, text, hidden)
    if any(hidden):
        composer.add(text, hidden=True)
    return found > 0


def _add_lines(composer: Composer, text: str, hidden: list[bool]) -> None:
    """Whole lines, with the hidden stretches taken out of them and put behind, marked."""
    visible = "".join(character for character, unseen in zip(text, hidden, strict=True) if not unseen)
    composer.add(visible.strip("\n"))
    unseen = "".join(character for character, unseen in zip(text, hidden, strict=True) if unseen)
    composer.add_any(unseen, hidden=True)


def page_text(page: Any) -> tuple[str, list[bool]]:
    """The text layer and, for each of its characters, whether it is hidden."""
    raw: Any = need("pypdfium2.raw", "docs", "Reading PDF")
    layer = page.get_textpage()
    try:
        doubt = doubts(raw, page)
        if not any(doubt):
            text = layer.get_text_range().translate(_SIGNS)
            return text, [False] * len(text)
        n = layer.count_chars()
        characters = [chr(raw.FPDFText_GetUnicode(layer, i)).translate(_SIGNS) for i in range(n)]
        suspects = _suspects(raw, layer, page, n, doubt)
    finally:
        layer.close()
    joined = "".join(characters)
    hidden = [i in suspects for i, character in enumerate(characters) for _ in character]
    # A character beyond U+FFFF comes as two halves.
    if any("\ud800" <= character <= "\udfff" for character in joined):
        joined = joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        hidden = (hidden + [False] * len(joined))[: len(joined)]
    return joined, hidden


class Doubts(NamedTuple):
    """Whether any text object of a page is white or transparent; whether any is tiny, off the page or inside a form."""

    pale: bool
    placed: bool


def doubts(raw: Any, page: Any) -> Doubts:
    """Looked at object by object: characters are only looked at on pages with doubts, for they are many."""
    left, bottom, right, top = page.get_bbox()
    colour = [ctypes.c_uint() for _ in range(4)]
    sides = [ctypes.c_float() for _ in range(4)]
    pale = placed = False
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,)):
        pale |= bool(raw.FPDFPageObj_GetFillColor(item, *colour)) and _pale(*(part.value for part in colour))
        # Inside a form the coordinates are the form's own.
        if item.level or not raw.FPDFPageObj_GetBounds(item, *sides):
            placed = True
            continue
        x0, y0, x1, y1 = (side.value for side in sides)
        placed |= x0 < left or y0 < bottom or x1 > right or y1 > top or y1 - y0 <= 1
    return Doubts(pale, placed)


def _pale(red: int, green: int, blue: int, alpha: int) -> bool:
    return min(red, green, blue) >= 250 or alpha < 8


def _suspects(raw: Any, layer: Any, page: Any, n: int, doubt: Doubts) -> set[int]:
    """Indices of hidden characters among the first n."""
    colour = [ctypes.c_uint() for _ in range(4)]
    box = [ctypes.c_double() for _ in range(4)]
    x0, x1, y0, y1 = box
    left, bottom, right, top = page.get_bbox()
    off: set[int] = set()
    white: list[int] = []
    for i in range(n):
        raw.FPDFText_GetCharBox(layer, i, *box)
        if not x1.value > x0.value:
            continue  # spaces and line ends that pdfium puts in
        outside = x1.value < left or x0.value > right or y1.value < bottom or y0.value > top
        if outside or (0 < y1.value - y0.value <= 1 and raw.FPDFText_GetFontSize(layer, i) <= 1):
            off.add(i)
        elif (
            doubt.pale
            and raw.FPDFText_GetFillColor(layer, i, *colour)
            and _pale(*(part.value for part in colour))
        ):
            white.append(i)
    if not white or len(white) > MAX_SUSPECTS:
        return off | set(white)
    return off | _on_white(layer, page, white)


def _on_white(layer: Any, page: Any, white: list[int]) -> set[int]:
    """Which white characters stand on white: the page's picture shows no ink in their boxes."""
    pixels = render(page, 1.0)
    height, width = pixels.shape[:2]
    left, bottom, right, top = page.get_bbox()
    if page.get_rotation():
        return set()  # boxes are in unturned coordinates; such pages keep their text
    found = set()
    for i in white:
        x0, y0, x1, y1 = layer.get_charbox(i)
        columns = sorted(int((x - left) / (right - left) * width) for x in (x0, x1))
        rows = sorted(int((top - y) / (top - bottom) * height) for y in (y0, y1))
        patch = pixels[max(0, rows[0]) : rows[1] + 1, max(0, columns[0]) : columns[1] + 1]
        if patch.size == 0 or patch.min() > 200:
            found.add(i)
    return found


def _title(stated: str, first: str) -> str:
    """The title of the metadata unless a program made it up, else the first line if it is short."""
    stated = " ".join(canonical(stated).split())
    if stated and not re.match(
        r"(?i)untitled|\(?anonymous|microsoft (word|powerpoint)|.*\.(docx?|dvi|tex|pdf)$", stated
    ):
        return stated
    line = next((line.strip() for line in first.split("\n") if line.strip()), "")
    return line if len(line) <= 120 else ""


def _made(information: dict[str, str]) -> str:
    """ISO date of `D:20230516...`; a file without a clock says 2000 or 1970."""
    match = re.match(
        r"D?:?(\d{4})(\d{2})(\d{2})", information.get("ModDate") or information.get("CreationDate") or ""
    )
    found = iso_date("-".join(match.groups())) if match else ""
    return "" if found in ("2000-01-01", "1970-01-01") else found
