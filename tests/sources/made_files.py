"""Small files of every type, honest and hostile, made when a test asks for them."""

from __future__ import annotations

import io
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from leadline.evidence.model import Document, Failure
from leadline.sources.limits import Limits
from leadline.sources.parse import parse


def read(data: bytes, name: str, **limits: Any) -> Document:
    """The only document of these bytes."""
    documents, missed = parse(data, f"folder/{name}", limits=Limits(**limits))
    assert missed == []
    (document,) = documents
    return document


def read_all(data: bytes, name: str, **limits: Any) -> tuple[list[Document], list[Failure]]:
    return parse(data, f"folder/{name}", limits=Limits(**limits))


def pdf(*pages: str, title: str = "", password: str = "") -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    packed = io.BytesIO()
    encrypt = StandardEncryption(password) if password else None
    canvas = Canvas(packed, pagesize=(400, 400), invariant=1, encrypt=encrypt)
    canvas.setTitle(title)
    for page in pages:
        for number, line in enumerate(page.split("\n")):
            canvas.drawString(40, 340 - 18 * number, line)
        canvas.showPage()
    canvas.save()
    return packed.getvalue()


def busy_pdf() -> bytes:
    """A page whose content is deflated twice and asks for many millions of operations when it is opened."""
    content = b"0 0 m 9 9 l S\n" * 8_000_000
    once = zlib.compress(content, 9)
    return raw_pdf(zlib.compress(once, 9), "/Filter [/FlateDecode /FlateDecode]")


def raw_pdf(stream: bytes, entries: str) -> bytes:
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
        b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(stream), entries.encode(), stream),
    ]
    made = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        made
        + b"xref\n0 5\n0000000000 65535 f \n%strailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (
            table,
            len(made),
        )
    )


def picture(
    lines: Sequence[str], *, angle: float = 0.0, size: tuple[int, int] = (460, 200), kind: str = "PNG"
) -> bytes:
    """Black lines on white; `\\t` starts a column 150 pixels further right."""
    packed = io.BytesIO()
    drawn(lines, angle, size).save(packed, kind)
    return packed.getvalue()


def drawn(lines: Sequence[str], angle: float = 0.0, size: tuple[int, int] = (460, 200)) -> Any:
    import reportlab
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"), 22)
    page = Image.new("L", size, 255)
    pen = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        for column, cell in enumerate(line.split("\t")):
            pen.text((20 + 150 * column, 16 + 44 * row), cell, fill=0, font=font)
    return page.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)


def picture_pdf(*pages: Sequence[str]) -> bytes:
    images = [drawn(lines).convert("RGB") for lines in pages]
    packed = io.BytesIO()
    images[0].save(packed, "PDF", save_all=True, append_images=images[1:], resolution=110)
    return packed.getvalue()


def docx(build: Any) -> bytes:
    import docx as library

    document = library.Document()
    build(document)
    packed = io.BytesIO()
    document.save(packed)
    return packed.getvalue()


def pptx(build: Any) -> bytes:
    import pptx as library

    deck = library.Presentation()
    build(deck)
    packed = io.BytesIO()
    deck.save(packed)
    return packed.getvalue()


def xlsx(sheets: dict[str, list[list[Any]]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def zipped(members: dict[str, bytes | str], level: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


ODS = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def ods(rows: list[list[str | float]], before: str = "") -> bytes:
    def cell(value: str | float) -> str:
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<?xml version="1.0"?>{before}<office:document-content {_ODS_SPACES}><office:body><office:spreadsheet>'
        f'<table:table table:name="Stock">{body}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/></manifest:manifest>'
    )
    return zipped({"mimetype": ODS, "content.xml": content, "META-INF/manifest.xml": manifest})


def epub(chapters: dict[str, str], title: str = "A book") -> bytes:
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    refs = "".join(f'<itemref idref="i{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        f"<dc:title>{title}</dc:title><dc:date>2019-05-04</dc:date><dc:creator>A. Writer</dc:creator></metadata>"
        f"<manifest>{items}</manifest><spine>{refs}</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OPS/package.opf"/></rootfiles></container>'
    )
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OPS/package.opf": package,
            **{f"OPS/{name}": f"<html><body>{body}</body></html>" for name, body in chapters.items()},
        }
    )


def mail(text: str, attached: dict[str, bytes] | None = None, subject: str = "Ropes") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ann Reyes <ann@example.org>", "bo@example.org"
    message["Subject"], message["Date"] = subject, "Tue, 07 May 2024 10:00:00 +0200"
    message.set_content(text)
    for name, content in (attached or {}).items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def sqlite(path: Path, *statements: str) -> bytes:
    base = sqlite3.connect(path)
    for statement in statements:
        base.execute(statement)
    base.commit()
    base.close()
    return path.read_bytes()


def overlapping_zip() -> bytes:
    """Two entries of the directory that share one run of compressed bytes."""
    packed = zipped({"a.txt": "harmless " * 100})
    directory = packed.index(b"PK\x01\x02")
    end = packed.index(b"PK\x05\x06")
    entry = packed[directory:end]
    counts = struct.pack("<HHII", 2, 2, 2 * len(entry), directory)
    return (
        packed[:directory]
        + entry
        + entry.replace(b"a.txt", b"b.txt")
        + packed[end : end + 8]
        + counts
        + b"\0\0"
    )


LAUGHS = (
    "<!DOCTYPE a ["
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    + "]>"
)
