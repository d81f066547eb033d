import msgspec

from leadline.evidence.check import check_claims, check_report
from leadline.evidence.model import Claim, Omissions, Region, Report, Rows
from reports import DOCUMENTS, make_report


def test_citations_come_in_reading_order() -> None:
    assert [citation.number for citation in make_report().citations()] == [1, 2, 3, 4]


def test_citations_of_a_claim_come_before_those_under_it() -> None:
    one, two, three, four = make_report().citations()
    tree = Claim("a", (one,), (Claim("b", (two,)), Claim("c", (three,), (Claim("d", (four,)),))))
    report = Report("q", "answered", (tree,), (), Omissions())
    assert [citation.number for citation in report.citations()] == [1, 2, 3, 4]


def test_the_report_made_by_hand_holds() -> None:
    assert [checked.reason for checked in check_report(make_report(), DOCUMENTS)] == ["", "", "", ""]
    assert check_claims(make_report().claims) == []


def test_places_keep_their_kind_through_json() -> None:
    data = msgspec.json.decode(msgspec.json.encode(make_report()))
    kinds = [claim["citations"][0]["place"]["kind"] for claim in data["claims"][1:]]
    assert kinds == ["rows", "region"]
    places = [c.place for c in msgspec.convert(data, Report).citations()]
    assert isinstance(places[2], Rows)
    assert isinstance(places[3], Region)


def test_a_notebook_shows_the_report_in_a_frame_without_rights() -> None:
    html = make_report()._repr_html_()
    assert html.startswith("<iframe srcdoc=")
    assert ' sandbox=""' in html
    assert "allow-" not in html.replace("allow-scripts-by-hash", "")
    assert make_report()._repr_markdown_().startswith("# How many shipments")
