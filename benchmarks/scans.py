"""What the readers see on scanned invoices with known truth: `python -m benchmarks.scans`

The ten invoices of the sample and others drawn with other seeds (same layout, other figures, angles and noise) are
read by Leadline's own reader. A field is right when its value stands in the text, the total when the line of the
total carries it, a cell when it stands in the line of its row. Spaces inside a value do not count; nothing else is
forgiven.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.record import record, table
from examples.sample_maker.scans import invoice_page, long_date, scan
from examples.sample_maker.story import SEED, Invoice, invoices, tell
from examples.sample_maker.truth import invoice_file, invoice_truth

from leadline.bench.stats import mean_interval
from leadline.sources.read import read_sources

SAMPLE = Path(__file__).resolve().parents[1] / "sample"
FIELDS = ("number", "supplier", "project", "issued", "due", "subtotal", "vat", "total")


class Seen(NamedTuple):
    """One invoice: each field and the total line (1 or 0), and how many of its cells stand in their row."""

    file: str
    fields: dict[str, bool]
    cells_right: int
    cells: int

    @property
    def all_right(self) -> bool:
        return all(self.fields.values()) and self.cells_right == self.cells


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def fields(text: str, truth: dict[str, Any]) -> dict[str, bool]:
    """Is each field's value in the text; dates as the page prints them, the total on its own line."""
    printed = {name: str(truth[name]) for name in FIELDS}
    for name in ("issued", "due"):
        printed[name] = long_date(date.fromisoformat(truth[name]))
    whole = plain(text)
    found = {name: plain(value) in whole for name, value in printed.items()}
    lines = [plain(line) for line in text.splitlines()]
    found["total"] = any(
        re.fullmatch(rf"Total\W*EUR\W*{re.escape(printed['total'])}", line) for line in lines
    )
    return found


def cells_in_rows(text: str, truth: dict[str, Any]) -> tuple[int, int]:
    """Cells that stand in the line of their row, in order, between blanks."""
    lines = text.splitlines()
    right = total = 0
    for name, *numbers in truth["cells"]:
        line = next((one for one in lines if plain(one).startswith(plain(name))), "")
        words = line.replace("|", " ").split()
        right += bool(line) + sum(number in words for number in numbers)
        total += 1 + len(numbers)
    return right, total


def judge(folder: Path, truths: dict[str, dict[str, Any]]) -> list[Seen]:
    made = []
    for reading in read_sources([folder]):
        truth = truths.get(reading.uri.rpartition("/")[2])
        if truth is not None:
            text = "\n".join(document.text for document in reading.documents)
            made.append(Seen(truth["file"], fields(text, truth), *cells_in_rows(text, truth)))
    return made


def drawn(n: int, folder: Path) -> dict[str, dict[str, Any]]:
    """`n` other invoices as scans in a folder, with their truths by file name."""
    truths = {}
    for i, invoice in enumerate(invoices(random.Random(SEED + 100), n)):
        name = f"{i:03d}-{Path(invoice_file(invoice, i)).name}"
        (folder / name).write_bytes(scan(invoice_page(invoice), SEED + 200 + i, name.rpartition(".")[2]))
        truths[name] = invoice_truth(invoice, i) | {"file": name}
    return truths


def sample_truths(made: Iterable[Invoice]) -> dict[str, dict[str, Any]]:
    return {Path(invoice_file(v, i)).name: invoice_truth(v, i) for i, v in enumerate(made)}


def row(name: str, seen: list[Seen]) -> list[Any]:
    by_field = [float(ok) for s in seen for ok in s.fields.values()]
    totals = mean_interval([float(s.fields["total"]) for s in seen])
    cells = sum(s.cells_right for s in seen) / sum(s.cells for s in seen)
    low = f"{totals.mean:.3f} [{max(0.0, totals.low):.3f}, {min(1.0, totals.high):.3f}]"
    return [name, len(seen), low, sum(by_field) / len(by_field), cells, sum(s.all_right for s in seen)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--more", type=int, default=20, help="invoices drawn with other seeds")
    more = parser.parse_args().more
    began = time.monotonic()
    sample = judge(SAMPLE / "invoices", sample_truths(tell().invoices))
    with tempfile.TemporaryDirectory() as place:
        others = judge(Path(place), drawn(more, Path(place)))
    seconds = time.monotonic() - began
    columns = ["invoices", "n", "total found [95 %]", "fields", "cells", "wholly right"]
    groups = {"sample": sample, "others": others}
    by_field = [
        [f, *(sum(s.fields[f] for s in seen) / len(seen) for seen in groups.values())] for f in FIELDS
    ]
    n = len(sample) + len(others)
    text = "\n\n".join(
        [
            f"{n} scans read in {seconds:.0f} s by two workers. Wanted: totals in at least .95.",
            table(columns, [row(name, seen) for name, seen in groups.items()]),
            table(["field", *groups], by_field),
        ]
    )
    kept = {name: [s._asdict() for s in seen] for name, seen in groups.items()}
    record("scans", "Scanned invoices", text, kept)


if __name__ == "__main__":
    main()
