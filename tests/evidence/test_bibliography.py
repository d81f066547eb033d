"""Cited sources as BibTeX and CSL-JSON."""

import json

from leadline.evidence.model import Omissions, Report, Source
from leadline.evidence.render.bibliography import protect, render_bibtex, render_csl

SOURCES = (
    Source("d1", "50 % of {x}", "docs/a_b.txt", "text/plain", "ab12", "2021-10-07"),
    Source("d2", "A page", "https://x.org/p", "text/html", "", "2020"),
)
REPORT = Report("q", "answered", (), SOURCES, Omissions())


def test_bibtex():
    assert render_bibtex(REPORT).split("\n\n")[0] == (
        "@misc{d1,\n  title = {50 \\% of \\{x\\}},\n  howpublished = {docs/a\\_b.txt},\n  year = {2021},\n"
        "  note = {sha256 ab12},\n}"
    )


def test_what_bibtex_would_read_as_markup_is_protected():
    assert protect("a\\b~c^d") == r"a\textbackslash{}b\textasciitilde{}c\textasciicircum{}d"


def test_csl():
    first, second = json.loads(render_csl(REPORT))
    assert first == {
        "id": "d1",
        "type": "document",
        "title": "50 % of {x}",
        "issued": {"date-parts": [[2021, 10, 7]]},
        "archive_location": "docs/a_b.txt",
    }
    assert (second["URL"], second["issued"]) == ("https://x.org/p", {"date-parts": [[2020]]})
