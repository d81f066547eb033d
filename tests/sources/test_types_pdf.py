"""PDF with a text layer: pages, hidden text, damage, passwords."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import made_files as made
import pytest

from leadline.errors import SourceError
from leadline.evidence.model import Page


def drawn_pdf(draw: Callable[[Any], None]) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    packed = io.BytesIO()
    canvas = Canvas(packed, pagesize=(400, 400), invariant=1)
    draw(canvas)
    canvas.save()
    return packed.getvalue()


def test_pages_are_marked() -> None:
    document = made.read(made.pdf("Contract C-1\nDate: 4 May 2022", "The price is EUR 12.50."), "a.pdf")
    assert document.text == "Contract C-1\nDate: 4 May 2022\nThe price is EUR 12.50.\n"
    assert [(document.text[m.start : m.end], m.place) for m in document.marks] == [
        ("Contract C-1\nDate: 4 May 2022", Page(1)), ("The price is EUR 12.50.", Page(2)),
    ]  # fmt: skip
    assert (document.title, document.date) == ("Contract C-1", "2022-05-04")
    assert made.read(made.pdf("Text here", title="A title"), "a.pdf").title == "A title"
    assert made.read(made.pdf("Text here", title="untitled"), "a.pdf").title == "Text here"


def test_text_that_nobody_sees_is_marked_hidden() -> None:
    def draw(canvas: Any) -> None:
        canvas.drawString(40, 340, "The price is 12 euros.")
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(40, 300, "white on white")
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(40, -60, "below the page")
        canvas.setFont("Helvetica", 0.5)
        canvas.drawString(40, 250, "half a point")
        canvas.setFont("Helvetica", 12)
        canvas.rect(30, 190, 300, 30, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(40, 200, "white on black")

    document = made.read(drawn_pdf(draw), "a.pdf")
    hidden = " ".join(document.text[a:b] for a, b in document.hidden)
    visible = document.text[: document.hidden[0][0]]
    assert "The price is 12 euros." in visible
    assert "white on black" in visible
    for words in ("white on white", "below the page", "half a point"):
        assert words.replace(" ", "") in hidden.replace(" ", "").replace("\n", "")
        assert words not in visible


def test_damaged_and_locked_files_say_so() -> None:
    whole = made.pdf("Hello world", "More")
    with pytest.raises(SourceError, match="protected by a password"):
        made.read(made.pdf("secret", password="x"), "a.pdf")
    with pytest.raises(SourceError, match="damaged"):
        made.read(b"%PDF-1.7\n" + b"x" * 500, "a.pdf")
    # Without its last bytes a PDF's table of objects is rebuilt; without the root object there is nothing to rebuild.
    assert made.read(whole[:-20], "a.pdf").text.startswith("Hello world")
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(SourceError, match="damaged"):
            made.read(whole[: int(share * len(whole))], "a.pdf")
    with pytest.raises(SourceError, match="2 pages, more than 1"):
        made.read(whole, "a.pdf", max_pages=1)


def test_the_header_may_stand_a_little_further_down() -> None:
    assert made.read(b"junk\n" * 20 + made.pdf("Hello world"), "a").text == "Hello world\n"


def test_a_zip_of_stored_pdfs_and_prose_about_pdf_are_not_taken_for_one_pdf() -> None:
    page = made.pdf("Only one page")
    stored = made.zipped({"a.pdf": page, "b.pdf": page}, zipfile.ZIP_STORED)  # as file hosts pack downloads
    documents, missed = made.read_all(stored, "download.zip")
    assert [document.uri for document in documents] == [
        "folder/download.zip!/a.pdf",
        "folder/download.zip!/b.pdf",
    ]
    assert missed == []
    assert (
        made.read(b"Such a file begins with %PDF-1.7 and a line end.", "notes.txt").media_type == "text/plain"
    )
