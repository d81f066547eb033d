"""Invoices as scans: drawn, rotated by up to 1.2 degrees, blurred, specked and stored as JPEG or grey PNG."""

from __future__ import annotations

import io
import random
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from .story import CREDIT_NOTE, OURS, PENALISED, SUPPLIERS, Invoice, Story

WIDTH, HEIGHT = 940, 1180
Words = list[tuple[int, int, str, int, bool]]
"""x, y, text, size, bold."""


def files(story: Story) -> dict[str, bytes]:
    made = {}
    for i, invoice in enumerate(story.invoices):
        kind = "png" if i % 3 == 0 else "jpg"
        made[f"invoices/{invoice.number}.{kind}"] = scan(invoice_page(invoice), story.seed + i, kind)
    made[f"invoices/{CREDIT_NOTE}.jpg"] = scan(credit_page(story), story.seed + 90, "jpg")
    amendment = scan(amendment_page(), story.seed + 91, "jpg")
    made["contracts/C-2022-11-amendment-scan.pdf"] = image_pdf(amendment, "Amendment 1 to contract C-2022-11")
    return made


def money(value: float) -> str:
    return f"{value:,.2f}"


def long_date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def invoice_page(invoice: Invoice) -> Words:
    s = invoice.supplier
    words: Words = [
        (70, 60, s.name, 34, True),
        (70, 108, f"{s.city}, {s.country}", 18, False),
        (70, 190, f"Invoice {invoice.number}", 27, True),
        (70, 240, f"Date: {long_date(invoice.issued)}", 19, False),
        (70, 272, f"Payment due: {long_date(invoice.due)}", 19, False),
        (70, 304, f"Bill to: {OURS}", 19, False),
        (70, 336, f"Project: {invoice.project.name}", 19, False),
    ]
    for x, head in zip((70, 470, 570, 730), ("Item", "Qty", "Unit price", "Amount"), strict=True):
        words.append((x, 420, head, 19, True))
    y = 466
    for line in invoice.lines:
        cells = (line.name, str(line.quantity), money(line.price_eur), money(line.amount_eur))
        words += [(x, y, cell, 19, False) for x, cell in zip((70, 470, 570, 730), cells, strict=True)]
        y += 42
    sums = (
        ("Subtotal", invoice.subtotal_eur),
        ("VAT 21 %", invoice.vat_eur),
        ("Total EUR", invoice.total_eur),
    )
    for label, value in sums:
        y += 44
        bold = label.startswith("Total")
        words += [(530, y, label, 20, bold), (730, y, money(value), 20, bold)]
    words.append((70, 1060, f"Please quote {invoice.number} with your payment.", 17, False))
    return words


def credit_page(story: Story) -> Words:
    supplier = next(s for s in SUPPLIERS if s.name == PENALISED)
    total = story.credited * supplier.penalty_eur
    text = (
        f"Credit note {CREDIT_NOTE} of {supplier.name} to {OURS}.",
        f"It settles the penalty for late shipments in 2023 under contract {supplier.contract}.",
        f"Credited are {story.credited} late shipments at EUR {supplier.penalty_eur}.00 each.",
        f"The total of credit note {CREDIT_NOTE} is EUR {money(total)}.",
    )
    words: Words = [
        (70, 60, supplier.name, 34, True),
        (70, 108, f"{supplier.city}, {supplier.country}", 18, False),
        (70, 190, f"Credit note {CREDIT_NOTE}", 27, True),
        (70, 240, "Date: 22 January 2024", 19, False),
    ]
    words += [(70, 330 + 40 * i, line, 18, False) for i, line in enumerate(text)]
    words += [(70, 560, "Total credit EUR", 21, True), (470, 560, money(total), 21, True)]
    words.append((70, 700, f"For {supplier.name}: {supplier.contact}", 18, False))
    return words


def amendment_page() -> Words:
    lines = (
        "Between Brackwater Buoy Works and Orrin Battery, signed on 12 June 2023.",
        "Clause 3.2 is replaced. The price of the gel battery 90 Ah is EUR 268.90 per piece.",
        "The warranty of Orrin Battery for gel batteries is extended to 36 months.",
        "All other clauses of contract C-2022-11 remain in force.",
    )
    words: Words = [(70, 70, "Amendment 1 to contract C-2022-11", 27, True)]
    return words + [(70, 170 + 44 * i, line, 18, False) for i, line in enumerate(lines)]


def draw(words: Words) -> Any:
    """A clean grey page. The fonts come with reportlab, so no font of the system matters."""
    import reportlab
    from PIL import Image, ImageDraw, ImageFont

    fonts = Path(reportlab.__file__).parent / "fonts"
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    pen = ImageDraw.Draw(page)
    for x, y, text, size, bold in words:
        pen.text(
            (x, y),
            text,
            fill=25,
            font=ImageFont.truetype(str(fonts / ("VeraBd.ttf" if bold else "Vera.ttf")), size),
        )
    pen.line((70, 168, WIDTH - 70, 168), fill=90, width=2)
    return page


def scan(words: Words, seed: int, kind: str, *, noise: float = 7.0) -> bytes:
    """The page as an old scanner gives it. `noise` is the standard deviation in grey levels of 255."""
    from PIL import Image, ImageFilter

    chance, numbers = random.Random(seed), np.random.default_rng(seed)
    angle = chance.choice((-1, 1)) * chance.uniform(0.3, 1.2)
    page = (
        draw(words)
        .rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
        .filter(ImageFilter.GaussianBlur(0.6))
    )
    grey = np.asarray(page, dtype=np.float32) * 0.93 + 6
    grey += numbers.normal(0, noise, grey.shape)
    specks = numbers.random(grey.shape)
    grey[specks < 0.0004] = 40
    grey[specks > 0.9997] = 255
    if kind == "png":
        # The other common setting of scanners: sixteen grey levels and the paper blown out to white.
        white = np.where(grey > 222, 255, np.clip(grey, 0, 255))
        levels = Image.fromarray((white // 16).astype(np.uint8) * 17)
        return _save(levels.quantize(16), "PNG", bits=4)
    return _save(Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)), "JPEG", quality=58)


def image_pdf(jpeg: bytes, title: str) -> bytes:
    """A PDF that holds nothing but the picture of its page."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    packed = io.BytesIO()
    canvas = Canvas(packed, pagesize=(595, 842), invariant=1)
    canvas.setTitle(title)
    canvas.drawImage(ImageReader(io.BytesIO(jpeg)), 0, 95, 595, 747)
    canvas.save()
    return packed.getvalue()


def _save(image: Any, kind: str, **options: Any) -> bytes:
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return packed.getvalue()
