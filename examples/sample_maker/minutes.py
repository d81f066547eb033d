"""Minutes of the board: the older ones in Markdown, the later ones as DOCX."""

from __future__ import annotations

import io
from datetime import date

from .packing import FIXED, freeze
from .scans import long_date
from .story import Story

MINUTES: tuple[tuple[date, str, tuple[str, ...]], ...] = (
    (date(2021, 3, 18), "md", (
        "The board approved contract C-2021-03 with Tidewell Castings for anchors and chain.",
        "Tomas Reyle reported that the first six buoys of the Merrow Bay project are moored.",
        "The Port of Merrow asked for a second survey in autumn.",
    )),
    (date(2021, 10, 7), "md", (
        "Hanna Brandt will manage the Oxley Reach project, which started on 13 September 2021.",
        "Halden Electronics becomes the supplier of AIS transmitters under contract C-2021-09.",
        "The apprentice programme starts with two apprentices in January 2022.",
    )),
    (date(2022, 3, 24), "md", (
        "Two hulls of the Merrow Bay project were cracked by ice in February 2022.",
        "The insurer paid EUR 6,240 for the two cracked hulls.",
        "The board decided to look for a maker of hulls that withstand ice.",
    )),
    (date(2022, 11, 17), "md", (
        "The Kestrel Harbour Board awarded the Kestrel Sound project to Brackwater Buoy Works.",
        "The lanterns of the Kestrel Sound project come from Nordlys Optics under contract C-2022-07.",
        "Orrin Battery will supply the batteries of the project under contract C-2022-11.",
    )),
    (date(2023, 2, 9), "docx", (
        "The board set the budget of the Kestrel Sound project at EUR 480,000.",
        "Petrel Polymers offered hulls of ice-proof polyethylene; contract C-2023-02 will be signed this month.",
        "The travel policy was renewed: the daily allowance rises to EUR 52.",
    )),
    (date(2023, 6, 15), "docx", (
        "Odile Marchetti reported that the Gannet Point project needs eighteen buoys instead of sixteen.",
        "Several lanterns of Nordlys Optics arrived late in spring, so the assembly of three buoys stood still.",
        "The board asked Tomas Reyle to keep a list of late shipments for the penalty under the contract.",
    )),
    (date(2023, 11, 23), "docx", (
        "The last of the twenty-two buoys of the Kestrel Sound project was moored on 14 November 2023.",
        "Halden Electronics repaired nine telemetry modems under warranty.",
        "The board approved a second paint booth for EUR 37,500.",
    )),
    (date(2024, 2, 8), "docx", (
        "Nordlys Optics sent credit note CN-2024-03 for the late shipments of 2023.",
        "Mirela Stan will compare the credit note with the list of shipments before it is booked.",
        "The Tern Conservancy asked for an offer for the Tern Estuary.",
    )),
    (date(2024, 9, 19), "docx", (
        "The Tern Estuary project is two weeks behind because a hull was damaged in transport.",
        "The board elected Odile Marchetti as its chair from January 2025.",
        "Marlow Cordage announced a price increase of 4 % for ropes in 2025.",
    )),
)  # fmt: skip

PRESENT = "Present: Odile Marchetti, Tomas Reyle, Hanna Brandt, Mirela Stan (finance)."


def files(story: Story) -> dict[str, bytes]:
    made = {}
    for day, kind, points in MINUTES:
        make = _markdown if kind == "md" else _docx
        made[f"minutes/{day.isoformat()}-board.{kind}"] = make(day, points)
    return made


def _markdown(day: date, points: tuple[str, ...]) -> bytes:
    body = "\n\n".join(f"## Item {i}\n\n{text}" for i, text in enumerate(points, 1))
    return f"# Minutes of the board, {long_date(day)}\n\nDate: {day}\n\n{PRESENT}\n\n{body}\n".encode()


def _docx(day: date, points: tuple[str, ...]) -> bytes:
    from docx import Document

    paper = Document()
    paper.core_properties.title = f"Minutes of the board, {long_date(day)}"
    paper.core_properties.author = "Mirela Stan"
    paper.core_properties.created = paper.core_properties.modified = FIXED.replace(
        day.year, day.month, day.day
    )
    paper.add_heading(f"Minutes of the board, {long_date(day)}", 1)
    paper.add_paragraph(PRESENT)
    for i, text in enumerate(points, 1):
        paper.add_heading(f"Item {i}", 2)
        paper.add_paragraph(text)
    packed = io.BytesIO()
    paper.save(packed)
    return freeze(packed.getvalue())
