"""The sample folder of Brackwater Buoy Works, one file per kind of source.

story.py     names, prices, contracts and the facts that several files must agree on
tables.py    shipments (CSV), price list (XLSX), ledger (SQLite)
scans.py     invoices and a credit note as noisy, slightly rotated images; an image-only PDF
contracts.py contracts (PDF with a text layer)
minutes.py   minutes (DOCX and Markdown)
papers.py    policies, mails, a saved web page, slides, notes
packing.py   zip-based formats with fixed times
truth.py     what is known about it: fields of the scans, questions with their answers
"""

from __future__ import annotations

from typing import Any

from . import contracts, minutes, papers, scans, tables
from .story import SEED, tell
from .truth import known

__all__ = ["SEED", "make"]


def make(seed: int = SEED) -> tuple[dict[str, bytes], dict[str, Any]]:
    """All files (path inside the folder -> bytes) and the truth about them."""
    story = tell(seed)
    files: dict[str, bytes] = {}
    for part in (contracts, minutes, scans, papers, tables):
        files |= part.files(story)
    return dict(sorted(files.items())), known(story)
