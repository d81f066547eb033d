"""The pages in a real browser (headless Chromium): what a person does, at desk and phone width. Skips without one.

LEADLINE_SHOTS=DIR keeps a picture of every page.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from leadline.retrieval.collection import Collection
from leadline.runs.store import find_run, start_run
from leadline.runs.trace import Trace

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")

SAMPLE = Path(__file__).parents[2] / "sample"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
QUESTION = "Who manages the Oxley Reach project, and when did it start?"
HOSTILE = "<img src=x onerror=document.title='run'><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def chromium():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def served(leadline_home):
    """The address of a real `leadline ui`, and a way to kill it and start it again."""
    running = []

    def start():
        command = [sys.executable, "-m", "leadline", "ui", "--port", "0", "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
        running.append(process)
        return json.loads(process.stdout.readline())["url"], process

    yield start
    for process in running:
        process.terminate()
        process.wait(20)


@pytest.fixture(params=[(1280, 860), pytest.param((390, 844), marks=pytest.mark.slow)], ids=["desk", "phone"])
def view(chromium, request):
    """A page that notes what it asks for and what goes wrong in it."""
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(8000)
    page.asked, page.wrong, page.wide = [], [], width > 600
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on(
        "console",
        lambda said: page.wrong.append(said.text) if "Content Security Policy" in said.text else None,
    )
    page.on("dialog", lambda dialog: page.wrong.append("a dialog"))
    yield page
    context.close()


def shot(page, name):
    folder = os.environ.get("LEADLINE_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}-{'desk' if page.wide else 'phone'}.png"))


def fits(page):
    """Nothing runs out of the window at the side."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (
        page.url
    )


def ask(page, question, folder):
    page.get_by_label("Question").fill(question)
    page.get_by_label("Path on this machine").fill(str(folder))
    page.get_by_role("button", name="Start").click()
    page.wait_for_selector(".report", timeout=30_000)


def test_ask_read_every_citation_verify_export_search(view, served):
    url, _ = served()
    view.goto(url)
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
    shot(view, "report")
    view.set_viewport_size({"width": 390, "height": 844})
    fits(view)
    view.reload()
    fits(view)
    view.get_by_role("button", name="Close").click()
    assert view.locator("#beside").is_hidden()
    view.set_viewport_size({"width": 1280 if view.wide else 390, "height": 860})
    view.reload()
    assert view.locator("#quote").count() == 1  # the address names the citation
    view.keyboard.press("Escape")
    view.get_by_role("button", name="Verify every citation").click()
    view.wait_for_selector("#verified")
    assert view.locator("a.n.held").count() >= len(report.citations())
    view.get_by_text("Export", exact=True).click()
    with view.expect_download() as download:
        view.get_by_role("link", name="Markdown").click()
    assert Path(download.value.path()).read_text().startswith("# Who manages")
    view.get_by_role("link", name="Search", exact=True).click()
    view.get_by_label("Query").fill("Oxley Reach project")
    view.get_by_role("button", name="Search").click()
    assert view.locator(".column").count() == 3
    assert view.locator(".hits mark").count() > 3
    fits(view)
    shot(view, "search")
    view.locator(".hits a").first.click()
    assert view.locator("#quote").count() == 1
    fits(view)
    assert not view.wrong
    assert all(asked.startswith(url.split("/?")[0]) for asked in view.asked)


def test_collections_and_laboratory(view, served, tmp_path):
    Collection.open("notes", create=True).update([SAMPLE / "policies"])
    url, _ = served()
    view.goto(url)
    for room in ("Collections", "Laboratory", "Runs"):
        view.get_by_role("navigation", name="Rooms").get_by_role("link", name=room).click()
        view.wait_for_selector("h1")
        fits(view)
        shot(view, room.lower())
    view.goto(url.split("?")[0] + "laboratory")
    view.get_by_label("Find a system").fill("dars")
    assert 1 <= view.locator("#gallery > li:visible").count() < 10
    view.goto(url.split("?")[0] + "collections/notes")
    fits(view)
    view.get_by_text("Remove this collection").click()
    view.get_by_role("button", name="Remove it").click()
    view.wait_for_url("**/collections")
    assert Collection.names() == []
    assert not view.wrong


def test_hostile_names_and_contents_stay_text(view, served, tmp_path):
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / f"{HOSTILE.replace('/', '∕')}.md").write_text(
        f"# {HOSTILE}\n\nThe bell is made by {HOSTILE} Works.\n"
    )
    url, _ = served()
    view.goto(url)
    ask(view, f"Who makes the bell? {HOSTILE}", folder)
    chips = view.locator("a.n[data-cite]")
    if chips.count():
        chips.first.click()
        view.wait_for_selector("#quote")
    name = find_run("last").report().run["collection"]
    for path in ("", "runs", f"collections/{name}", f"search?collection={name}&query=bell"):
        view.goto(url.split("?")[0] + path)
        assert view.title() != "run"
    assert not view.wrong
    assert all(asked.startswith(url.split("/?")[0]) for asked in view.asked)


def test_a_live_run_follows_its_trace_and_a_killed_server_leaves_a_run_to_resume(view, served):
    Collection.open("notes", create=True).update([SAMPLE / "minutes"])
    run = start_run(QUESTION, collection="notes")
    trace = Trace(run.trace_path)
    trace.add("search", arguments={"query": QUESTION, "k": 20})
    url, process = served()
    view.goto(url)
    address = f"{url.split('?')[0]}runs/{run.record.id}"
    view.goto(address)
    assert view.locator("#steps li").count() == 1
    for n in range(60):
        trace.add("open", arguments={"document": f"d{n}"}, summary="a page")
    sync_api.expect(view.locator("#steps li")).to_have_count(61)
    assert re.search(r"60\s*documents opened", view.locator("#board").inner_text())
    shot(view, "live")
    fits(view)
    view.reload()
    assert view.locator("#steps li").count() == 61
    process.send_signal(signal.SIGKILL)
    process.wait()
    view.wait_for_selector("#lost:visible")
    again, _ = served()
    view.goto(again)
    view.goto(f"{again.split('?')[0]}runs/{run.record.id}")
    assert view.locator(".badge.interrupted").count() == 1
    view.get_by_role("button", name="Run it again").click()
    view.wait_for_selector(".report", timeout=30_000)
    assert not view.wrong
