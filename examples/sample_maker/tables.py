"""Shipments (CSV), price list (XLSX with two sheets) and ledger (SQLite with three tables)."""

from __future__ import annotations

import csv
import io
import random
import sqlite3
from datetime import date, timedelta
from typing import Any

from .packing import FIXED, freeze
from .story import ITEMS, PROJECTS, SUPPLIERS, Story

MISTYPED = 3
"""Index of the scanned invoice whose amount has two digits swapped in the ledger."""

SHIPMENT_COLUMNS = (
    "shipment", "supplier", "sku", "quantity", "weight_kg", "carrier",
    "shipped", "due", "arrived", "status", "freight_eur",
)  # fmt: skip
PRICE_COLUMNS = ("sku", "item", "supplier", "category", "unit", "price_eur", "min_order", "valid_from")
SUPPLIER_COLUMNS = ("supplier", "country", "city", "contract", "signed", "contact")
LEDGER = {
    "invoices": "number TEXT PRIMARY KEY, supplier TEXT, project TEXT, issued TEXT, due TEXT, amount_eur REAL, "
    "status TEXT",
    "payments": "payment INTEGER PRIMARY KEY, invoice TEXT, paid_on TEXT, amount_eur REAL, method TEXT",
    "projects": "code TEXT PRIMARY KEY, project TEXT, client TEXT, budget_eur REAL, manager TEXT, started TEXT",
}


def files(story: Story) -> dict[str, bytes]:
    return {
        "tables/shipments.csv": _csv(SHIPMENT_COLUMNS, shipment_rows(story)),
        "tables/price-list.xlsx": _workbook(),
        "tables/ledger.sqlite": _ledger(story),
    }


def shipment_rows(story: Story) -> list[tuple[Any, ...]]:
    return [
        (
            s.id, s.supplier, s.sku, s.quantity, s.weight_kg, s.carrier, s.shipped.isoformat(), s.due.isoformat(),
            s.arrived.isoformat() if s.arrived else None, s.status, s.freight_eur,
        )
        for s in story.shipments
    ]  # fmt: skip


def price_rows() -> list[tuple[Any, ...]]:
    return [
        (i.sku, i.name, i.supplier, i.category, i.unit, i.price_eur, i.min_order, date(2023, 1, 1))
        for i in ITEMS
    ]


def supplier_rows() -> list[tuple[Any, ...]]:
    return [(s.name, s.country, s.city, s.contract, s.signed, s.contact) for s in SUPPLIERS]


def swapped(amount: float) -> float:
    """Two neighbouring digits of the amount exchanged, as a typist does: 14280.50 -> 12480.50.

    >>> swapped(14280.5)
    12480.5
    """
    digits = f"{amount:.2f}"
    at = next(i for i in range(1, len(digits) - 1) if digits[i] != digits[i + 1] and digits[i + 1] != ".")
    return float(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])


def ledger_rows(story: Story) -> dict[str, list[tuple[Any, ...]]]:
    chance = random.Random(story.seed + 2)
    invoices = [
        (v.number, v.supplier.name, v.project.name, v.issued, v.due, v.total_eur, "paid")
        for v in story.invoices
    ]
    wrong = list(invoices[MISTYPED])
    wrong[5] = swapped(wrong[5])
    invoices[MISTYPED] = tuple(wrong)
    taken = {row[0] for row in invoices}
    while len(invoices) < 260:
        supplier, issued = chance.choice(SUPPLIERS), date(2021, 3, 1) + timedelta(days=chance.randrange(1380))
        number = f"{supplier.prefix}-{issued.year}-{chance.randint(100, 899)}"
        if number in taken:
            continue
        taken.add(number)
        project = chance.choice([p for p in PROJECTS if p.started <= issued])
        status = chance.choices(("paid", "open", "disputed"), (80, 14, 6))[0]
        amount = round(chance.lognormvariate(8.3, 0.8), 2)
        invoices.append(
            (number, supplier.name, project.name, issued, issued + timedelta(days=30), amount, status)
        )
    invoices.sort(key=lambda row: (row[3], row[0]))
    paid = [row for row in invoices if row[6] == "paid"]
    payments = [
        (
            i,
            r[0],
            r[3] + timedelta(days=chance.randint(5, 45)),
            r[5],
            chance.choice(("bank transfer", "card", "cheque")),
        )
        for i, r in enumerate(paid, 1)
    ]
    projects = [(p.code, p.name, p.client, float(p.budget_eur), p.manager, p.started) for p in PROJECTS]
    return {"invoices": invoices, "payments": payments, "projects": projects}


def _csv(columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _workbook() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.properties.created = FIXED
    book.properties.creator = "Brackwater Buoy Works"
    sheets = (("Prices", PRICE_COLUMNS, price_rows()), ("Suppliers", SUPPLIER_COLUMNS, supplier_rows()))
    for title, columns, rows in sheets:
        sheet = book.create_sheet(title)
        for row in (columns, *rows):
            sheet.append(row)
    del book["Sheet"]
    packed = io.BytesIO()
    book.save(packed)
    return freeze(packed.getvalue())


def _ledger(story: Story) -> bytes:
    base = sqlite3.connect(":memory:")
    for name, rows in ledger_rows(story).items():
        base.execute(f"CREATE TABLE {name} ({LEDGER[name]})")
        texts = [tuple(v.isoformat() if isinstance(v, date) else v for v in row) for row in rows]
        base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", texts)
    base.commit()
    return base.serialize()
