"""Policies (one with an outdated copy), mails, a saved web page, slides and notes."""

from __future__ import annotations

import io
import json
from email.message import EmailMessage
from email.policy import SMTP

from .packing import FIXED, freeze
from .story import WRONG_BUDGET_EUR, Story

TRAVEL = """# Travel policy

Date: {date}

This policy holds for all journeys of the staff of Brackwater Buoy Works.

## Allowance

The daily allowance for journeys is EUR {allowance}. Nights in a hotel are paid up to EUR {hotel} per night.

## Means of travel

Trains are preferred to flights when the journey takes less than {hours} hours.
"""
PURCHASING = """# Purchasing policy

Date: 2022-05-30

Orders above EUR 5,000 need the signature of two members of the board.

An invoice is paid only after its amount was compared with the order and with the delivery note.

Penalties for late shipments are claimed by the finance office once a year.
"""
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Nordlys Optics: marine lanterns</title>
<meta name="date" content="2023-08-21"></head>
<body>
<nav><a href="/">Home</a> <a href="/shop">Shop</a> <a href="/jobs">Jobs</a> <a href="/contact">Contact</a></nav>
<main><article>
<h1>Marine lanterns</h1>
<p>Nordlys Optics has built lanterns for buoys and beacons in Bergen since 1974.</p>
<h2>Solar lantern 5 NM</h2>
<p>The solar lantern 5 NM shines for 20 nights without sun. Its lens is made of acrylic and its body of marine bronze.
It may be used between -30 and +50 degrees Celsius.</p>
<h2>Sector lantern 9 NM</h2>
<p>The sector lantern 9 NM shows white, red and green sectors with a precision of 0.5 degrees.</p>
</article></main>
<footer>Cookies help us to help you. Accept all cookies. Follow us. Imprint.</footer>
</body></html>
"""
MAILS = (
    (
        "2023-05-16-nordlys-delays",
        "ingrid.solheim@nordlys.example",
        "Tomas Reyle",
        "Tue, 16 May 2023 08:12:00 +0200",
        "Late lanterns",
        (
            "Dear Tomas, a fire at our lens maker has delayed several shipments this spring.",
            "We know that contract C-2022-07 sets a penalty and will settle it with the usual credit note.",
        ),
    ),
    (
        "2023-06-13-orrin-warranty",
        "jana.petersen@orrin.example",
        "Hanna Brandt",
        "Tue, 13 Jun 2023 14:40:00 +0200",
        "Longer warranty",
        (
            "Dear Hanna, the signed amendment to contract C-2022-11 is attached as a scan.",
            "The warranty for gel batteries is now 36 months.",
        ),
    ),
    (
        "2023-11-15-kestrel-thanks",
        "harbour.master@kestrel.example",
        "Odile Marchetti",
        "Wed, 15 Nov 2023 17:05:00 +0000",
        "Kestrel Sound is lit",
        (
            "Dear Odile, last night all twenty-two buoys of Kestrel Sound were lit for the first time.",
            "The pilots ask whether buoy 14 can be moved 40 metres to the west.",
        ),
    ),
    (
        "2024-02-12-credit-note-check",
        "mirela.stan@brackwater.example",
        "Tomas Reyle",
        "Mon, 12 Feb 2024 09:30:00 +0100",
        "Credit note CN-2024-03",
        (
            "Dear Tomas, credit note CN-2024-03 counts fewer late shipments than our own list of shipments.",
            "Please check the shipments of Nordlys Optics for 2023 before I book it.",
        ),
    ),
    (
        "2024-04-03-tidewell-foundry",
        "declan.roche@tidewell.example",
        "Tomas Reyle",
        "Wed, 3 Apr 2024 11:20:00 +0100",
        "Foundry closed in August",
        (
            "Dear Tomas, our foundry is closed for repairs from 5 to 23 August 2024.",
            "Please order the anchors for the Tern Estuary project before the end of June.",
        ),
    ),
    (
        "2024-10-01-insurer",
        "claims@harbourmutual.example",
        "Mirela Stan",
        "Tue, 1 Oct 2024 10:00:00 +0100",
        "Damaged hull",
        (
            "Dear Ms Stan, we accept claim HM-3391 for the hull that was damaged in transport.",
            "We will pay EUR 2,870 within fourteen days.",
        ),
    ),
)
SLIDES = (
    ("Annual review 2023", ("Brackwater Buoy Works", "Presented to the members on 28 March 2024")),
    (
        "Projects",
        (
            f"The budget of the Kestrel Sound project was EUR {WRONG_BUDGET_EUR:,}.",
            "Gannet Point grew from sixteen to eighteen buoys.",
        ),
    ),
    (
        "People",
        (
            "Thirty-one people worked at the yard at the end of 2023.",
            "Two apprentices passed their examination.",
        ),
    ),
)
LOG = """Buoy test log, yard of Skerrow

2023-04-11  Buoy KS-07: lantern lit 14 nights without sun, 6 fewer than the maker states.
2023-04-19  Buoy KS-09: leak at the hatch, gasket replaced.
2023-05-03  Buoy KS-11: AIS transmitter silent, antenna whip replaced.
2024-06-20  Buoy TE-02: hull dented during loading, sent back to Petrel Polymers.
"""
MAINTENANCE = {
    "project": "Kestrel Sound",
    "next_inspection": "2025-05-12",
    "buoys": [
        {"buoy": "KS-07", "lantern": "LN-20", "battery": "BT-90", "inspected": "2024-05-14"},
        {"buoy": "KS-14", "lantern": "LN-30", "battery": "BT-90", "inspected": "2024-05-15"},
        {"buoy": "KS-22", "lantern": "LN-20", "battery": "BT-40", "inspected": "2024-05-15"},
    ],
}


def files(story: Story) -> dict[str, bytes]:
    old = TRAVEL.format(date="2021-02-01", allowance=45, hotel=110, hours=5)
    new = TRAVEL.format(date="2023-02-09", allowance=52, hotel=130, hours=7)
    made = {
        "policies/travel-policy.md": new.encode(),
        "policies/archive/travel-policy-2021.md": old.encode(),
        "policies/purchasing-policy.md": PURCHASING.encode(),
        "web/nordlys-lanterns.html": PAGE.encode(),
        "slides/annual-review-2023.pptx": _slides(),
        "notes/buoy-test-log.txt": LOG.encode(),
        "notes/maintenance.json": (json.dumps(MAINTENANCE, indent=2) + "\n").encode(),
    }
    return made | {f"mails/{mail[0]}.eml": _mail(*mail) for mail in MAILS}


def _mail(name: str, sender: str, to: str, sent: str, subject: str, sentences: tuple[str, ...]) -> bytes:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = f"{to} <{to.lower().replace(' ', '.')}@brackwater.example>"
    mail["Date"] = sent
    mail["Subject"] = subject
    mail["Message-ID"] = f"<{name}@mail.example>"
    mail.set_content("\n\n".join(sentences) + "\n")
    return mail.as_bytes(policy=SMTP)


def _slides() -> bytes:
    from pptx import Presentation

    show = Presentation()
    show.core_properties.title = "Annual review 2023"
    show.core_properties.author = "Odile Marchetti"
    show.core_properties.created = show.core_properties.modified = FIXED.replace(2024, 3, 28)
    for title, lines in SLIDES:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
    packed = io.BytesIO()
    show.save(packed)
    return freeze(packed.getvalue())
