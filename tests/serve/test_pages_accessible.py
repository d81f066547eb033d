"""axe-core finds no violation, serious or not, on any page, in light and dark, at desktop and phone width."""

import pytest
from pages_site import fits, watched

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
ROOMS = {
    "ask": "/",
    "runs": "/runs",
    "report": "/runs/{report}",
    "evidence": "/runs/{report}?cite=1",
    "contradictions": "/runs/{other}",
    "print": "/runs/{report}/print",
    "live": "/runs/{killed}",
    "step": "/runs/{report}/steps/3",
    "compare": "/compare?run={report}&run={other}",
    "search": "/search?query=Oxley+Reach&collection=notes&with=bm25&with=dense&with=graph&with=sparse",
    "collections": "/collections",
    "collection": "/collections/notes",
    "graph": "/collections/notes/graph",
    "name": "/collections/notes/graph?about=name%3AHanna%20Brandt",
    "laboratory": "/laboratory",
    "system": "/laboratory/dars",
    "training": "/laboratory/training/train/countdown-grpo-0",
    "message": "/nowhere",
}
VIEWS = [
    ("light", 1280, False),
    ("dark", 390, False),
    ("dark", 1280, True),
    ("light", 390, True),
]


@pytest.mark.parametrize(
    ("scheme", "width"),
    [pytest.param(s, w, marks=[pytest.mark.slow] if slow else []) for s, w, slow in VIEWS],
)
def test_no_violation(chromium, site, scheme, width):
    page = watched(chromium, width=width, height=860, color_scheme=scheme)
    page.goto(site.url)
    found = {}
    for name, path in ROOMS.items():
        page.goto(site.base + path.format(**site._asdict()))
        fits(page)
        for violation in axe.Axe().run(page).response["violations"]:
            where = [node["target"] for node in violation["nodes"]][:3]
            found.setdefault(f"{violation['id']} ({violation['impact']})", []).append((name, where))
    page.context.close()
    assert not found  # not even a minor one
    assert not page.wrong


def test_the_way_in_is_accessible_too(chromium, site):
    page = watched(chromium, width=390, height=844)
    page.goto(site.base)
    assert "locked" in page.title()
    assert not axe.Axe().run(page).response["violations"]
    page.context.close()
