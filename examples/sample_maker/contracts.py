"""Supply contracts as PDF with a text layer."""

from __future__ import annotations

import io

from .scans import long_date
from .story import ITEMS, OURS, SUPPLIERS, Story, Supplier

DELIVERY_DAYS = {"lanterns": 14, "anchors": 10, "batteries": 7, "hulls": 14, "transmitters": 10, "ropes": 7}
WARRANTY_MONTHS = {
    "lanterns": 36,
    "anchors": 60,
    "batteries": 24,
    "hulls": 120,
    "transmitters": 24,
    "ropes": 12,
}


def files(story: Story) -> dict[str, bytes]:
    return {f"contracts/{s.contract}-{s.name.lower().replace(' ', '-')}.pdf": _pdf(s) for s in SUPPLIERS}


def clauses(s: Supplier) -> list[tuple[str, list[str]]]:
    goods = [item for item in ITEMS if item.supplier == s.name]
    prices = [f"The price of the {i.name} ({i.sku}) is EUR {i.price_eur:,.2f} per {i.unit}." for i in goods]
    days, months = DELIVERY_DAYS[s.makes], WARRANTY_MONTHS[s.makes]
    return [
        ("1 Parties", [
            f"This contract is made between {OURS}, Skerrow, and {s.name}, {s.city}, {s.country}.",
            f"It was signed on {long_date(s.signed)} and runs for four years.",
        ]),
        ("2 Goods", [f"{s.name} supplies {s.makes} and their spare parts to {OURS}."]),
        ("3 Prices", [*prices, "Prices may be changed once a year with three months of notice."]),
        ("4 Delivery", [
            f"{s.name} delivers within {days} days after an order to the yard in Skerrow.",
            "A shipment is late when it arrives after the due date that the order states.",
        ]),
        ("5 Warranty", [f"{s.name} gives a warranty of {months} months on all {s.makes}."]),
        ("6 Penalty", [
            f"For each late shipment {s.name} pays a penalty of EUR {s.penalty_eur} to {OURS}.",
            "The penalties of a calendar year are settled by one credit note in January of the next year.",
            f"Claims for missed penalties expire twelve months after the credit note of {s.name}.",
        ]),
        ("7 Ending", ["Either party may end the contract with six months of notice in writing."]),
    ]  # fmt: skip


def _pdf(s: Supplier) -> bytes:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    style = getSampleStyleSheet()
    story = [
        Paragraph(f"Supply contract {s.contract}", style["Title"]),
        Paragraph(f"{OURS} and {s.name}", style["Heading2"]),
    ]
    for title, sentences in clauses(s):
        story.append(Paragraph(title, style["Heading3"]))
        story += [
            Paragraph(f"{title[0]}.{n} {text}", style["BodyText"]) for n, text in enumerate(sentences, 1)
        ]
    story += [Spacer(1, 30), Paragraph(f"Signed for {s.name} by {s.contact}.", style["BodyText"])]
    packed = io.BytesIO()
    SimpleDocTemplate(packed, title=f"Supply contract {s.contract}", author=OURS, invariant=1).build(story)
    return packed.getvalue()
