"""Web pages and XML."""

from __future__ import annotations

import made_files as made
import pytest

from leadline.errors import SourceError
from leadline.evidence.model import Heading
from leadline.sources.html_tree import depth

ARTICLE = "".join(
    f"<p>Sentence {n} of the article tells how the buoy number {n} was moored in the bay.</p>"
    for n in range(8)
)
PAGE = f"""<!DOCTYPE html><html><head><title>Moorings</title>
<meta property="article:published_time" content="2024-03-05T10:00">
<style>p {{color: red}}</style></head><body><nav><a href="/">Home</a><a href="/shop">Shop</a></nav>
<main><article><h1>Moorings</h1>{ARTICLE}<h2>Costs</h2><p>The costs of the mooring are given in this table.</p>
<table><tr><th>part</th><th>eur</th></tr><tr><td>chain</td><td>120</td></tr><tr><td>sinker</td><td>80</td></tr></table>
<p style="display:none">Hidden by style.</p><p hidden>Hidden by attribute.</p><!-- a comment -->
<p style="color:#fff">White on white.</p><p style="font-size:0px">Zero size.</p>
<p style="color:#fff;background:#036">White on blue is read.</p><script>run()</script></article></main>
<footer>Imprint, terms, cookies</footer></body></html>"""


def test_a_page_gives_its_content_without_boilerplate_and_without_what_nobody_sees() -> None:
    document = made.read(PAGE.encode(), "a.html")
    assert (document.title, document.date, document.media_type) == ("Moorings", "2024-03-05", "text/html")
    assert "Sentence 7 of the article" in document.text
    assert "White on blue is read." in document.text
    for unseen in (
        "Hidden by",
        "comment",
        "White on white",
        "Zero size",
        "run()",
        "Shop",
        "cookies",
        "color",
    ):
        assert unseen not in document.text
    assert document.metadata["hidden_elements"] == "4"
    (table,) = document.tables
    assert (table.columns, table.rows) == (("part", "eur"), (("chain", 120), ("sinker", 80)))
    assert Heading(("Moorings", "Costs")) in [mark.place for mark in document.marks]


def test_a_page_without_a_title_is_called_by_its_first_heading_that_shows() -> None:
    page = "<html><body><h1 hidden>Draft</h1><h1>Minutes of <i>June</i>\n2023</h1><h1>Annex</h1><p>He chaired.</p>"
    assert made.read(page.encode(), "a.html").title == "Minutes of June 2023"
    assert made.read(b"<html><body><p>Astrid Falk chaired.</p>", "minutes.html").title == "minutes"


def test_a_short_page_keeps_its_headings_and_tables_and_loses_its_frame() -> None:
    page = """<html><body><header><a href="/">Chronicle</a></header><main><h1>Mayors</h1><p>Elected since 1837.</p>
<table><tr><th>Mayor</th><th>From</th></tr><tr><td>Jens <b>Holter</b></td><td>1880</td></tr></table>
<table><tr><td>Two columns</td><td>of a layout</td></tr></table></main><footer>Related: storms</footer></body></html>"""
    document = made.read(page.encode(), "a.html")
    (table,) = document.tables
    assert (table.name, table.columns, table.rows) == ("Mayors", ("Mayor", "From"), (("Jens Holter", 1880),))
    assert document.text == (
        "Mayors\nElected since 1837.\nMayor | From\nJens Holter | 1880\nTwo columns\nof a layout\n"
    )
    assert Heading(("Mayors",)) in [mark.place for mark in document.marks]


def test_a_page_that_is_mostly_navigation_is_read_whole() -> None:
    links = "".join(f"<li><a href='/{n}'>Harbour {n}</a></li>" for n in range(60))
    document = made.read(f"<html><body><h2>Index</h2><ul>{links}</ul></body></html>".encode(), "index.html")
    assert document.text.count("Harbour") == 60


def test_encodings_of_pages_and_empty_pages() -> None:
    page = (
        "<html><head><meta charset='iso-8859-1'></head><body><p>"
        + "Überprüfung der Bojen im Hafen. " * 20
        + "</p></body></html>"
    )
    assert "Überprüfung" in made.read(page.encode("latin-1"), "a.html").text
    with pytest.raises(SourceError, match="holds no text"):
        made.read(b"<html><body><script>x</script></body></html>", "a.html")


def test_pages_that_nest_without_end_are_refused_quickly() -> None:
    with pytest.raises(SourceError, match="nested more than 250 deep"):
        made.read(b"<html><body>" + b"<div>" * 1_000_000, "a.html")
    assert depth("<p><script>" + "document.write('<div>');" * 500 + "</script>") == 1
    assert depth("<ul><li>a<li>b</ul><div><span></span></div>") == 2


def test_xml_and_svg_give_their_text_and_expand_nothing() -> None:
    document = made.read(
        b'<?xml version="1.0"?><rss><title>News</title><item>Rope is dear.</item></rss>', "a.xml"
    )
    assert (document.title, document.text) == ("News", "News\nRope is dear.\n")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><text>Seen</text><text style="display:none">Unseen</text></svg>'
    document = made.read(svg, "a.svg")
    assert [document.text[a:b] for a, b in document.hidden] == ["Unseen"]
    for name, body in (("a.svg", "<svg>&l9;</svg>"), ("a.xml", "<a>&l9;</a>")):
        with pytest.raises(SourceError, match="entities"):
            made.read(f'<?xml version="1.0"?>{made.LAUGHS}{body}'.encode(), name)


def test_xml_does_not_open_other_files() -> None:
    source = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    with pytest.raises(SourceError, match="entities"):
        made.read(source.encode(), "a.xml")
