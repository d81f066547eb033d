"""What accountants and laboratories ask of their tables: rows of totals count once, and so do rows without a value."""

from __future__ import annotations

from test_tables_questions import answered, small

from leadline.agents.tables import answer_from_tables
from leadline.agents.tables.totals import total_rows
from leadline.environments.typed import typed_table
from leadline.evidence.model import Table

EXPENSES = (
    "expenses_q1",
    ("Date", "Category", "Amount"),
    [
        ("2025-01-14", "Travel", "EUR 100.00"),
        ("2025-01-20", "Meals", "EUR 20.50"),
        ("2025-02-03", "Travel", "EUR 30.00"),
        ("Total", None, "EUR 150.50"),
    ],
)
BANK = (
    "bank_statement_2025_03",
    ("Booking date", "Counterparty", "Amount (EUR)", "Balance (EUR)"),
    [
        ("2025-03-03", "Harbour Homes", -1850.0, 3150.25),
        ("2025-03-11", "Berg Ltd", 900.5, 4050.75),
        ("2025-03-12", "Berg Ltd", -100.0, 3950.75),
        ("2025-03-31", "Own bank", -12.9, 3937.85),
    ],
)
RUNS = (
    "viscosity_run7",
    ("Sample ID", "Replicate", "Temp_C", "Viscosity (mPa·s)"),
    [
        ("S-01", 1, 25, "12.4"), ("S-01", 2, 25, "12.9"), ("S-01", 3, 40, "9.75"),
        ("S-02", 1, 25, "48.2"), ("S-02", 2, 25, "n.d."), ("S-02", 3, 40, "47.6"),
    ],
)  # fmt: skip


def rows_of(*rows: tuple, columns: tuple[str, ...] = ("What", "Who", "EUR")) -> tuple[int, ...]:
    return total_rows(typed_table(Table("t", columns, rows, 0), "d"))


def test_rows_of_totals_are_found():
    assert rows_of(
        ("a", "x", 1), ("b", "y", 2), ("Subtotal", None, 3), ("c", "x", 4), ("Grand total", None, 7)
    ) == (2, 4)
    assert rows_of(("a", "x", 1), ("b", "y", 2), (None, None, 3)) == (2,)  # the sum below, without a word
    assert rows_of(("a", "x", 1), ("b", "y", 2), (None, None, 4)) == ()
    assert rows_of(("Total Oil", "x", 1), ("Sum Ltd", "y", 2), ("c", "z", 5)) == ()  # names


def test_a_total_is_not_added_up_again():
    answer = answered("What is the total of the expenses?", small(EXPENSES))
    assert answer.result == ((150.5,),)
    assert answer.text.endswith("is EUR 150.50 (rows of totals left out).")
    assert answered("How much was spent on travel in the expenses?", small(EXPENSES)).result == ((130,),)
    assert answered("What was the total amount in January 2025?", small(EXPENSES)).result == ((120.5,),)


def test_a_row_of_totals_hides_the_word_total_from_no_other_table():
    assert answered("What is the total balance of Berg Ltd?", small(EXPENSES, BANK)).result == ((8001.5,),)


def test_a_total_with_a_name_is_found_by_it():
    costs = (
        "costs",
        ("Item", "Budget (EUR)"),
        [("Rent", 10), ("Fuel", 5), ("Total costs", 15), ("Revenue", 40)],
    )
    assert answered("What is the budget of the total costs?", small(costs)).result == ((15,),)


def test_what_was_paid_leaves_the_account():
    assert answered("How much did we pay Berg Ltd?", small(BANK)).result == ((-100,),)
    assert answered("How much did we pay Harbour Homes in March 2025?", small(BANK)).text.endswith(
        "EUR -1,850.00."
    )
    assert answer_from_tables("How many counterparties did we pay?", small(BANK)) is None


def test_a_day_is_enough_to_look_up_a_balance():
    assert answered("What was the balance on 31 March 2025?", small(BANK)).result == ((3937.85,),)
    assert answer_from_tables("What was the balance on 30 March 2025?", small(BANK)) is None


def test_rows_without_a_value_are_told():
    text = answered("What is the average viscosity of sample S-02?", small(RUNS)).text
    assert text.endswith("is 47.900 mPa·s; 1 row has no value.")


def test_numbers_behind_the_name_of_a_column_are_its_values():
    assert answered("What is the viscosity of sample S-01, replicate 2?", small(RUNS)).result == ((12.9,),)
    assert answered("What is the viscosity of S-02 at 40 °C?", small(RUNS)).result == ((47.6,),)
    assert answered("What is the average viscosity at a temperature of 25?", small(RUNS)).result == ((24.5,),)
    assert answer_from_tables("What is the viscosity of S-02 at -40 °C?", small(RUNS)) is None
    assert answer_from_tables("What is the viscosity of S-02 at 40 bar?", small(RUNS)) is None


def test_the_gross_amount_is_the_column_gross():
    bills = (
        "bills",
        ("Bill", "Net amount (EUR)", "Gross [EUR]"),
        [("B-1", 100.0, 119.5), ("B-2", 50.0, 59.5)],
    )
    assert answered("What is the gross amount of B-1?", small(bills)).result == ((119.5,),)
    assert answered("What is the total net amount?", small(bills)).result == ((150,),)


def test_shares_temperatures_and_quotients_do_not_add_up():
    table = (
        "fills",
        ("Tank", "VAT %", "Temp_C", "Price [EUR/kg]", "Litres (L)"),
        [("T1", 19, 20, 1.5, 10), ("T1", 7, 25, 2.5, 30), ("T2", 19, 30, 2.0, 20)],
    )
    for measure in ("VAT", "temperature", "price"):
        assert answer_from_tables(f"What is the total {measure}?", small(table)) is None
    assert (
        answered("What is the average temperature?", small(table)).text
        == "The average Temp of fills is 25.00 C."
    )
    assert answered("What is the total of litres?", small(table)).result == ((60,),)
    # of several measurements the highest, not their sum
    assert answered("Which tank has the highest temperature?", small(table)).result == (("T2", 30),)


def test_a_table_is_counted_by_its_name_and_not_by_a_column_of_numbers():
    bills = ("bills_2025", ("Bill No", "Gross [EUR]"), [("B-1", 1.5), ("B-2", 2.5), ("B-3", 0.5)])
    others = ("supplier_bills", ("Bill", "Amount (EUR)"), [("X-1", 1.5), ("X-2", 2.5)])
    assert answered("How many bills are there?", small(bills, others)).result == ((3,),)


def test_a_column_that_numbers_rows_counts_them():
    runs = (
        "purification",
        ("Run", "Buffer", "Yield [mg]"),
        [(1, "Tris", 8.4), (2, "Tris", 7.7), (3, "HEPES", 5.1), (4, "HEPES", 5.6)],
    )
    assert answered("How many runs used the buffer HEPES?", small(runs)).result == ((2,),)
    assert answered("How many replicates does S-02 have?", small(RUNS)).result == ((3,),)
    assert answer_from_tables("What is the total replicate?", small(RUNS)) is None
    guests = ("visits", ("City", "Guests"), [("Oslo", 1), ("Oslo", 3), ("Bern", 2), ("Rome", 1)])
    assert answered("How many guests came to Oslo?", small(guests)).result == ((4,),)


def test_how_large_asks_for_the_size():
    disks = ("volumes", ("Volume", "Size (GB)", "Age (years)"), [("log", 200, 1), ("backup", 4000, 7)])
    assert answered("How large is the volume backup?", small(disks)).result == ((4000,),)
    assert answered("How old is backup?", small(disks)).text.endswith("is 7 years.")
    assert answer_from_tables("How long is backup?", small(disks)) is None


def test_rows_are_counted_by_what_they_are():
    sales = ("sales", ("Doc", "Kind"), [("I-1", "invoice"), ("C-1", "credit note"), ("C-2", "credit note")])
    assert answered("How many credit notes were issued?", small(sales)).result == ((2,),)
