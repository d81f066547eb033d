"""Reports that cite web pages and tool results, verified later against the archive of their run."""

import gzip
import os
import shutil

import msgspec
import pytest

from leadline import verify
from leadline.environments.base import Action
from leadline.environments.captures import Captures, plain_document
from leadline.environments.fake_web import FakeWeb, page
from leadline.environments.pages import PageReader
from leadline.environments.web import WebEnvironment
from leadline.evidence.model import Citation, Claim, Omissions, Report, Source, Span
from leadline.evidence.render import render_json
from leadline.evidence.warc import Record

VALVES = page("Valves", "The velar valve is made by Drouk Works in Brenou. " + "It is blue. " * 20)
SAID = b"In Brest it rains until Tuesday.\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A folder with report.json and captures.warc: one page of the fake web and one tool result are cited."""
    folder = tmp_path_factory.mktemp("told")
    captures = Captures(folder / "captures.warc")
    web = FakeWeb({"http://a.org/valves": VALVES})
    with PageReader() as reader:
        environment = WebEnvironment(
            web.search, web, reader, allowed=["http://a.org/valves"], captures=captures
        )
        opened = environment.step(Action("web_open", {"url": "http://a.org/valves"})).data
    uri = "mcp://toy/weather?%7B%7D"
    (said,) = captures.keep(
        uri, "2026-01-01T00:00:00Z", "text/plain", SAID, [plain_document(uri, SAID, "toy_weather")]
    )
    documents = [captures.document(opened.document), said]
    report = report_on(documents, ["made by Drouk Works in Brenou", "it rains until Tuesday"])
    (folder / "report.json").write_text(render_json(report))
    return folder


def report_on(documents, quotes):
    claims, sources = [], []
    for number, (document, quote) in enumerate(zip(documents, quotes, strict=True), 1):
        start = document.text.index(quote)
        place = document.marks[-1].place
        span = Span(document.id, start, start + len(quote), quote)
        claims.append(Claim(quote, (Citation(number, span, place=place),)))
        sources.append(
            Source(document.id, document.title, document.uri, document.media_type, document.sha256, "", place)
        )
    return Report("q", "answered", tuple(claims), tuple(sources), Omissions(), {"id": "20260101-000000-000"})


@pytest.fixture
def folder(told, tmp_path):
    return shutil.copytree(told, tmp_path / "moved")


def states(found):
    return [(verdict.ok, verdict.source) for verdict in found.verdicts]


def test_pages_and_results_hold_against_the_archive_beside_the_report(folder):
    found = verify(folder / "report.json")
    assert found.ok
    assert states(found) == [(True, "in place")] * 2
    assert "http://a.org/valves, fetched 2026-01-01" in found.verdicts[0].place


def test_the_archive_may_be_packed_lie_elsewhere_or_with_the_run(folder, tmp_path, leadline_home):
    archive, report = folder / "captures.warc", folder / "report.json"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    archive.rename(elsewhere / "captures.warc")
    assert states(verify(report)) == [(False, "missing")] * 2
    assert "not beside the report" in verify(report).verdicts[0].reason
    assert verify(report, [elsewhere]).ok
    assert verify(report, [elsewhere / "captures.warc"]).ok
    packed = elsewhere / "captures.warc"
    packed.write_bytes(gzip.compress(packed.read_bytes()))
    assert verify(report, [elsewhere]).ok
    run = leadline_home / "runs" / "20260101-000000-000"
    run.mkdir(parents=True)
    packed.rename(run / "captures.warc")
    assert verify(report).ok


def test_an_archive_that_was_tampered_with_is_noticed(folder):
    archive, report = folder / "captures.warc", folder / "report.json"
    whole = archive.read_bytes()
    archive.write_bytes(whole.replace(b"Drouk Works", b"Nobody Ltd."))
    changed = verify(report)
    assert states(changed)[0] == (False, "changed")
    assert "other bytes" in changed.verdicts[0].reason
    archive.write_bytes(whole[:-40])
    assert states(verify(report))[1] == (False, "unreadable")
    archive.write_bytes(b"")
    assert states(verify(report)) == [(False, "missing")] * 2


def test_a_report_that_claims_what_the_page_does_not_say_fails(folder):
    path = folder / "report.json"
    path.write_text(
        path.read_text().replace("made by Drouk Works in Brenou", "made by Nobody Ltd. in Brenou")
    )
    assert states(verify(path))[0] == (False, "in place")
    assert "the text reads" in verify(path).verdicts[0].reason


def test_a_report_cannot_name_a_file_outside_its_folders(folder):
    report = msgspec.json.decode((folder / "report.json").read_bytes(), type=Report)
    secret = folder.parent / "secret"
    secret.write_bytes(Record.of("http://a.org/valves", "d", "text/html", b"x").encoded())
    sources = [
        msgspec.structs.replace(
            source, capture=msgspec.structs.replace(source.capture, archive=os.fspath(secret))
        )
        for source in report.sources
    ]
    (folder / "report.json").write_text(
        render_json(msgspec.structs.replace(report, sources=tuple(sources), run={"id": "../.."}))
    )
    assert states(verify(folder / "report.json")) == [(False, "missing")] * 2


def test_on_the_command_line(cli, folder):
    code, out, _ = cli("verify", str(folder / "report.json"))
    assert code == 0
    assert "2 of 2 citations hold" in out
    (folder / "captures.warc").unlink()
    assert cli("verify", str(folder / "report.json"))[0] == 1
