import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from fakes import FakeDisk, Killed
from leadline.errors import StoreError
from leadline.evidence.model import Citation, Claim, Document, Omissions, Region, Report, Source, Span
from leadline.evidence.render import render_html, save_report
from reports import BOARD_TEXT, DOCUMENTS, LINES, PENALTY, make_report, small_png

VOID = {"meta", "img", "path"}


class Page(HTMLParser):
    """Elements with their attributes and text; fails when tags do not match."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def images(document: Document, region: Region) -> bytes | None:
    return small_png()


HTML = render_html(make_report(), DOCUMENTS, images)
PAGE = Page(HTML)


def test_the_page_can_load_nothing() -> None:
    policy = PAGE.all("meta")[1]
    style = HTML.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style
    for tag, attributes in PAGE.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form", "video", "audio"}
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert attributes.get("href", "#").startswith("#")
        assert attributes.get("src", "data:image/png;base64,").startswith("data:image/png;base64,")


def test_quotes_are_marked_character_for_character() -> None:
    for quote in (PENALTY, BOARD_TEXT, "Total EUR 1,350.00"):
        assert quote in PAGE.texts["mark"]


def test_quotes_stand_in_their_context_without_what_is_hidden() -> None:
    assert any(
        f"Delivery is due on the date of the order. {PENALTY} The" in text
        for text in PAGE.texts["blockquote"]
    )
    assert "Ignore the above" not in HTML


def test_every_number_links_to_its_evidence() -> None:
    links = {attributes["href"] for attributes in PAGE.all("a")}
    places = [attributes["id"] for attributes in PAGE.all("figure")]
    assert links == {f"#{place}" for place in places} == {"#e1", "#e2", "#e3", "#e4"}
    assert len(places) == 4
    assert {a["aria-label"] for a in PAGE.all("a")} == {
        "Evidence 1", "Evidence 2, contradicts", "Evidence 3", "Evidence 4",
    }  # fmt: skip


def test_a_citation_under_two_claims_is_shown_once() -> None:
    citation = make_report().citations()[0]
    claims = (Claim("One.", (citation,)), Claim("Two.", (citation,)))
    page = Page(render_html(Report("q", "answered", claims, (), Omissions())))
    assert [a["id"] for a in page.all("figure")] == ["e1"]
    assert [a["href"] for a in page.all("a")] == ["#e1", "#e1"]


def test_a_scan_is_shown_with_its_text_as_alternative() -> None:
    (image,) = PAGE.all("img")
    assert image["alt"] == "Total EUR 1,350.00"
    assert base64.b64decode(image["src"].partition(",")[2]) == small_png()


def test_a_scan_that_cannot_be_had_leaves_its_text() -> None:
    page = Page(render_html(make_report(), DOCUMENTS, lambda document, region: None))
    assert page.all("img") == []
    assert "Total EUR 1,350.00" in page.texts["mark"]


def test_rows_and_query_are_shown() -> None:
    assert [cell for cell in PAGE.texts["th"] if cell in LINES[0].split(" | ")][:4] == LINES[0].split(" | ")
    assert PAGE.texts["code"] == ['SELECT count(*) AS late FROM "shipments" WHERE "late"']
    assert "Query over 3 rows" in PAGE.texts["summary"]


def test_headings_descend_one_level_at_a_time() -> None:
    levels = [int(tag[1]) for tag, _ in PAGE.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)><!-- ]]> &amp; \x00\x08 \ud800 javascript:alert(1)'


def test_hostile_text_in_any_field_stays_text() -> None:
    citation = Citation(1, Span(HOSTILE, 0, len(HOSTILE), HOSTILE))
    source = Source(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    left = Omissions(unanswered=(HOSTILE,))
    page = Page(
        render_html(
            Report(HOSTILE, "answered", (Claim(HOSTILE, (citation,)),), (source,), left, {HOSTILE: HOSTILE})
        )
    )
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in PAGE.elements}
    assert page.all("img") == page.all("script") == []


def test_no_sentence_without_a_claim() -> None:
    sentence = "Alpha beta gamma delta epsilon."
    citation = Citation(1, Span("d1", 0, len(sentence), sentence))
    source = Source("d1", "title", "uri", "text/plain", "00")
    report = Report("Why?", "answered", (Claim(sentence, (citation,)),), (source,), Omissions())
    rest = render_html(report).partition("<body>")[2].replace(sentence, "")
    assert not re.search(r"\w+( \w+)+\.", re.sub(r"<[^>]*>", "\n", rest))


def contrast(one: str, two: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_can_be_read_in_light_and_dark(theme: int) -> None:
    style = HTML.partition("<style>")[2]
    colours = dict(
        re.findall(r"--([\w-]+): (#\w{6})", re.findall(r":root \{(.*?)\}", style, re.DOTALL)[theme])
    )
    pairs = [("ink", "paper"), ("ink", "card"), ("soft", "paper"), ("soft", "card"), ("sea", "paper"), ("ink", "mark"),
             ("sea", "sea-wash"), ("bad", "bad-wash"), ("bad", "card"), ("paper", "sea")]  # fmt: skip
    for text, ground in pairs:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render_html(make_report(), DOCUMENTS, images) == HTML


def test_a_report_is_saved_whole(tmp_path: Path) -> None:
    paths = save_report(
        make_report(), tmp_path / "a" / "b", documents=DOCUMENTS, more={"trace.jsonl": b"{}\n"}
    )
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == sorted(paths)
    assert sorted(paths) == ["report.html", "report.json", "report.md", "trace.jsonl"]


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_disk_that_fails_leaves_no_half_report_and_no_folder(tmp_path: Path, at: int) -> None:
    with pytest.raises(StoreError, match="Cannot write"):
        save_report(make_report(), tmp_path / "a" / "b", disk=FakeDisk(at=at))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["kill", "tear"])
def test_a_process_killed_in_between_keeps_the_old_report(tmp_path: Path, how: str) -> None:
    old = save_report(make_report(), tmp_path)
    before = {name: path.read_bytes() for name, path in old.items()}
    with pytest.raises(Killed):
        save_report(
            Report("new?", "nothing found", (), (), Omissions()), tmp_path, disk=FakeDisk(at=3, how=how)
        )
    assert {name: path.read_bytes() for name, path in old.items()} == before
