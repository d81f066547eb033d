"""The pages in process: ask, read, verify, export, search, collections, laboratory; bad input gets a message."""

import json
import re
import time

import pytest
from pages_client import Browser

from leadline.agents.durable import carry_on
from leadline.evidence.model import Report
from leadline.retrieval.collection import Collection
from leadline.runs.store import find_run, start_run
from leadline.serve.pages.uploads import MAX_NAME, safe_name

QUESTION = "Who makes the velar valve?"


@pytest.fixture
def browser(collection):
    return Browser()


def report_of(address) -> Report:
    return find_run(address.rsplit("/", 1)[1]).report()


def test_the_first_page_is_small_and_lists_what_there_is(browser):
    page = browser.get("/")
    shown = [browser.get(path) for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)]
    assert all(answer.status_code == 200 for answer in shown)
    assert len(page.content) + sum(len(answer.content) for answer in shown) < 100_000
    assert '<option value="c">c</option>' in page.text
    assert "extractive" in page.text
    assert "<script>" not in page.text
    assert not re.search(r'(?:src|href)="(?!/|#)', page.text)


def test_every_control_has_a_label(browser):
    for path in ("/", "/search?query=bread", "/collections", "/collections/c", "/laboratory"):
        page = browser.get(path).text
        labels = set(re.findall(r'<label for="([^"]+)"', page))
        for attributes in re.findall(r"<(?:input|select|textarea) ([^>]*)>", page):
            if 'type="hidden"' not in attributes:
                assert re.search(r'id="([^"]+)"', attributes)[1] in labels, (path, attributes)
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path


def test_ask_a_collection_and_read_the_report_down_to_its_quote(browser):
    address = browser.ask(QUESTION, collection="c")
    page = browser.get(address).text
    report = report_of(address)
    assert report.status == "answered"
    for citation in report.citations():
        assert f'data-cite="{citation.number}"' in page
        beside = browser.get(f"{address}/evidence/{citation.number}").text
        assert re.search(r'<mark id="quote"[^>]*>(.*?)</mark>', beside, re.DOTALL)[1] == citation.span.quote
        assert beside in browser.get(f"{address}?cite={citation.number}").text  # the same without a script


def test_verify_marks_each_citation_and_says_when_a_source_changed(browser, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "valve.txt").write_text("The velar valve is made by Drouk Works in Brenou.\n")
    address = browser.ask(QUESTION, path=str(folder))
    n = len(report_of(address).citations())
    assert browser.post(f"{address}/verify").headers["location"] == f"{address}#verified"
    assert f"{n} of {n} citation" in browser.get(address).text
    (folder / "valve.txt").write_text("The velar valve is made by somebody else.\n")
    browser.post(f"{address}/verify")
    page = browser.get(address).text
    assert "0 of 1 citation" in page
    assert ">not verified<" in page


def test_exports(browser):
    address = browser.ask(QUESTION, collection="c")
    kinds = {
        "report.html": "<!doctype html>",
        "report.md": "# Who makes",
        "report.bib": "@misc{d",
        "report.csl.json": "[",
    }
    for name, start in kinds.items():
        answer = browser.get(f"{address}/{name}")
        assert answer.text.startswith(start)
        assert answer.headers["content-disposition"].startswith("attachment")
    assert json.loads(browser.get(f"{address}/report.json").text)["question"] == QUESTION
    assert json.loads(browser.get(f"{address}/report.csl.json").text)[0]["type"] == "document"
    assert browser.get(f"{address}/report.exe").status_code == 404


def test_dropped_files_are_read(browser):
    address = browser.ask(
        "Who owns the lighthouse?", [("../../light.txt", b"The lighthouse is owned by Mira Vance.\n")]
    )
    assert "Mira Vance" in report_of(address).claims[0].text
    assert report_of(address).sources[0].uri.endswith("/light.txt")


def test_tables_show_their_rows_and_the_query(browser, tmp_path):
    folder = tmp_path / "t"
    folder.mkdir()
    rows = "\n".join(f"{n},{'Nordlys' if n % 3 else 'Ostra'},{n * 2}" for n in range(1, 31))
    (folder / "shipments.csv").write_text(f"id,supplier,days_late\n{rows}\n")
    address = browser.ask("How many shipments are from Nordlys?", path=str(folder))
    cited = [c for c in report_of(address).citations() if c.query is not None]
    assert cited, report_of(address)
    beside = browser.get(f"{address}/evidence/{cited[0].number}").text
    assert "SELECT" in beside.upper()
    assert '<th scope="col">supplier</th>' in beside
    assert "<mark>" in beside


def test_scans_show_their_page_with_the_region_boxed(browser, tmp_path):
    pictures, drawing = pytest.importorskip("PIL.Image"), pytest.importorskip("PIL.ImageDraw")
    fonts = pytest.importorskip("PIL.ImageFont")
    pytest.importorskip("rapidocr")
    image = pictures.new("L", (900, 300), 255)
    drawing.Draw(image).text((40, 120), "The velar valve is made by Drouk Works.", 0, fonts.load_default(40))
    folder = tmp_path / "scans"
    folder.mkdir()
    image.save(folder / "valve.png")
    address = browser.ask(QUESTION, path=str(folder))
    number = report_of(address).citations()[0].number
    beside = browser.get(f"{address}/evidence/{number}").text
    assert "<rect" in beside
    picture = browser.get(f"{address}/evidence/{number}.png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


def test_nothing_found_says_why(browser):
    page = browser.get(browser.ask("What is the boiling point of zirconium?", collection="c")).text
    assert "nothing found" in page
    assert "Left out" in page


def test_a_report_stands_when_its_collection_is_gone(browser):
    address = browser.ask(QUESTION, collection="c")
    Collection.remove("c")
    assert browser.get(address).status_code == 200
    beside = browser.get(f"{address}/evidence/1").text
    assert "another version of this document, or none" in beside
    assert report_of(address).citations()[0].span.quote in beside


def test_a_run_that_fails_says_why(browser, tmp_path):
    folder = tmp_path / "later"
    folder.mkdir()
    killed = start_run(QUESTION, [folder])
    folder.rmdir()
    begun = browser.post(f"/runs/{killed.record.id}/resume").headers["location"]
    browser.wait(begun)
    page = browser.get(begun).text
    assert 'class="badge failed"' in page
    assert "does not exist" in page


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"question": " ", "collection": "c"}, "question is empty"),
        ({"question": QUESTION}, "nothing to read"),
        ({"question": QUESTION, "collection": "nope"}, "no collection"),
        ({"question": QUESTION, "collection": "../c"}, "cannot name a collection"),
        ({"question": QUESTION, "path": "/no/such/<b>"}, "/no/such/&lt;b&gt; does not exist"),
        ({"question": QUESTION, "path": "\x00"}, "does not exist"),
        ({"question": QUESTION, "collection": "c", "agent": "james"}, "no agent"),
        ({"question": QUESTION, "collection": "c", "agent": "react"}, "needs a model"),
        (
            {"question": QUESTION, "collection": "c", "agent": "react", "model": "openai:x"},
            "needs the network",
        ),
        (
            {
                "question": QUESTION,
                "collection": "c",
                "agent": "react",
                "model": "openai:x",
                "may": "network",
            },
            "OPENAI_API_KEY",
        ),
        ({"question": QUESTION, "collection": "c", "max_steps": "-1"}, "above 0"),
        ({"question": QUESTION, "collection": "c", "max_seconds": "nan"}, "above 0"),
    ],
)
def test_what_cannot_start_says_why_and_leaves_no_run(browser, monkeypatch, data, says):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    answer = browser.post("/ask", data)
    assert answer.status_code in (400, 404)
    assert says in answer.text
    assert "Nothing was asked yet" in browser.get("/runs").text


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere", "/runs/none", "/runs/..%2f..%2fetc", "/runs/none/evidence/1", "/collections/none",
        "/collections/c/documents/d0", "/laboratory/none", "/laboratory/plots/..%2fx.svg", "/static/../app.py",
        "/static/%2e%2e/app.py",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "Not found" in answer.text


def test_a_citation_that_is_not_there(browser):
    address = browser.ask(QUESTION, collection="c")
    assert browser.get(f"{address}/evidence/99").status_code == 404
    assert browser.get(f"{address}/evidence/1.png").status_code == 400  # text has no picture


# ---- collections ------------------------------------------------------------------------------------


def test_a_collection_is_made_shown_and_removed(browser, tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    files = [("files", ("a.txt", b"Bells ring at noon.")), ("files", ("a.txt", b"Bells rest at night."))]
    data = {"name": "bells", "path": str(tmp_path / "broken.pdf")}
    assert browser.post("/collections", data, files=files).headers["location"] == "/collections/bells"
    page = ""
    for _ in range(200):
        page = browser.get("/collections/bells").text
        if "Done:" in page:
            break
        time.sleep(0.05)
    assert "2 added" in page
    assert "Could not be read" in page
    assert "broken.pdf" in page
    links = re.findall(r'href="(/collections/bells/documents/[^"]+)"', page)
    assert len(links) == 2
    shown = [browser.get(link).text for link in links]
    assert any("Bells ring at noon." in text for text in shown)
    assert any("Bells rest at night." in text for text in shown)
    assert browser.post("/collections/bells/remove").headers["location"] == "/collections"
    assert browser.get("/collections/bells").status_code == 404


@pytest.mark.parametrize("name", ["", "../x", "a b", "<b>", "x" * 101])
def test_an_impossible_name_of_a_collection(browser, name):
    answer = browser.post("/collections", {"name": name, "path": "."})
    assert answer.status_code == 400
    assert "cannot name a collection" in answer.text


def test_a_damaged_collection_is_listed_with_the_reason(browser, leadline_home):
    (leadline_home / "collections" / "c" / "manifest.json").write_text("{")
    page = browser.get("/collections").text
    assert "is damaged" in page
    assert browser.get("/collections/c").status_code == 400


# ---- names of files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a.txt", "a.txt"), ("../../a.txt", "a.txt"), ("C:\\d\\a.txt", "a.txt"), ("..", "_"), (".bashrc", "bashrc"),
     ("a\x00b\n.txt", "a_b_.txt"), ("", "_"), ("x/", "x"), ("<img src=x>.md", "<img src=x>.md")],
)  # fmt: skip
def test_names_of_uploads_stay_in_their_folder(given, kept):
    assert safe_name(given) == kept


def test_a_very_long_name_keeps_its_type():
    name = safe_name("й" * 500 + ".pdf")
    assert name.endswith(".pdf")
    assert len(name.encode()) <= MAX_NAME


def test_research_with_a_record_of_its_own(collection):
    run = start_run(QUESTION, collection="c", agent="extractive")
    report = carry_on(run)
    assert report.run["id"] == run.record.id
    assert find_run(run.record.id).record.state == "answered"
