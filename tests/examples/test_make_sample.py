"""The committed sample folder is what its script makes, and its story holds across the files."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from examples.sample_maker import make  # noqa: E402
from examples.sample_maker.story import tell  # noqa: E402
from examples.sample_maker.tables import swapped  # noqa: E402
from examples.sample_maker.truth import known  # noqa: E402

SAMPLE = ROOT / "sample"


@pytest.fixture(scope="module")
def made() -> tuple[dict[str, bytes], dict[str, Any]]:
    return make()


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return json.loads((ROOT / "examples" / "sample_truth.json").read_text(encoding="utf-8"))


def pixels(data: bytes) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(data)).convert("L"), dtype=float)


def pdf_text(data: bytes) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(data) as pdf:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def dump(data: bytes) -> list[str]:
    base = sqlite3.connect(":memory:")
    base.deserialize(data)
    return list(base.iterdump())


def test_the_committed_folder_has_exactly_the_files_that_the_script_makes(made):
    files, _ = made
    assert sorted(files) == sorted(p.relative_to(SAMPLE).as_posix() for p in SAMPLE.rglob("*") if p.is_file())
    assert 38 <= len(files) <= 45
    assert sum(map(len, files.values())) < 4.2e6


def test_the_committed_folder_has_the_content_that_the_script_makes(made):
    # Decoded, because compressors and font engines of another version pack the same content differently.
    for name, data in made[0].items():
        old = (SAMPLE / name).read_bytes()
        kind = name.rsplit(".", 1)[1]
        if kind in ("png", "jpg"):
            assert np.abs(pixels(old) - pixels(data)).mean() < 2, name
        elif kind == "pdf":
            assert pdf_text(old) == pdf_text(data), name
        elif kind in ("docx", "pptx", "xlsx"):
            assert members(old) == members(data), name
        elif kind == "sqlite":
            assert dump(old) == dump(data), name
        else:
            assert old == data, name


def test_the_truth_file_is_what_the_script_knows(made, truth):
    assert json.loads(json.dumps(made[1])) == truth
    assert (ROOT / "examples" / "demo_question.txt").read_text().strip() == truth["demo"]["question"]


def test_another_seed_tells_other_figures_with_the_same_question(truth):
    other = known(tell(8))
    assert other["demo"]["question"] == truth["demo"]["question"]
    assert other["demo"]["answers"][0] != truth["demo"]["answers"][0]
    assert other["invoices"] != truth["invoices"]


def test_the_demo_question_has_its_three_answers_in_three_kinds_of_files(truth):
    count, penalty, credit = truth["demo"]["answers"]
    rows = list(csv.DictReader((SAMPLE / "tables/shipments.csv").open(encoding="utf-8")))
    assert len(rows) == 20_000
    late = [r for r in rows if r["supplier"] == "Nordlys Optics" and r["status"] == "late"]
    for when in ("shipped", "due", "arrived"):
        assert str(sum(r[when].startswith("2023") for r in late)) == count
    contract = pdf_text((SAMPLE / truth["demo"]["files"][1]).read_bytes())
    assert f"For each late shipment Nordlys Optics pays a penalty of {penalty}" in contract
    assert float(credit.replace(",", "")) == truth["credit_note"]["shipments"] * 120
    assert truth["credit_note"]["shipments"] == int(count) - 6


def test_late_means_arrived_after_the_due_date_and_lost_never_arrived():
    for row in csv.DictReader((SAMPLE / "tables/shipments.csv").open(encoding="utf-8")):
        assert (row["status"] == "lost") == (row["arrived"] == "")
        if row["arrived"]:
            assert (row["status"] == "late") == (row["arrived"] > row["due"])


def test_the_lantern_chain_links_minutes_contract_and_shipments(truth):
    minutes = (SAMPLE / "minutes/2022-11-17-board.md").read_text()
    supplier, contract = re.search(r"come from (.+?) under contract (C-\d{4}-\d\d)", minutes).groups()
    assert f"contracts/{contract}-{supplier.lower().replace(' ', '-')}.pdf" in truth["questions"][0]["hops"]


def test_planted_contradictions_are_in_the_files_that_are_named(truth):
    ledger = sqlite3.connect(":memory:")
    ledger.deserialize((SAMPLE / "tables/ledger.sqlite").read_bytes())
    booked = dict(ledger.execute("SELECT number, amount_eur FROM invoices"))
    differ = [v for v in truth["invoices"] if booked[v["number"]] != float(v["total"].replace(",", ""))]
    assert len(differ) == 1
    assert differ[0]["number"] in truth["contradictions"][1]["about"]
    slides = members((SAMPLE / "slides/annual-review-2023.pptx").read_bytes())
    minutes = members((SAMPLE / "minutes/2023-02-09-board.docx").read_bytes())
    assert any(b"EUR 455,000" in part for part in slides.values())
    assert b"EUR 480,000" in minutes["word/document.xml"]


def test_the_outdated_policy_has_the_title_of_the_current_one():
    new = (SAMPLE / "policies/travel-policy.md").read_text().splitlines()
    old = (SAMPLE / "policies/archive/travel-policy-2021.md").read_text().splitlines()
    assert new[0] == old[0] == "# Travel policy"
    assert (old[2], new[2]) == ("Date: 2021-02-01", "Date: 2023-02-09")


def test_invoices_add_up(truth):
    def value(text: str) -> float:
        return float(text.replace(",", ""))

    for invoice in truth["invoices"]:
        assert round(sum(value(cells[3]) for cells in invoice["cells"]), 2) == value(invoice["subtotal"])
        assert round(value(invoice["subtotal"]) * 1.21, 2) == pytest.approx(
            value(invoice["total"]), abs=0.011
        )


def test_scans_have_no_text_layer():
    assert pdf_text((SAMPLE / "contracts/C-2022-11-amendment-scan.pdf").read_bytes()).strip() == ""


def test_a_typist_swaps_two_neighbouring_digits():
    assert swapped(14280.5) == 12480.5
    assert swapped(11230.0) == 12130.0
