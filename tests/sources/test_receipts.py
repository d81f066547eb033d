"""What was paid, from the lines of receipts of many shapes."""

from decimal import Decimal

import pytest

from leadline.sources.receipts import amounts, total

CASES = {
    "cash and change are larger": (["TOTAL: 9.00", "CASH 50.00", "CHANGE 41.00"], "9.00"),
    "rounded": (["TOTAL 9.02", "ROUNDING ADJ -0.02", "ROUNDED TOTAL 9.00"], "9.00"),
    "table of taxes below": (["TOTAL GST : 3.60", "TOTAL (INCLUSIVE OF GST) : 63.60", "TOTAL : 60.00 3.60"], "63.60"),
    "without tax first": (["TOTAL (EXCLUDING GST) 12.50", "TOTAL (INCLUSIVE OF GST) 13.25"], "13.25"),
    "amount in the next line": (["Tea", "TOTAL", "RM 1,250.00", "Thank you"], "1250.00"),
    "no word for it": (["Tea 2.00", "Cake 3.50", "Cash 10.00"], "3.50"),
    "sub total and savings": (["SUB TOTAL 5.00", "TOTAL SAVINGS 8.00", "TOTAL 4.50"], "4.50"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_total_is_found(name):
    lines, paid = CASES[name]
    assert total(lines) == Decimal(paid)


@pytest.mark.parametrize("lines", [[], ["TOTAL"], ["Thank you", "25/12/2018 8:13"], ["6.00%"]])
def test_nothing_is_made_up(lines):
    assert total(lines) is None


def test_dates_shares_and_longer_numbers_are_no_amounts():
    assert amounts("25.12.2018 6.00% 1.234 RM2.50") == [Decimal("2.50")]
