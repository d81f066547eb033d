"""Questions over the sample's tables with answers computed in plain Python: the measure of `answer_from_tables`.

Every family has paraphrases in two splits. The rules of agents/tables were written and repaired while looking
at `tuned` only; `held_out` was written at the same time and looked at only through its score.
Negative questions sound like the others but ask for what the tables do not hold.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from examples.sample_maker.story import Story
from examples.sample_maker.tables import (
    LEDGER,
    PRICE_COLUMNS,
    SHIPMENT_COLUMNS,
    SUPPLIER_COLUMNS,
    ledger_rows,
    price_rows,
    shipment_rows,
    supplier_rows,
)

from leadline.evidence.model import Document, Mark, Region, Table

Row = dict[str, Any]
MONTHS = (
    "January February March April May June July August September October November December".split()
)  # fmt: skip


class TableQuestion(NamedTuple):
    text: str
    answer: tuple[Any, ...]
    """The figures or names that the result must hold, in order; empty for a question to abstain from."""
    family: str


def tables(story: Story) -> dict[str, list[Row]]:
    """Rows as dictionaries with ISO dates as text, by table."""
    named = {
        "shipments": (SHIPMENT_COLUMNS, shipment_rows(story)),
        "prices": (PRICE_COLUMNS, price_rows()),
        "suppliers": (SUPPLIER_COLUMNS, supplier_rows()),
    }
    named |= {
        n: (tuple(c.split()[0] for c in LEDGER[n].split(", ")), rows)
        for n, rows in ledger_rows(story).items()
    }
    return {
        name: [
            {c: v.isoformat() if isinstance(v, date) else v for c, v in zip(columns, row, strict=True)}
            for row in rows
        ]
        for name, (columns, rows) in named.items()
    }


# family -> split -> paraphrases
PHRASES: dict[str, dict[str, tuple[str, ...]]] = {
    "count": {
        "tuned": (
            "How many shipments from {supplier} were {status} in {year}?",
            "What is the number of {status} shipments of {supplier} shipped in {year}?",
            "Count the shipments of {supplier} with status {status} that were shipped in {year}.",
        ),
        "held_out": (
            "In {year}, how many of the shipments by {supplier} were {status}?",
            "Number of shipments in {year} that {supplier} sent and that were {status}",
        ),
    },
    "count month": {
        "tuned": (
            "How many shipments were carried by {carrier} in {month} {year}?",
            "How many shipments did {carrier} carry in {month} {year}?",
        ),
        "held_out": (
            "What number of shipments went with {carrier} in {month} {year}?",
            "In {month} {year}, how many shipments had the carrier {carrier}?",
        ),
    },
    "sum": {
        "tuned": (
            "What was the total freight of shipments from {supplier} in {year}?",
            "How much freight did we pay for {supplier} shipments shipped in {year}?",
            "What is the sum of the freight for shipments of {supplier} in {year}?",
        ),
        "held_out": (
            "How high was the freight for all shipments of {supplier} in {year} in total?",
            "Total freight in euros for shipments by {supplier} during {year}",
        ),
    },
    "sum quarter": {
        "tuned": (
            "What is the total amount of invoices issued in the {quarter} quarter of {year}?",
            "What was the total amount of the invoices issued in Q{q} {year}?",
        ),
        "held_out": (
            "What do the invoices issued in Q{q} of {year} amount to in total?",
            "Sum of all invoice amounts issued in the {quarter} quarter {year}",
        ),
    },
    "average": {
        "tuned": (
            "What is the average weight of shipments of {sku} in {year}?",
            "What was the mean weight of {sku} shipments shipped in {year}?",
        ),
        "held_out": (
            "How heavy was a shipment of {sku} on average in {year}?",
            "Give the average weight for shipments with sku {sku} in {year}.",
        ),
    },
    "top group": {
        "tuned": (
            "Which supplier had the highest total freight in {year}?",
            "Which supplier has the largest total of invoice amounts issued in {year}?",
            "Which carrier had the most shipments in {year}?",
        ),
        "held_out": (
            "For which supplier was the total freight highest in {year}?",
            "What supplier has the greatest sum of invoice amounts issued in {year}?",
            "What carrier handled the largest number of shipments in {year}?",
        ),
    },
    "extreme": {
        "tuned": (
            "Which item has the highest price?",
            "What is the cheapest item of {supplier}?",
            "Which project has the largest budget?",
            "What is the highest price of an item in the category {category}?",
            "What is the largest invoice amount for the {project} project?",
        ),
        "held_out": (
            "What is the most expensive item?",
            "Which item of {supplier} has the lowest price?",
            "What project has the smallest budget?",
            "What is the lowest price in the category {category}?",
            "How high is the largest invoice of the project {project}?",
        ),
    },
    "lookup": {
        "tuned": (
            "What is the price of the {item}?",
            "Who manages the {project} project?",
            "What is the budget of the {project} project?",
            "In which country is {supplier}?",
            "How much does the {item} cost?",
        ),
        "held_out": (
            "At what price is the {item} sold?",
            "Who is the manager of {project}?",
            "How large is the budget for {project}?",
            "Which country does {supplier} come from?",
            "What does the {item} cost?",
        ),
    },
    "join": {
        "tuned": (
            "How many shipments came from suppliers in {country} in {year}?",
            "What is the total freight of shipments in the category {category} in {year}?",
            "What is the total amount of invoices for projects managed by {manager}?",
            "How many {category} shipments were late in {year}?",
        ),
        "held_out": (
            "How many shipments were sent from {country} in {year}?",
            "What freight was paid in total for {category} shipments in {year}?",
            "For projects with the manager {manager}, what is the total of the invoice amounts?",
            "What is the number of late shipments in the category {category} in {year}?",
        ),
    },
    "compare": {
        "tuned": (
            "How many invoices have an amount of more than {bound:,} euros?",
            "How many items cost less than EUR {price}?",
            "How many shipments had a weight over {weight:,} kg in {year}?",
        ),
        "held_out": (
            "How many invoices exceed an amount of EUR {bound:,}?",
            "How many items have a price below {price} euros?",
            "How many shipments weigh more than {weight:,} kg in {year}?",
        ),
    },
    "distinct": {
        "tuned": (
            "How many different suppliers had lost shipments in {year}?",
            "How many different items does {supplier} offer?",
        ),
        "held_out": (
            "With how many distinct suppliers were shipments lost in {year}?",
            "How many items does {supplier} sell?",
        ),
    },
    "range": {
        "tuned": (
            "How many invoices of {supplier} were issued between {month} {year} and {month2} {year}?",
            "How many shipments of {supplier} arrived before {month} {year}?",
            "How many payments were paid since {month} {year}?",
        ),
        "held_out": (
            "From {month} {year} to {month2} {year}, how many invoices did {supplier} issue?",
            "How many {supplier} shipments had arrived by the end of {year}?",
            "How many payments were made by {method} in {year}?",
        ),
    },
    "negative": {
        "tuned": (
            "How many employees does {supplier} have?",
            "What is the weather in {city}?",
            "How many shipments from {supplier} were refused by customs in {year}?",
            "What penalty does the contract with {supplier} set for a late delivery?",
            "What is the turnover of {supplier} in {year}?",
            "Why did {supplier} raise its prices?",
            "How many shipments from Atlas Dredging arrived in {year}?",
            "What is the price of the foghorn 12 V?",
            "Which supplier had the happiest customers in {year}?",
            "What was decided about the {project} project in {year}?",
        ),
        "held_out": (
            "What is the daily allowance for journeys in {year}?",
            "How long is the warranty of {supplier}?",
            "Which pilot asked to move a buoy in {year}?",
            "How many buoys were moored in {project} in {year}?",
            "Who owns {supplier}?",
            "What did the insurer pay for damaged hulls in {year}?",
            "How many shipments were stolen in {year}?",
            "What colour is the {item}?",
            "Which supplier had the most complaints in {year}?",
            "When does the contract with {supplier} end?",
        ),
    },
}


def documents(story: Story) -> list[Document]:
    """The three table files as documents, made without a reader."""
    base = tables(story)
    groups = {"shipments": ["shipments"], "price-list": ["prices", "suppliers"], "ledger": list(LEDGER)}
    return [_document(title, {name: base[name] for name in names}) for title, names in groups.items()]


def invoice_documents(story: Story) -> list[Document]:
    """The scanned invoices as a reader of scans gives them: a line table and the mark of its region."""
    made = []
    for invoice in story.invoices:
        rows = [
            {"Item": line.name, "Qty": line.quantity, "Unit price": line.price_eur, "Amount": line.amount_eur}
            for line in invoice.lines
        ]
        document = _document(invoice.number, {"page 1 table 1": rows})
        mark = Mark(0, len(document.text), Region(1, (0.0, 0.3, 1.0, 0.6)))
        made.append(msgspec.structs.replace(document, media_type="image/png", marks=(mark,)))
    return made


def _document(title: str, parts: dict[str, list[Row]]) -> Document:
    text, made = "", []
    for name, rows in parts.items():
        columns = tuple(rows[0])
        cells = tuple(tuple(row.values()) for row in rows)
        made.append(Table(name, columns, cells, len(text)))
        lines = [columns, *cells]
        text += "".join(" | ".join("" if c is None else str(c) for c in line) + "\n" for line in lines)
    return Document(
        f"d{title}", title, text, f"sample/tables/{title}", "text/csv", "0" * 64, tables=tuple(made)
    )


def right(answer: tuple[Any, ...], result: Sequence[Sequence[Any]]) -> bool:
    """The expected figures and names stand in the first row of the result; numbers within a cent."""
    row = list(result[0]) if result else []
    return all(any(_equal(wanted, cell) for cell in row) for wanted in answer)


def _equal(wanted: Any, cell: Any) -> bool:
    if isinstance(wanted, str) or isinstance(cell, str) or cell is None:
        return bool(wanted == cell)
    return abs(wanted - cell) <= 0.005 + 1e-9 * abs(wanted)


def questions(story: Story, split: str, n: int, seed: int = 0, *, negative: int = 0) -> list[TableQuestion]:
    """`n` answerable questions, families in turn, and `negative` ones that must be abstained from."""
    chance, base = random.Random(f"{split} {seed}"), tables(story)
    families = [family for family in PHRASES if family != "negative"]
    made = [_question(families[i % len(families)], i // len(families), split, chance, base) for i in range(n)]
    return made + [_question("negative", i, split, chance, base) for i in range(negative)]


def _question(
    family: str, turn: int, split: str, chance: random.Random, base: dict[str, list[Row]]
) -> TableQuestion:
    # The same kind of question stands at the same place in both splits where the truth differs by kind.
    phrases = PHRASES[family][split]
    for _ in range(200):
        slots = _slots(chance, base)
        at = (turn + (chance.randrange(len(phrases)) if turn >= len(phrases) else 0)) % len(phrases)
        if family == "negative":
            return TableQuestion(phrases[at].format(**slots), (), family)
        answer = TRUTH[family](base, slots, at, split)
        if answer:
            return TableQuestion(phrases[at].format(**slots), answer, family)
    raise AssertionError(f"no answerable question of the family {family}")


def _slots(chance: random.Random, base: dict[str, list[Row]]) -> dict[str, Any]:
    first, last = sorted(chance.sample(range(12), 2))
    q = chance.randint(1, 4)
    item = chance.choice(base["prices"])
    return {
        "supplier": chance.choice(base["suppliers"])["supplier"],
        "city": chance.choice(base["suppliers"])["city"],
        "country": chance.choice(base["suppliers"])["country"],
        "status": chance.choice(("late", "lost", "on time")),
        "year": chance.choice((2021, 2022, 2023, 2024)),
        "month": MONTHS[first],
        "month2": MONTHS[last],
        "from": first + 1,
        "to": last + 1,
        "q": q,
        "quarter": ("first", "second", "third", "fourth")[q - 1],
        "carrier": chance.choice(base["shipments"])["carrier"],
        "sku": item["sku"],
        "item": item["item"],
        "category": item["category"],
        "project": chance.choice(base["projects"])["project"],
        "manager": chance.choice(base["projects"])["manager"],
        "method": chance.choice(("bank transfer", "card", "cheque")),
        "bound": chance.choice((5_000, 10_000, 15_000)),
        "price": chance.choice((50, 100, 500, 1000)),
        "weight": chance.choice((500, 1_000, 2_000)),
    }


def _where(rows: Iterable[Row], **wanted: Any) -> list[Row]:
    return [row for row in rows if all(row[c] == v for c, v in wanted.items())]


def _in(rows: Iterable[Row], column: str, prefix: Any) -> list[Row]:
    return [row for row in rows if str(row[column]).startswith(str(prefix))]


def _sum(rows: list[Row], column: str) -> tuple[Any, ...]:
    return (round(sum(row[column] for row in rows), 2),) if rows else ()


def _best(rows: Iterable[Row], key: str, value: Callable[[Row], float]) -> tuple[Any, ...]:
    totals: dict[str, float] = defaultdict(float)
    for row in rows:
        totals[row[key]] += value(row)
    ranked = sorted(totals, key=lambda k: (-totals[k], k))
    return (ranked[0],) if ranked else ()


def _count(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    return (
        len(_in(_where(base["shipments"], supplier=s["supplier"], status=s["status"]), "shipped", s["year"])),
    )


def _count_month(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    return (
        len(_in(_where(base["shipments"], carrier=s["carrier"]), "shipped", f"{s['year']}-{s['from']:02d}")),
    )


def _sum_year(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    return _sum(_in(_where(base["shipments"], supplier=s["supplier"]), "shipped", s["year"]), "freight_eur")


def _sum_quarter(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    months = tuple(f"{s['year']}-{m:02d}" for m in range(3 * s["q"] - 2, 3 * s["q"] + 1))
    return _sum([row for row in base["invoices"] if row["issued"].startswith(months)], "amount_eur")


def _average(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    rows = _in(_where(base["shipments"], sku=s["sku"]), "shipped", s["year"])
    return (sum(row["weight_kg"] for row in rows) / len(rows),) if rows else ()


def _top(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    shipped, issued = _in(base["shipments"], "shipped", s["year"]), _in(base["invoices"], "issued", s["year"])
    return (
        _best(shipped, "supplier", lambda r: r["freight_eur"]),
        _best(issued, "supplier", lambda r: r["amount_eur"]),
        _best(shipped, "carrier", lambda r: 1),
    )[at]


def _extreme(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    prices, invoices = base["prices"], _where(base["invoices"], project=s["project"])
    lowest, highest = min, max
    in_category = [row["price_eur"] for row in _where(prices, category=s["category"])]
    offered = _where(prices, supplier=s["supplier"])
    end = highest if split == "tuned" else lowest
    return (
        (highest(prices, key=lambda r: r["price_eur"])["item"],),
        (lowest(offered, key=lambda r: r["price_eur"])["item"],),
        (end(base["projects"], key=lambda r: r["budget_eur"])["project"],),
        (end(in_category),),
        (highest(row["amount_eur"] for row in invoices),) if invoices else (),
    )[at]


def _lookup(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    price = _where(base["prices"], item=s["item"])[0]["price_eur"]
    project = _where(base["projects"], project=s["project"])[0]
    country = _where(base["suppliers"], supplier=s["supplier"])[0]["country"]
    return ((price,), (project["manager"],), (project["budget_eur"],), (country,), (price,))[at]


def _join(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    there = {r["supplier"] for r in _where(base["suppliers"], country=s["country"])}
    skus = {r["sku"] for r in _where(base["prices"], category=s["category"])}
    led = {r["project"] for r in _where(base["projects"], manager=s["manager"])}
    shipped = _in(base["shipments"], "shipped", s["year"])
    of_category = [r for r in shipped if r["sku"] in skus]
    return (
        (len([r for r in shipped if r["supplier"] in there]),),
        _sum(of_category, "freight_eur"),
        _sum([r for r in base["invoices"] if r["project"] in led], "amount_eur"),
        (len(_where(of_category, status="late")),),
    )[at]


def _compare(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    return (
        (sum(r["amount_eur"] > s["bound"] for r in base["invoices"]),),
        (sum(r["price_eur"] < s["price"] for r in base["prices"]),),
        (sum(r["weight_kg"] > s["weight"] for r in _in(base["shipments"], "shipped", s["year"])),),
    )[at]


def _distinct(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    lost = Counter(r["supplier"] for r in _in(_where(base["shipments"], status="lost"), "shipped", s["year"]))
    return ((len(lost),), (len(_where(base["prices"], supplier=s["supplier"])),))[at]


def _range(base: dict[str, list[Row]], s: Row, at: int, split: str) -> tuple[Any, ...]:
    first, last = f"{s['year']}-{s['from']:02d}", f"{s['year']}-{s['to']:02d}"
    issued = [r for r in _where(base["invoices"], supplier=s["supplier"]) if first <= r["issued"][:7] <= last]
    arrived = [r for r in _where(base["shipments"], supplier=s["supplier"]) if r["arrived"]]
    if split == "held_out":
        by_end = [r for r in arrived if r["arrived"][:4] <= str(s["year"])]
        by_method = _in(_where(base["payments"], method=s["method"]), "paid_on", s["year"])
        return ((len(issued),), (len(by_end),), (len(by_method),))[at]
    before = [r for r in arrived if r["arrived"] < first]
    since = [r for r in base["payments"] if r["paid_on"] >= first]
    return ((len(issued),), (len(before),), (len(since),))[at]


TRUTH: dict[str, Callable[[dict[str, list[Row]], Row, int, str], tuple[Any, ...]]] = {
    "count": _count,
    "count month": _count_month,
    "sum": _sum_year,
    "sum quarter": _sum_quarter,
    "average": _average,
    "top group": _top,
    "extreme": _extreme,
    "lookup": _lookup,
    "join": _join,
    "compare": _compare,
    "distinct": _distinct,
    "range": _range,
}
