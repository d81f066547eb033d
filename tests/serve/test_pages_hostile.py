"""120 XSS vectors and 700 odd strings in a browser, as file names, titles, contents and in a report: none of them
runs, and no request leaves the server."""

import pytest
from hostile_strings import NAUGHTY, PAYLOADS, VECTORS
from pages_site import watched

STRINGS = len(VECTORS) + len(NAUGHTY)


@pytest.fixture
def view(chromium, site):
    page = watched(chromium, width=1280, height=860)
    page.goto(site.url)
    yield page
    assert page.evaluate("top.ran") is None
    assert not page.wrong
    assert page.asked
    assert all(asked.startswith(f"{site.base}/") for asked in page.asked)
    page.context.close()


def quiet(page, address):
    """Open a page with hostile text and let what it may have started come out."""
    page.goto(address)
    page.wait_for_timeout(100)
    assert page.evaluate("top.ran") is None, address


def test_there_are_enough_of_them():
    assert len(set(VECTORS)) >= 100
    assert len(set(NAUGHTY)) >= 500


def test_a_report_full_of_them_and_every_document_beside_it(view, site):
    quiet(view, f"{site.base}/runs/{site.hostile}")
    chips = view.locator(".claims a.n[data-cite]")
    assert chips.count() == STRINGS
    shown = view.evaluate(
        """async () => {
          const links = [...document.querySelectorAll(".claims a.n[data-cite]")], quotes = [];
          for (const link of links) {
            const answer = await fetch(`${link.pathname}/evidence/${link.dataset.cite}`);
            document.getElementById("shown").innerHTML = await answer.text();  // as reader.js does
            quotes.push(document.getElementById("quote")?.textContent ?? "");
          }
          await new Promise((done) => setTimeout(done, 200));
          return quotes;
        }"""
    )
    assert len(shown) == STRINGS
    assert all("Valve" in text for text in shown)
    assert sum(VECTORS[1] in text for text in shown) >= 1  # as text, whole
    for n in (1, 2, 3):
        chips.nth(n).click()
        view.wait_for_selector("#quote")
    quiet(view, f"{site.base}/runs/{site.hostile}/print")


@pytest.mark.parametrize("path", [
    "", "runs", "collections", "search?collection=hostile&query=valve+works+script&with=bm25&with=dense&with=hybrid",
    "collections/hostile/graph",
])  # fmt: skip
def test_lists_and_searches(view, site, path):
    quiet(view, f"{site.base}/{path}")


def test_every_page_of_the_collection_and_some_of_its_documents(view, site):
    names = []
    for n in range(1, -(-STRINGS // 200) + 1):
        quiet(view, f"{site.base}/collections/hostile?page={n}")
        names += view.locator("#documents tbody a").evaluate_all("links => links.map(a => a.href)")
    assert len(names) == STRINGS
    for address in names[:: STRINGS // 12]:
        quiet(view, address)


def test_a_run_under_way_whose_steps_are_full_of_them(view, site):
    view.goto(f"{site.base}/runs")
    view.locator("a", has_text=VECTORS[3]).first.click()
    view.wait_for_selector("#steps li >> nth=400")
    quiet(view, view.url)
    quiet(view, f"{site.base}/compare?run={site.hostile}&run={site.report}")


def test_as_what_is_typed_and_asked_for(view, site):
    for string in VECTORS[: len(PAYLOADS)]:
        view.goto(f"{site.base}/")
        view.evaluate(
            "s => { for (const name of ['question', 'path', 'model']) document.getElementById(name).value = s }",
            string,
        )
        with view.expect_navigation():
            view.evaluate("document.querySelector('form[action=\"/ask\"]').submit()")
        assert view.locator("#problem").count() == 1
        assert view.locator("#question").input_value() == string.replace("\r", "")
        assert view.evaluate("top.ran") is None
