"""What was paid, read from the lines of a receipt.

Lines are in reading order with label and amount in one line where they stand beside each other (`models.ocr.lines`).
Amounts beside a word for the whole ("total", "amount due") count, those beside its parts, taxes and what was handed
over do not; of what remains the sum that comes after rounding, then the one named most often, then the last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

_AMOUNT = re.compile(
    r"(?<![\d.,/:-])(?:RM|MYR|[$€£])?\s?(\d{1,3}(?:,\d{3})+|\d+)\s?\.\s?(\d{2})(?![\d%/:]|\.\d|\s?%)", re.I
)
_WHOLE = re.compile(
    r"\b(?:t[o0]tal|grand|amount due|amt due|nett?\b.*\bamt|balance due|total due|payable|jumlah)", re.I
)
_PART = re.compile(
    r"sub\s*-?\s*t[o0]tal|q(?:uanti)?ty|items?\b|discount|disc\b|saving|saved|points?|\bexc|before", re.I
)
_TAX = re.compile(r"\b(?:gst|sst|vat|tax)\b", re.I)
_TAXED = re.compile(r"\b(?:inc|inc[il]\w*|with|after)\b", re.I)
_HANDED = re.compile(r"\b(?:cash|change|tender\w*|paid|visa|master\w*|card|payment)\b", re.I)
_DUE = re.compile(r"total|due|payable", re.I)
_ADJUSTED = re.compile(r"\badj", re.I)
_LETTERS = re.compile(r"[a-z]{3}", re.I)
_ROUNDED = re.compile(r"\bround(?:ed|ing)?\b|\bafter\b|\bgrand\b|\bnett?\b", re.I)


def amounts(text: str) -> list[Decimal]:
    """Amounts with two decimals, left to right.

    >>> amounts("TOTAL RM 1,250.00 on 25/12/2018 6.00%")
    [Decimal('1250.00')]
    """
    return [Decimal(f"{whole.replace(',', '')}.{cents}") for whole, cents in _AMOUNT.findall(text)]


def total(lines: Sequence[str]) -> Decimal | None:
    """The total of a receipt, None where no line holds an amount.

    >>> total(["Tea 2.00", "Sub total 2.00", "Service 0.20", "TOTAL: 2.20", "Cash 10.00", "Change 7.80"])
    Decimal('2.20')
    """
    found: list[tuple[int, int, Decimal]] = []
    for number, line in enumerate(lines):
        weight = _weight(line)
        mine = amounts(line)
        if weight and not mine and number + 1 < len(lines) and not _LETTERS.search(lines[number + 1]):
            mine = amounts(lines[number + 1])
        if weight and mine:
            found.append((weight, number, mine[-1]))
    if not found:
        return _paid([amounts(line) for line in lines if not _HANDED.search(line)])
    times = Counter(amount for line in lines for amount in amounts(line))
    return max(found, key=lambda one: (one[2] > 0, one[0], times[one[2]], one[1]))[2]


def _weight(line: str) -> int:
    """0: no total; 1: of a table of taxes, or perhaps without tax; 2: the whole; 3: the whole as it is paid."""
    if not _WHOLE.search(line) or _PART.search(line) or _ADJUSTED.search(line):
        return 0
    if _HANDED.search(line) and not _DUE.search(line):
        return 0
    if len(amounts(line)) > 1 or (_TAX.search(line) and not _TAXED.search(line)):
        return 1
    return 3 if _ROUNDED.search(line) or _TAXED.search(line) else 2


def _paid(by_line: Sequence[Sequence[Decimal]]) -> Decimal | None:
    """The largest amount of lines without a word for money handed over."""
    return max((amount for mine in by_line for amount in mine), default=None)
