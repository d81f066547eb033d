"""A report over real files, verified after each thing that may happen to them."""

import shutil
import sqlite3
import zipfile
from pathlib import Path

import msgspec
import pytest

from leadline import research, verify
from leadline.errors import UsageError
from leadline.evidence.check import check_citation
from leadline.evidence.model import Citation, Claim, Omissions, Query, Report, Rows, Source, Span
from leadline.evidence.render import render_json
from leadline.sources.read import read_sources

LEASE = "The lease of the north quay ends on 30 June 2027. Its rent is EUR 1,200 a month.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    (folder / "old").mkdir(parents=True)
    (folder / "lease.txt").write_text(LEASE)
    (folder / "old" / "notes.md").write_text("# Notes\n\nThe crane was repaired in May 2024.\n")
    (folder / "boats.csv").write_text("boat,length_m\nAuk,12\nTern,9\nGull,15\n")
    with zipfile.ZipFile(folder / "box.zip", "w") as box:
        box.writestr("inner.txt", "The bell weighs 300 kg.\n")
    return folder


def report_on(folder: Path, quotes: dict[str, str], query: Query | None = None) -> Report:
    """A report that cites each quote from the document whose URI ends so."""
    documents = [d for reading in read_sources([folder]) for d in reading.documents]
    claims, sources = [], []
    for number, (ending, quote) in enumerate(quotes.items(), 1):
        document = next(d for d in documents if d.uri.endswith(ending))
        start = document.text.index(quote)
        place = None
        if query is not None:
            line = document.text[document.tables[0].start : start].count("\n")
            place = Rows(document.tables[0].name, line, line)
            query = msgspec.structs.replace(query, tables=dict.fromkeys(query.tables, document.id))
        span = Span(document.id, start, start + len(quote), quote)
        citation = Citation(number, span, place=place, query=query)
        assert check_citation(citation, {document.id: document}).ok
        claims.append(Claim(quote, (citation,)))
        d = document
        sources.append(Source(d.id, d.title, d.uri, d.media_type, d.sha256, d.date))
    run = {"sources": msgspec.json.encode([str(folder)]).decode()}
    return Report("q", "answered", tuple(claims), tuple(sources), Omissions(), run)


QUOTES = {
    "lease.txt": "The lease of the north quay ends on 30 June 2027.",
    "notes.md": "The crane was repaired in May 2024.",
    "inner.txt": "The bell weighs 300 kg.",
}


def test_what_has_not_changed_holds(folder: Path) -> None:
    found = verify(report_on(folder, QUOTES))
    assert (found.ok, found.n_citations, found.n_failed) == (True, 3, 0)
    assert [v.source for v in found.verdicts] == ["in place"] * 3
    assert [v.reason for v in found.verdicts] == [""] * 3


def test_a_report_of_the_researcher_holds(folder: Path) -> None:
    report = research("When does the lease of the north quay end?", [folder])
    assert report.status == "answered"
    assert verify(report).ok
    assert verify(report).n_citations == len(report.citations()) > 0


def test_a_report_file_holds_as_well(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(render_json(report_on(folder, QUOTES)))
    assert verify(path).ok


def test_one_altered_character_fails(folder: Path) -> None:
    report = report_on(folder, QUOTES)
    (folder / "lease.txt").write_text(LEASE.replace("2027", "2028"))
    found = verify(report)
    assert (found.ok, found.n_failed) == (False, 1)
    verdict = found.verdicts[0]
    assert (verdict.ok, verdict.source) == (False, "changed")
    assert "the text reads" in verdict.reason
    assert "has changed since the report was written" in verdict.reason


def test_a_forged_quote_fails_where_nothing_has_changed(folder: Path) -> None:
    text = render_json(report_on(folder, QUOTES)).replace("30 June 2027", "31 June 2027")
    verdict = verify(msgspec.json.decode(text, type=Report)).verdicts[0]
    assert (verdict.ok, verdict.source) == (False, "in place")


def test_a_change_elsewhere_in_the_file_is_said_and_the_quote_holds(folder: Path) -> None:
    report = report_on(folder, QUOTES)
    (folder / "lease.txt").write_text(LEASE + "Signed.\n")
    verdict = verify(report).verdicts[0]
    assert (verdict.ok, verdict.source) == (True, "changed")
    assert "has changed since" in verdict.reason


def test_a_deleted_file_is_missing(folder: Path) -> None:
    report = report_on(folder, QUOTES)
    (folder / "lease.txt").unlink()
    verdict = verify(report).verdicts[0]
    assert (verdict.ok, verdict.source) == (False, "missing")
    assert "papers/lease.txt is not in" in verdict.reason
    assert "give its folder as SOURCE" in verdict.reason


def test_a_renamed_file_is_found_by_its_content(folder: Path) -> None:
    report = report_on(folder, QUOTES)
    (folder / "lease.txt").rename(folder / "old" / "lease-of-quay.txt")
    verdict = verify(report).verdicts[0]
    assert (verdict.ok, verdict.source) == (True, "moved")
    assert "lease-of-quay.txt" in verdict.reason


def test_a_moved_folder_is_missing_until_its_new_place_is_given(folder: Path, tmp_path: Path) -> None:
    report = report_on(folder, QUOTES)
    new = tmp_path / "elsewhere" / "archive-2024"
    new.parent.mkdir()
    shutil.move(folder, new)
    assert [v.source for v in verify(report).verdicts] == ["missing"] * 3
    assert verify(report, [new]).ok
    assert [v.source for v in verify(report, [new]).verdicts] == ["moved"] * 3


def test_a_source_that_does_not_exist_is_a_usage_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        verify(report_on(folder, QUOTES), [tmp_path / "nowhere"])


def test_a_file_that_can_no_longer_be_read_says_why(folder: Path) -> None:
    report = report_on(folder, {"inner.txt": QUOTES["inner.txt"]})
    (folder / "box.zip").write_bytes((folder / "box.zip").read_bytes()[:40])
    verdict = verify(report).verdicts[0]
    assert (verdict.ok, verdict.source) == (False, "unreadable")
    assert verdict.reason


LONGEST = Query('SELECT max("length_m") AS longest FROM "boats"', ("longest",), ((15,),), {"boats": ""}, 3)


def test_a_query_is_run_again(folder: Path) -> None:
    assert verify(report_on(folder, {"boats.csv": "Gull | 15"}, LONGEST)).ok


def test_a_forged_result_fails(folder: Path) -> None:
    forged = msgspec.structs.replace(LONGEST, result=((16,),))
    verdict = verify(report_on(folder, {"boats.csv": "Gull | 15"}, forged)).verdicts[0]
    assert not verdict.ok
    assert "The query now gives" in verdict.reason


def test_a_query_that_writes_fails(folder: Path) -> None:
    hostile = msgspec.structs.replace(LONGEST, sql="DROP TABLE boats")
    verdict = verify(report_on(folder, {"boats.csv": "Gull | 15"}, hostile)).verdicts[0]
    assert not verdict.ok
    assert "not allowed" in verdict.reason


def test_other_rows_in_the_table_change_the_result(folder: Path) -> None:
    report = report_on(folder, {"boats.csv": "Gull | 15"}, LONGEST)
    with (folder / "boats.csv").open("a") as file:
        file.write("Whale,30\n")
    verdict = verify(report).verdicts[0]
    assert (verdict.ok, verdict.source) == (False, "changed")


def test_a_database_is_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    folder.mkdir()
    with sqlite3.connect(folder / "ledger.sqlite") as ledger:
        ledger.execute("CREATE TABLE entries (id INTEGER, amount INTEGER)")
        ledger.execute("INSERT INTO entries VALUES (7, 450)")
    report = report_on(folder, {"": "7 | 450"})
    assert verify(report).ok
    with sqlite3.connect(folder / "ledger.sqlite") as ledger:
        ledger.execute("UPDATE entries SET amount = 451")
    assert not verify(report).ok


def test_a_statement_without_evidence_fails_the_report(folder: Path) -> None:
    report = report_on(folder, QUOTES)
    report = msgspec.structs.replace(report, claims=(*report.claims, Claim("Trust me.")))
    found = verify(report)
    assert (found.ok, found.n_failed, found.bare) == (False, 0, ("Trust me.",))


def test_a_report_that_hides_its_source_fails(folder: Path) -> None:
    report = msgspec.structs.replace(report_on(folder, QUOTES), sources=())
    assert {v.reason for v in verify(report).verdicts} == {"the report does not list its source"}


def test_another_report_is_no_source(folder: Path, tmp_path: Path) -> None:
    """What `leadline-report/*/report.json` names where there are two of them."""
    for run in ("a", "b"):
        (tmp_path / run).mkdir()
        (tmp_path / run / "report.json").write_text(render_json(report_on(folder, QUOTES)))
    with pytest.raises(
        UsageError, match=r"b/report\.json is a report, not a source\. Reports are checked one at a time"
    ):
        verify(tmp_path / "a" / "report.json", [tmp_path / "b" / "report.json"])
