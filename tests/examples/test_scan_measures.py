"""How the scan benchmark counts: perfect text scores 1, empty text 0, a wrong digit is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.scans import cells_in_rows, fields

TRUTH = {
    "number": "AB-1",
    "supplier": "Nordlys Optics",
    "project": "Merrow Bay",
    "issued": "2022-04-30",
    "due": "2022-05-30",
    "subtotal": "100.00",
    "vat": "21.00",
    "total": "121.00",
    "cells": [["Top mark set", "2", "50.00", "100.00"]],
}
PAGE = """Nordlys Optics
Invoice AB-1
Date: 30 April 2022
Payment due: 30 May 2022
Project: Merrow Bay
Top mark set 2 50.00 100.00
Subtotal 100.00
VAT 21 % 21.00
Total EUR 121.00"""


def test_a_perfect_text_is_wholly_right():
    assert all(fields(PAGE, TRUTH).values())
    assert cells_in_rows(PAGE, TRUTH) == (4, 4)


def test_an_empty_text_is_wholly_wrong():
    assert not any(fields("", TRUTH).values())
    assert cells_in_rows("", TRUTH) == (0, 4)


def test_a_wrong_digit_and_a_subtotal_are_no_total():
    assert not fields(PAGE.replace("EUR 121.00", "EUR 127.00"), TRUTH)["total"]
    assert not fields(PAGE.replace("Total EUR 121.00", "Subtotal EUR 121.00"), TRUTH)["total"]


def test_a_cell_counts_only_in_its_row():
    assert cells_in_rows(PAGE.replace("set 2 50.00 100.00", "set\n2 50.00 100.00"), TRUTH) == (1, 4)
