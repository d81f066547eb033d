import json
from pathlib import Path

from leadline.bench.audit import Row, coverage, rows

ROOT = Path(__file__).parents[2]


def test_every_named_test_exists():
    for row in rows():
        for name in row.tests:
            path, function = name.split("::")
            assert f"def {function}(" in (ROOT / path).read_text(), name


def test_rows_are_complete_and_unique():
    found = rows()
    assert len({(row.survey, row.id) for row in found}) == len(found)
    assert {row.survey for row in found} == {
        "deep-research-survey", "deep-research-agents-roadmap", "deep-research-of-deep-research",
    }  # fmt: skip


def test_coverage_of_seven_in_eight():
    assert coverage([Row("s", str(i), "", ("t",) if i else ()) for i in range(8)]) == {"s": 0.875}


def test_command(cli):
    code, out, _ = cli("audit", "--json")
    assert code == 0
    assert set(json.loads(out)["coverage"]) == {row.survey for row in rows()}
    assert all(not row["tests"] for row in json.loads(cli("audit", "--missing", "--json")[1])["rows"])
