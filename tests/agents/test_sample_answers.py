"""The committed sample folder with its planted truth; its scans are read by OCR, which takes a minute or two."""

import json
from pathlib import Path
from typing import Any

import pytest

from leadline import Collection, research
from leadline.evidence.model import Claim, Report

ROOT = Path(__file__).parents[2]


def texts(report: Report) -> str:
    pending, found = list(report.claims), []
    while pending:
        claim: Claim = pending.pop()
        pending.extend(claim.claims)
        found.append(claim.text)
    return "\n".join(found)


@pytest.mark.slow
def test_the_sample_is_answered_as_its_truth_says() -> None:
    truth: dict[str, Any] = json.loads((ROOT / "examples" / "sample_truth.json").read_text())
    collection = Collection.of([ROOT / "sample"])
    for asked in [truth["demo"], *truth["questions"]]:
        report = research(asked["question"], collection=collection)
        assert (report.status == "answered") == bool(asked["answers"]), asked["question"]
        for answer in asked["answers"]:
            assert answer in texts(report), asked["question"]
        if asked.get("stale"):
            stale = {document for copy in report.omissions.stale for document in copy.documents}
            assert any(collection.document(id).uri == f"sample/{asked['stale']}" for id in stale)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("What is the budget of the Kestrel Sound project?", ("480000", "455,000")),
        ("What is the total of invoice NO-2024-806?", ("27979.91", "29,779.91")),
        ("How many shipments from Nordlys Optics were late in 2023?", ("56", "50 late")),
    ],
)
def test_the_planted_contradictions_are_found(question: str, values: tuple[str, str]) -> None:
    report = research(question, [ROOT / "sample"])
    said = {
        citation.number: citation.span.quote + str(citation.query and citation.query.result)
        for citation in report.citations()
    }
    pairs = [[said[n] for n in contradiction.citations] for contradiction in report.omissions.contradictions]
    assert any(values[0] in first and values[1] in second for first, second in pairs)
