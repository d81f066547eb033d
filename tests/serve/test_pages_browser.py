"""The pages in a real browser (headless Chromium): what a person does, at desk and phone width. Skips without one.

LEADLINE_SHOTS=DIR keeps a picture of every page; docs/ui.png and docs/ui-graph.png are its report-desk.png and
graph-desk.png.
"""

import re
import signal
from pathlib import Path

import pytest
from pages_site import QUESTION, SAMPLE, fits, serving, shot, watched

from leadline.models.embed_minilm import file_of
from leadline.retrieval.collection import Collection
from leadline.runs.journal import SQLiteJournal
from leadline.runs.store import find_run, start_run
from leadline.runs.trace import Trace


@pytest.fixture(params=[(1280, 860), (390, 844)], ids=["desk", "phone"])
def view(chromium, request):
    """A page that must not have asked for anything elsewhere, nor failed in its scripts, when the test is over."""
    width, height = request.param
    page = watched(chromium, width=width, height=height)
    yield page
    assert not page.wrong
    assert all(re.match(r"http://127\.0\.0\.1:\d+/|blob:", asked) for asked in page.asked), page.asked
    page.context.close()


@pytest.fixture(scope="module")
def busy_home(tmp_path_factory):
    """A home of this file alone: its runs and collections come and go."""
    return tmp_path_factory.mktemp("busy")


@pytest.fixture(scope="module")
def served(chromium, busy_home):
    with serving(busy_home) as (url, _):
        yield url


@pytest.fixture(autouse=True)
def leadline_home(busy_home, monkeypatch):
    """The tests look into the home of the server."""
    monkeypatch.setenv("LEADLINE_HOME", str(busy_home))
    return busy_home


def ask(page, question, folder):
    page.get_by_label("Question").fill(question)
    page.get_by_label("Path on this machine").fill(str(folder))
    page.wait_for_selector("#forecast:has-text('Estimate')")
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector(".report", timeout=30_000)
    page.wait_for_load_state()  # the scripts too: a server may be killed next


def test_ask_read_every_citation_verify_export(view, served):
    view.goto(served)
    assert "token" not in view.url
    fits(view)
    shot(view, "ask")
    ask(view, QUESTION, SAMPLE / "minutes")
    fits(view)
    report = find_run(view.url.rsplit("/", 1)[1]).report()
    assert report.citations()
    for citation in report.citations():
        view.locator(f'a.n[data-cite="{citation.number}"]').first.click()
        view.wait_for_selector(f"#beside .about .n:text-is('{citation.number}')")
        assert view.locator("#quote").evaluate("e => e.textContent") == citation.span.quote
        assert view.locator("#quote").evaluate(
            "e => { const q = e.getBoundingClientRect(), a = e.closest('aside').getBoundingClientRect();"
            " return q.top >= a.top - 1 && q.top < a.bottom && a.bottom <= innerHeight + 1 }"
        )
    view.evaluate("scrollTo(0, 0)")
    view.locator("a.n[data-cite]").first.click()
    view.wait_for_selector("#beside .about .n:text-is('1')")
    shot(view, "report")
    view.reload()
    assert view.locator("#quote").count() == 1  # the address names the citation
    fits(view)
    if not view.wide:
        view.get_by_role("button", name="Close").click()
        assert view.locator("#beside").is_hidden()
    view.keyboard.press("Escape")
    view.get_by_role("button", name="Verify every citation").click()
    view.wait_for_selector("#verified")
    assert view.locator("a.n.held").count() >= len(report.citations())
    view.get_by_text("Export", exact=True).click()
    with view.expect_download() as download:
        view.get_by_role("link", name="Markdown").click()
    assert Path(download.value.path()).read_text().startswith("# Who manages")


def test_the_report_is_printed_out_of_a_frame_and_as_a_pdf(view, site):
    view.goto(site.url)
    view.goto(f"{site.base}/runs/{site.report}")
    view.get_by_text("Export", exact=True).click()
    view.get_by_role("link", name="PDF (print)").click()
    frame = view.wait_for_selector("iframe.unseen", state="attached").content_frame()
    frame.wait_for_selector("article", state="attached")
    assert "Hanna Brandt" in frame.locator("main").text_content()
    view.goto(f"{site.base}/runs/{site.report}/print")
    pdf = view.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    pdfium = pytest.importorskip("pypdfium2")
    text = "".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(pdf))
    assert "Hanna Brandt" in text
    assert "left out" in text.lower()  # the headings are set in capitals


def test_search_side_by_side(view, site):
    view.goto(site.url)
    view.get_by_role("navigation", name="Rooms").get_by_role("link", name="Search").click()
    view.get_by_label("Query").fill("Oxley Reach project")
    view.get_by_label("Collection").select_option("notes")
    for ranker in ("sparse", "graph"):
        view.get_by_label(ranker, exact=True).check()
    view.get_by_role("button", name="Search").click()
    view.wait_for_selector(".column >> nth=4")
    assert view.locator(".hits mark").count() > 3
    fits(view)
    if file_of("cognition", "model/model.safetensors") is not None:
        learned = view.locator(".column", has=view.get_by_role("heading", name="sparse"))
        learned.locator("li").first.wait_for(timeout=60_000)  # encoded meanwhile; the column comes by itself
        assert "Reads the query as" in learned.inner_text()
        assert " × " in learned.locator("li").first.inner_text()
    fits(view)
    shot(view, "search")
    view.get_by_label("k1").fill("2")
    view.get_by_label("k1").dispatch_event("change")
    view.wait_for_url("**k1=2**")
    assert "k1 2.0" in view.locator(".column").first.inner_text()
    view.locator(".hits a").first.click()
    assert view.locator("#quote").count() == 1
    fits(view)


def test_the_graph_pans_and_zooms_by_mouse_and_keys(view, site):
    view.goto(site.url)
    view.goto(f"{site.base}/collections/notes")
    view.get_by_role("link", name="Knowledge graph").click()
    view.wait_for_selector(".zoom:visible")
    fits(view)
    shot(view, "graph")

    def box():
        return [float(x) for x in view.locator("#graph").get_attribute("viewBox").split()]

    whole = box()
    view.get_by_role("button", name="Zoom in").click()
    assert box()[2] == pytest.approx(whole[2] * 0.7, rel=1e-3)
    view.get_by_role("button", name="Show all").click()
    assert box() == whole
    view.locator("#graph").focus()
    view.keyboard.press("+")
    view.keyboard.press("ArrowRight")
    assert box()[0] > whole[0] + whole[2] * 0.15
    view.keyboard.press("0")
    frame = view.locator("#graph").bounding_box()
    x, y = frame["x"] + frame["width"] * 0.02, frame["y"] + frame["height"] * 0.02
    view.mouse.move(x, y)
    view.mouse.wheel(0, -300)
    view.wait_for_timeout(50)
    assert box()[2] < whole[2] * 0.9
    view.mouse.down()
    view.mouse.move(x + 60, y + 30, steps=4)
    view.mouse.up()
    assert box()[0] < whole[0]
    view.get_by_role("button", name="Show all").click()
    view.locator(".graph-lists").get_by_role("link", name="Hanna Brandt").first.click()
    view.wait_for_selector(".graph-lists section.card")
    assert view.locator("#graph .node[aria-current]").count() == 1
    view.locator(".graph-lists section .hits a").first.click()
    assert "Hanna Brandt" in view.locator("#quote").inner_text()


def test_compare_and_laboratory(view, site):
    view.goto(site.url)
    for room in ("Collections", "Laboratory", "Runs"):
        view.get_by_role("navigation", name="Rooms").get_by_role("link", name=room).click()
        view.wait_for_selector("h1")
        fits(view)
        shot(view, room.lower())
    for id in (site.report, site.other):
        view.locator(f"input[value='{id}']").check()
    view.get_by_role("button", name="Compare two").click()
    view.wait_for_selector("text=Two runs, side by side")
    assert view.locator("mark", has_text="Who manages").count() == 1
    fits(view)
    shot(view, "compare")
    view.goto(f"{site.base}/laboratory")
    assert view.locator(".chart").count() == 1
    view.get_by_label("Find a system").fill("dars")
    assert 1 <= view.locator("#gallery > li:visible").count() < 10
    view.get_by_role("link", name="train/countdown-grpo-0").click()
    assert view.locator(".chart .curve").count() == 4
    view.wait_for_selector(".uplot canvas")
    assert view.locator(".uplot").count() == 4
    view.locator(".uplot .u-over").first.hover()
    read_off = [view.locator(".uplot").nth(n).locator(".u-value").first.inner_text() for n in (0, 3)]
    assert read_off[0] == read_off[1]  # the same step is marked in every chart
    assert float(read_off[0]) >= 1
    fits(view)
    shot(view, "training")


def test_a_folder_is_dropped_and_limits_are_shown(view, served):
    view.goto(served)
    view.evaluate(
        """async () => {
          const files = new DataTransfer(), drop = document.getElementById("drop");
          files.items.add(new File(["The lighthouse is owned by Mira Vance.\\n"], "light.txt"));
          drop.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
          await new Promise((done) => setTimeout(done, 50));
        }"""
    )
    assert "1 files, 0.0 MiB" in view.locator("#files-said").inner_text()
    view.wait_for_selector("#forecast:has-text('1 file to read')")
    view.get_by_label("Question").fill("Who owns the lighthouse?")
    view.get_by_role("button", name="Start").click()
    view.wait_for_selector(".report", timeout=30_000)
    assert "Mira Vance" in view.locator(".claims").inner_text()
    view.goto(served.split("?")[0])
    view.evaluate(
        """() => {
          const files = new DataTransfer(), input = document.getElementById("files");
          for (let n = 0; n < 301; n++) files.items.add(new File(["x"], `${n}.txt`));
          input.files = files.files;
          input.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    assert "At most 300 files" in view.locator("#files").evaluate("e => e.validationMessage")


def test_a_mistake_costs_nobody_their_question(view, served):
    view.goto(served)
    view.get_by_label("Question").fill("Who makes the bell?")
    view.get_by_label("Path on this machine").fill("/no/such/folder")
    view.get_by_role("button", name="Start").click()
    assert "does not exist" in view.get_by_role("alert").inner_text()
    assert view.get_by_label("Question").input_value() == "Who makes the bell?"
    view.get_by_text("Agent, permissions and budget").click()
    view.get_by_label("Agent", exact=True).select_option("react")
    view.get_by_label("Model", exact=True).fill("openai:some-model")
    view.get_by_label("Path on this machine").fill(str(SAMPLE / "minutes"))
    view.get_by_role("button", name="Start").click()
    assert "needs the network" in view.get_by_role("alert").inner_text()
    assert view.get_by_label("Model", exact=True).input_value() == "openai:some-model"
    fits(view)


def test_permissions_are_ticked_shown_in_the_estimate_and_refused_where_they_cannot_be_meant(view, served):
    view.goto(served)
    view.get_by_label("Question").fill("Who makes the bell?")
    view.get_by_label("Path on this machine").fill(str(SAMPLE / "minutes"))
    view.get_by_text("Agent, permissions and budget").click()
    for label in ("Search the web and read pages", "Run code that the model writes"):
        assert not view.get_by_label(label).is_checked()
    view.get_by_label("Search the web and read pages").check()
    view.wait_for_selector("#forecast:has-text('only reads the sources')")
    view.get_by_label("Agent", exact=True).select_option("react")
    view.wait_for_selector("#forecast:has-text('needs a model')")
    view.get_by_label("Model", exact=True).fill("local")
    view.wait_for_selector("#forecast:has-text('It may search the web with duckduckgo')")
    view.get_by_label("Search service").select_option("searxng")
    view.wait_for_selector("#forecast:has-text('SEARXNG_URL')")
    fits(view)
    shot(view, "permissions")
    view.get_by_label("Most US dollars").fill("2")
    view.get_by_role("button", name="Start").click()
    assert "SEARXNG_URL" in view.get_by_role("alert").inner_text()
    assert view.get_by_label("Search the web and read pages").is_checked()  # nothing typed is lost
    assert view.get_by_label("Search service").input_value() == "searxng"
    assert view.get_by_label("Most US dollars").input_value() == "2"
    view.goto(view.url.replace("/ask", "/?may=web&may=code"))
    assert not view.get_by_label("Search the web and read pages").is_checked()


def test_a_question_survives_a_server_that_was_started_again(view, busy_home):
    with serving(busy_home) as (url, _):
        view.goto(url)
        view.get_by_label("Question").fill("Who makes the bell?")
        view.get_by_label("Path on this machine").fill(str(SAMPLE / "minutes"))
        port = re.search(r":(\d+)/", url)[1]
    with serving(busy_home, port=port) as (again, _):
        view.get_by_role("button", name="Start").click()
        assert "Leadline is locked" in view.locator("h1").inner_text()
        view.goto(again)
        assert view.get_by_label("Question").input_value() == "Who makes the bell?"
        view.get_by_role("button", name="Start").click()
        view.wait_for_selector(".report", timeout=30_000)
        view.goto(again)
        assert view.get_by_label("Question").input_value() == ""


def test_a_click_without_a_server_says_so_and_loses_nothing(view, busy_home):
    with serving(busy_home) as (url, process):
        view.goto(url)
        ask(view, QUESTION, SAMPLE / "minutes")
        process.send_signal(signal.SIGKILL)
        process.wait()
        view.locator("a.n[data-cite]").first.click()
        view.wait_for_selector("#beside [role=alert]:has-text('The server does not answer')")
        assert view.locator(".claim").count() > 0


def test_a_live_run_follows_its_trace_in_two_tabs_and_is_resumed_after_a_kill(view, chromium, busy_home):
    name = "watched-desk" if view.wide else "watched-phone"
    Collection.open(name, create=True).update([SAMPLE / "minutes"])
    run = start_run(QUESTION, collection=name)
    trace = Trace(run.trace_path)
    trace.add("search", arguments={"query": QUESTION, "k": 20})
    with serving(busy_home) as (url, process):
        view.goto(url)
        address = f"{url.split('?')[0]}runs/{run.record.id}"
        view.goto(address)
        assert view.locator("#steps li").count() == 1
        view.get_by_role("link", name="Show hits of step 1").click()
        view.wait_for_selector(".seen .hits li >> nth=3")
        second = view.context.new_page()
        second.goto(address)
        for n in range(60):
            trace.add(
                "open",
                arguments={"document": f"d{n}"},
                summary=f"Page {n} (p.md), characters 0-3 of 9\nwords",
            )
        for page in (view, second):
            page.wait_for_selector("#steps > li >> nth=60")
            page.wait_for_selector(".gauge:has-text('documents opened') b:text-is('60')")
        assert "Page 59" in view.locator("#board").inner_text()
        shot(view, "live")
        fits(view)
        second.close()
        view.reload()
        assert view.locator("#steps > li").count() == 61
        process.send_signal(signal.SIGKILL)
        process.wait()
        view.wait_for_selector("#lost:visible")
    with serving(busy_home) as (again, _):
        view.goto(again)
        view.goto(f"{again.split('?')[0]}runs/{run.record.id}")
        assert view.locator(".badge.interrupted").count() == 1
        view.get_by_role("button", name="Resume").click()
        view.wait_for_selector(".report", timeout=30_000)
        assert find_run(run.record.id).report().status == "answered"


def test_pause_go_on_and_stop(view, served):
    view.goto(served)
    run = start_run(QUESTION, ["/"])
    journal = SQLiteJournal(run.folder)  # the run is driven, by this process
    try:
        view.goto(f"{served.split('?')[0]}runs/{run.record.id}")
        view.get_by_role("button", name="Pause").click()
        view.wait_for_selector(".badge.pausing")
        view.get_by_role("button", name="Go on after all").click()
        view.wait_for_selector(".badge.running")
        view.get_by_role("button", name="Stop and keep what was found").click()
        view.wait_for_selector(".badge.cancelling")
        fits(view)
    finally:
        journal.close()


def test_a_collection_that_goes_while_it_is_open(view, served):
    name = "gone-desk" if view.wide else "gone-phone"
    Collection.open(name, create=True).update([SAMPLE / "policies"])
    view.goto(served)
    view.goto(f"{served.split('?')[0]}collections/{name}")
    fits(view)
    other = view.context.new_page()
    other.goto(f"{served.split('?')[0]}collections/{name}")
    other.get_by_text("Remove this collection").click()
    other.get_by_role("button", name="Remove it").click()
    other.wait_for_url("**/collections")
    other.close()
    assert name not in Collection.names()
    view.locator("#documents tbody a").first.click()
    assert "Not found" in view.locator("h1").inner_text()
    assert f"no collection named '{name}'" in view.locator("main").inner_text().lower()


def test_an_old_link_says_how_to_get_a_new_one(chromium, site):
    page = watched(chromium, width=390, height=844)
    page.goto(f"{site.base}/?token=of-yesterday")
    assert "it prints a new one. Runs and reports are kept." in page.locator("main").inner_text()
    page.context.close()
