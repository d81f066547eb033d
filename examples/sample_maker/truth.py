"""What is known about the sample: the fields of every scan, and questions with their answers and files."""

from __future__ import annotations

from typing import Any

from .scans import money
from .story import CREDIT_NOTE, PENALISED, SUPPLIERS, WRONG_BUDGET_EUR, Invoice, Story
from .tables import MISTYPED, ledger_rows

DEMO = (
    "How many shipments from Nordlys Optics were late in 2023, what penalty does its contract set for each "
    "late shipment, and what is the total of its credit note CN-2024-03?"
)


def known(story: Story) -> dict[str, Any]:
    supplier = next(s for s in SUPPLIERS if s.name == PENALISED)
    credit = story.credited * supplier.penalty_eur
    contract = f"contracts/{supplier.contract}-nordlys-optics.pdf"
    mistyped = story.invoices[MISTYPED]
    booked = next(row[5] for row in ledger_rows(story)["invoices"] if row[0] == mistyped.number)
    return {
        "seed": story.seed,
        "demo": {
            "question": DEMO,
            "answers": [str(story.late_2023), f"EUR {supplier.penalty_eur}", money(credit)],
            "files": ["tables/shipments.csv", contract, f"invoices/{CREDIT_NOTE}.jpg"],
        },
        "invoices": [invoice_truth(v, i) for i, v in enumerate(story.invoices)],
        "credit_note": {
            "file": f"invoices/{CREDIT_NOTE}.jpg",
            "number": CREDIT_NOTE,
            "shipments": story.credited,
            "total": money(credit),
        },
        "questions": [
            {
                "question": "What penalty is due for each late shipment of lanterns for the Kestrel Sound project?",
                "answers": [f"EUR {supplier.penalty_eur}"],
                "hops": ["minutes/2022-11-17-board.md", contract],
            },
            {
                "question": "What is the daily allowance for journeys?",
                "answers": ["EUR 52"],
                "hops": ["policies/travel-policy.md"],
                "stale": "policies/archive/travel-policy-2021.md",
            },
            {
                "question": "How long is the warranty of Orrin Battery for gel batteries?",
                "answers": ["36 months"],
                "hops": ["contracts/C-2022-11-amendment-scan.pdf"],
            },
            {"question": "How many people work at the yard in Oslo?", "answers": [], "hops": []},
        ],
        "contradictions": [
            {
                "about": "budget of the Kestrel Sound project",
                "values": ["EUR 480,000", f"EUR {WRONG_BUDGET_EUR:,}"],
                "files": ["minutes/2023-02-09-board.docx", "slides/annual-review-2023.pptx"],
            },
            {
                "about": f"total of invoice {mistyped.number}",
                "values": [money(mistyped.total_eur), money(booked)],
                "files": [invoice_file(mistyped, MISTYPED), "tables/ledger.sqlite"],
            },
            {
                "about": f"late shipments of {PENALISED} in 2023",
                "values": [str(story.late_2023), str(story.credited)],
                "files": ["tables/shipments.csv", f"invoices/{CREDIT_NOTE}.jpg"],
            },
        ],
    }


def invoice_file(invoice: Invoice, index: int) -> str:
    return f"invoices/{invoice.number}.{'png' if index % 3 == 0 else 'jpg'}"


def invoice_truth(invoice: Invoice, index: int) -> dict[str, Any]:
    return {
        "file": invoice_file(invoice, index),
        "number": invoice.number,
        "supplier": invoice.supplier.name,
        "project": invoice.project.name,
        "issued": invoice.issued.isoformat(),
        "due": invoice.due.isoformat(),
        "subtotal": money(invoice.subtotal_eur),
        "vat": money(invoice.vat_eur),
        "total": money(invoice.total_eur),
        "cells": [
            [line.name, str(line.quantity), money(line.price_eur), money(line.amount_eur)]
            for line in invoice.lines
        ],
    }
