"""Names, prices, contracts, invoices and shipments: the facts on which the files agree (or must not)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

SEED = 7
OURS = "Brackwater Buoy Works"
N_SHIPMENTS = 20_000
PENALISED = "Nordlys Optics"
CREDIT_NOTE = "CN-2024-03"
UNCREDITED = 6
"""Late shipments of 2023 that the credit note forgot: the finding of the demo."""


@dataclass(frozen=True)
class Supplier:
    name: str
    country: str
    city: str
    contract: str
    signed: date
    penalty_eur: int
    makes: str
    contact: str
    prefix: str
    late_share: float


SUPPLIERS = (
    Supplier(
        "Nordlys Optics",
        "Norway",
        "Bergen",
        "C-2022-07",
        date(2022, 7, 4),
        120,
        "lanterns",
        "Ingrid Solheim",
        "NO",
        0.05,
    ),
    Supplier(
        "Tidewell Castings",
        "Ireland",
        "Cork",
        "C-2021-03",
        date(2021, 3, 15),
        95,
        "anchors",
        "Declan Roche",
        "TC",
        0.06,
    ),
    Supplier(
        "Orrin Battery",
        "Germany",
        "Kiel",
        "C-2022-11",
        date(2022, 11, 21),
        85,
        "batteries",
        "Jana Petersen",
        "OB",
        0.03,
    ),
    Supplier(
        "Petrel Polymers",
        "Netherlands",
        "Delfzijl",
        "C-2023-02",
        date(2023, 2, 27),
        200,
        "hulls",
        "Wouter Smit",
        "PP",
        0.08,
    ),
    Supplier(
        "Halden Electronics",
        "Denmark",
        "Aarhus",
        "C-2021-09",
        date(2021, 9, 6),
        150,
        "transmitters",
        "Mette Krogh",
        "HE",
        0.04,
    ),
    Supplier(
        "Marlow Cordage",
        "United Kingdom",
        "Plymouth",
        "C-2021-05",
        date(2021, 5, 10),
        60,
        "ropes",
        "Alan Pascoe",
        "MC",
        0.02,
    ),
)


@dataclass(frozen=True)
class Item:
    sku: str
    name: str
    supplier: str
    category: str
    unit: str
    price_eur: float
    min_order: int
    weight_kg: float


ITEMS = (
    Item("LN-10", "Solar lantern 3 NM", "Nordlys Optics", "lantern", "piece", 412.00, 4, 2.4),
    Item("LN-20", "Solar lantern 5 NM", "Nordlys Optics", "lantern", "piece", 689.50, 2, 3.9),
    Item("LN-30", "Sector lantern 9 NM", "Nordlys Optics", "lantern", "piece", 1940.00, 1, 8.2),
    Item("LN-90", "Lantern lens kit", "Nordlys Optics", "spare part", "set", 58.75, 10, 0.6),
    Item("AN-05", "Mushroom anchor 50 kg", "Tidewell Castings", "anchor", "piece", 236.00, 2, 50.0),
    Item("AN-20", "Mushroom anchor 200 kg", "Tidewell Castings", "anchor", "piece", 845.00, 1, 200.0),
    Item("CH-12", "Mooring chain 12 mm", "Tidewell Castings", "chain", "metre", 18.40, 50, 3.1),
    Item("BT-40", "Gel battery 40 Ah", "Orrin Battery", "battery", "piece", 142.30, 6, 13.5),
    Item("BT-90", "Gel battery 90 Ah", "Orrin Battery", "battery", "piece", 268.90, 4, 28.0),
    Item("BT-99", "Battery lead set", "Orrin Battery", "spare part", "set", 21.60, 20, 0.9),
    Item("HL-15", "Buoy hull 1.5 m", "Petrel Polymers", "hull", "piece", 1275.00, 1, 96.0),
    Item("HL-24", "Buoy hull 2.4 m", "Petrel Polymers", "hull", "piece", 3120.00, 1, 310.0),
    Item("HL-01", "Top mark set", "Petrel Polymers", "spare part", "set", 74.20, 5, 4.4),
    Item("TX-01", "AIS transmitter", "Halden Electronics", "transmitter", "piece", 1180.00, 1, 1.8),
    Item("TX-02", "Telemetry modem", "Halden Electronics", "transmitter", "piece", 534.00, 2, 0.7),
    Item("TX-09", "Antenna whip", "Halden Electronics", "spare part", "piece", 46.90, 10, 0.5),
    Item("RP-18", "Polysteel rope 18 mm", "Marlow Cordage", "rope", "metre", 2.95, 200, 0.15),
    Item("RP-32", "Polysteel rope 32 mm", "Marlow Cordage", "rope", "metre", 7.80, 100, 0.46),
)

CARRIERS = ("Coastline Freight", "Northway Cargo", "Ferrin Couriers")


@dataclass(frozen=True)
class Project:
    code: str
    name: str
    client: str
    budget_eur: int
    manager: str
    started: date


PROJECTS = (
    Project("P-01", "Merrow Bay", "Port of Merrow", 310_000, "Tomas Reyle", date(2021, 2, 1)),
    Project("P-02", "Oxley Reach", "Oxley River Trust", 145_000, "Hanna Brandt", date(2021, 9, 13)),
    Project("P-03", "Kestrel Sound", "Kestrel Harbour Board", 480_000, "Tomas Reyle", date(2022, 11, 7)),
    Project("P-04", "Gannet Point", "Northern Lights Board", 225_000, "Odile Marchetti", date(2023, 5, 2)),
    Project("P-05", "Tern Estuary", "Tern Conservancy", 98_000, "Hanna Brandt", date(2024, 3, 18)),
)
WRONG_BUDGET_EUR = 455_000
"""What the annual review says of the budget of Kestrel Sound; the minutes and the ledger say 480,000."""


@dataclass(frozen=True)
class Shipment:
    id: str
    supplier: str
    sku: str
    quantity: int
    weight_kg: float
    carrier: str
    shipped: date
    due: date
    arrived: date | None
    status: str
    freight_eur: float


@dataclass(frozen=True)
class Line:
    name: str
    quantity: int
    price_eur: float

    @property
    def amount_eur(self) -> float:
        return round(self.quantity * self.price_eur, 2)


@dataclass(frozen=True)
class Invoice:
    number: str
    supplier: Supplier
    project: Project
    issued: date
    lines: tuple[Line, ...]

    @property
    def due(self) -> date:
        return self.issued + timedelta(days=30)

    @property
    def subtotal_eur(self) -> float:
        return round(sum(line.amount_eur for line in self.lines), 2)

    @property
    def vat_eur(self) -> float:
        return round(self.subtotal_eur * 0.21, 2)

    @property
    def total_eur(self) -> float:
        return round(self.subtotal_eur + self.vat_eur, 2)


@dataclass(frozen=True)
class Story:
    seed: int
    shipments: tuple[Shipment, ...]
    invoices: tuple[Invoice, ...]
    """Those that exist as scans. The ledger has them and many more."""

    @property
    def late_2023(self) -> int:
        """Late shipments of the penalised supplier in 2023, whichever of their dates is meant."""
        return sum(
            s.supplier == PENALISED and s.status == "late" and s.shipped.year == 2023 for s in self.shipments
        )

    @property
    def credited(self) -> int:
        return self.late_2023 - UNCREDITED


def tell(seed: int = SEED) -> Story:
    return Story(seed, _shipments(random.Random(seed)), invoices(random.Random(seed + 1), 10))


def _shipments(chance: random.Random) -> tuple[Shipment, ...]:
    made = [_shipment(chance) for _ in range(N_SHIPMENTS)]
    made.sort(key=lambda s: (s.shipped, s.sku, s.quantity, s.weight_kg, s.carrier))
    return tuple(Shipment(f"S{number:05d}", *_rest(s)) for number, s in enumerate(made, 1))


def _rest(s: Shipment) -> tuple:
    return (
        s.supplier,
        s.sku,
        s.quantity,
        s.weight_kg,
        s.carrier,
        s.shipped,
        s.due,
        s.arrived,
        s.status,
        s.freight_eur,
    )


def _shipment(chance: random.Random) -> Shipment:
    item = chance.choice(ITEMS)
    supplier = next(s for s in SUPPLIERS if s.name == item.supplier)
    quantity = item.min_order * chance.randint(1, 12)
    shipped = date(2021, 1, 4) + timedelta(days=chance.randrange(1452))
    due = shipped + timedelta(days=chance.choice((7, 10, 14)))
    draw = chance.random()
    late = draw < supplier.late_share
    lost = draw > 0.995
    arrived = due + timedelta(days=chance.randint(1, 12) if late else -chance.randint(0, 4))
    if late and supplier.name == PENALISED and len({shipped.year, due.year, arrived.year}) > 1:
        # "late in 2023" must mean one number, whichever date a reader thinks of.
        late, arrived = False, due
    weight = round(quantity * item.weight_kg * chance.uniform(1.02, 1.1), 1)
    freight = round(9.5 + weight * chance.uniform(0.11, 0.19), 2)
    status = "lost" if lost else "late" if late else "on time"
    carrier = chance.choice(CARRIERS)
    return Shipment(
        "",
        supplier.name,
        item.sku,
        quantity,
        weight,
        carrier,
        shipped,
        due,
        None if lost else arrived,
        status,
        freight,
    )


def invoices(chance: random.Random, n: int) -> tuple[Invoice, ...]:
    """`n` invoices with their lines; used for the sample and, with other seeds, by the scan benchmark."""
    made = []
    for i in range(n):
        supplier = SUPPLIERS[i % len(SUPPLIERS)]
        issued = date(2022, 1, 10) + timedelta(days=chance.randrange(1000))
        offered = [item for item in ITEMS if item.supplier == supplier.name]
        chosen = chance.sample(offered, k=min(len(offered), chance.randint(2, 4)))
        lines = tuple(Line(c.name, c.min_order * chance.randint(1, 9), c.price_eur) for c in chosen)
        running = [p for p in PROJECTS if p.started <= issued]
        number = f"{supplier.prefix}-{issued.year}-{chance.randint(100, 899)}"
        made.append(Invoice(number, supplier, chance.choice(running), issued, lines))
    return tuple(sorted(made, key=lambda one: one.number))
