"""Permissions of a run: unticked at first, taken from a sent form alone, kept with the run; only approved servers."""

import json
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from pages_client import Browser

from leadline.agents.durable import cast_durably
from leadline.agents.inquiry import Inquiry, Runtime
from leadline.agents.research import pursue
from leadline.environments.approvals import Approvals
from leadline.environments.fake_web import FakeWeb, page
from leadline.environments.mcp_session import Session
from leadline.environments.outside import Outside
from leadline.environments.pages import PageReader
from leadline.environments.web import WebEnvironment
from leadline.errors import UsageError
from leadline.retrieval.collection import Collection
from leadline.runs.steps import Steps
from leadline.runs.store import find_run, list_runs, start_run
from leadline.runs.trace import Trace
from leadline.serve.pages import grants
from leadline.serve.pages.ask_form import models
from leadline.serve.pages.jobs import Jobs

QUESTION = "Who makes the velar valve?"
TOY = f"{sys.executable} {Path(__file__).parents[1] / 'environments' / 'mcp_toy_server.py'}"


@pytest.fixture
def browser(collection):
    return Browser()


def scripted(folder, *moves):
    """The spec of a model that makes these moves."""
    file = folder / "moves.txt"
    file.write_text("\n".join(json.dumps({"thought": "", **move}) for move in moves) + "\n")
    return f"scripted:{file}"


def finish(words):
    return {"action": "finish", "quotes": [{"document": "", "words": words, "sentence": ""}]}


def ticked(page):
    boxes = re.findall(r'<input type="checkbox" name="(?:may|mcp)" [^>]*>', page)
    return [re.search(r'value="([^"]*)"', box)[1] for box in boxes if "checked" in box]


# ---- what the form takes ----------------------------------------------------------------------------


def test_nothing_is_ticked_at_first_and_no_link_can_tick_anything(browser):
    Approvals().approve(TOY, [])
    link = {
        "question": QUESTION,
        "may": ["web", "code", "network"],
        "mcp": TOY,
        "search": "brave",
        "model": "http://evil.example/v1#m",
        "path": "/etc",
    }
    for parameters in ({}, link):
        page = browser.get("/", params=parameters).text
        assert ticked(page) == [""]  # reading the sources, which cannot be unticked
        assert '<option value="duckduckgo" selected' in page
    assert QUESTION in page
    assert "evil.example" not in page
    assert "/etc" not in page
    assert browser.get("/ask", params={**link, "collection": "c"}).status_code == 405
    assert list_runs() == []


@pytest.mark.parametrize(
    ("may", "mcp", "allow", "offline"),
    [
        ((), (), (), True),
        (("network",), (), (), False),
        (("code",), (), ("code",), True),
        (("web", "code"), (), ("web", "code"), False),
        ((), ("crm", "crm"), ("mcp",), False),
        (("mcp",), (), (), True),  # tools of no server
    ],
)
def test_what_was_ticked_is_what_is_granted(may, mcp, allow, offline):
    given = grants.read(may, "searxng", mcp)
    assert (given.outside.allow, given.offline) == (allow, offline)
    assert given.outside.mcp == tuple(dict.fromkeys(mcp))
    assert given.outside.search == ("searxng" if allow else "duckduckgo")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"may": "files"}, "no permission named &#x27;files&#x27;"),
        ({"may": "web"}, "The agent extractive only reads the sources"),
        (
            {"may": "web", "agent": "react", "model": "local", "search": "altavista"},
            "no search provider named &#x27;altavista&#x27;",
        ),
        ({"may": "web", "agent": "react", "model": "local", "search": "brave"}, "BRAVE_API_KEY"),
        ({"agent": "react"}, "The agent react needs a model. Name one under Model"),
        ({"model": "local"}, "The agent extractive uses no model. Leave Model empty"),
        ({"may": "web", "agent": "react", "model": "openai:x"}, "needs the network"),
        ({"agent": "react", "model": "openai:x"}, "needs the network"),
        ({"agent": "react", "model": "local", "mcp": "rm -rf /"}, "was not approved on this machine"),
        (
            {"agent": "react", "model": "local", "mcp": "http://127.0.0.1:9/mcp"},
            "was not approved on this machine",
        ),
        ({"agent": "react", "model": "local", "mcp": f"x={TOY}"}, "was not approved on this machine"),
        ({"max_usd": "-1"}, "limit of US dollars"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_the_page_and_nothing_is_lost(browser, monkeypatch, sent, says):
    monkeypatch.delenv("BRAVE_API_KEY", raising=False)
    answer = browser.post("/ask", {"question": QUESTION, "collection": "c", **sent})
    assert answer.status_code == 400
    assert says in answer.text
    assert f">{QUESTION}</textarea>" in answer.text
    assert list_runs() == []
    if sent.get("may") == "web":
        assert ticked(answer.text) == ["", "web"]


def test_a_command_line_in_a_form_starts_nothing(browser, tmp_path):
    """Neither an unknown one, nor one that differs from an approved one in a letter or by a name before it."""
    Approvals().approve(TOY, [])
    mark = tmp_path / "ran"
    evil = f"{sys.executable} -c \"open({str(mark)!r}, 'w')\""
    model = scripted(tmp_path, finish("Drouk"))
    for spec in (evil, f"x={evil}", f"{TOY} ; {evil}", f"{TOY} ", f"{TOY}\n{evil}"):
        answer = browser.post("/ask", {"question": QUESTION, "collection": "c", "agent": "react", "model": model,
                                       "mcp": [TOY, spec]})  # fmt: skip
        assert answer.status_code == 400, spec
        assert "was not approved" in answer.text
        assert spec not in ticked(answer.text)
    assert not mark.exists()
    assert list_runs() == []


def test_foreign_pages_cannot_grant(browser):
    sent = {"question": QUESTION, "collection": "c", "may": "web", "agent": "react"}
    for headers in ({"origin": "http://localhost:1"}, {"origin": "null"}, {"host": "evil.example"}):
        assert browser.post("/ask", sent, headers=headers).status_code in (403, 421)
    assert "form is too old" in browser.send("POST", "/ask", data={**sent, "csrf": "0" * 64}).text
    assert list_runs() == []


def test_a_grant_that_contradicts_offline_is_refused(collection):
    for outside in (Outside(("web",)), Outside(("mcp",), mcp=(TOY,))):
        with pytest.raises(UsageError, match="forbids"):
            Jobs().start(Inquiry(QUESTION, collection="c", agent="react", offline=True, outside=outside))
    assert list_runs() == []


# ---- what becomes of it -----------------------------------------------------------------------------


def test_a_run_with_an_approved_server_calls_it_shows_its_grant_and_keeps_it(browser, tmp_path):
    pytest.importorskip("mcp")
    words = "In Brest it rains until Tuesday."
    call = {"action": "mcp_weather", "text": "Brest", "arguments": {"town": "Brest"}}
    model = scripted(tmp_path, call, finish(words), call, finish(words))
    assert "leadline mcp approve SERVER" in browser.get("/").text
    with Session(TOY) as session:
        Approvals().approve(TOY, session.tools())
    assert f"Call tools of {TOY}"[:100] in browser.get("/").text
    sent = {
        "collection": "c",
        "agent": "react",
        "model": model,
        "mcp": TOY,
        "may": "code",
        "max_tokens": "90000",
    }
    address = browser.ask("What is the weather in Brest?", **sent)
    run = find_run(address.rsplit("/", 1)[1])
    assert (run.record.offline, run.record.max_tokens) == (False, 90000)
    assert (run.record.outside["allow"], run.record.outside["mcp"]) == (["code", "mcp"], [TOY])
    page = browser.get(address).text
    assert "This run may run the model&#x27;s code in a sandbox; call tools of" in page
    report = run.report()
    assert report.status == "answered", report.run
    (citation,) = report.citations()
    beside = browser.get(f"{address}/evidence/{citation.number}").text
    assert f'tabindex="-1">{citation.span.quote}</mark>' in beside  # read from the archive of the run
    assert "another version" not in beside
    assert "fetched 20" in beside
    assert "Open the whole document" not in beside
    browser.post(f"{address}/verify")
    assert "1 of 1 citation found again" in browser.get(address).text
    again = browser.post(f"{address}/again").headers["location"]
    browser.wait(again)
    other = find_run(again.rsplit("/", 1)[1]).record
    assert (other.outside, other.max_tokens, other.offline) == (run.record.outside, 90000, False)
    Approvals().path.unlink()
    refused = browser.post(f"{address}/again")
    assert (refused.status_code, "was not approved" in refused.text) == (400, True)


def test_a_fetched_page_stands_beside_its_claim(browser, tmp_path):
    url = "http://a.org/valves"
    web = FakeWeb(
        {url: page("Valves", "The velar valve is made by Drouk Works in Brenou. " + "It is blue. " * 9)}
    )

    @contextmanager
    def open_web(outside, question, captures):
        with PageReader() as reader:
            yield [WebEnvironment(web.search, web, reader, allowed=[url], captures=captures)]

    model = scripted(tmp_path, {"action": "web_open", "text": url}, finish("made by Drouk Works"))
    policy, context = cast_durably("react", model, Steps())
    asked = Inquiry(QUESTION, collection="c", agent="react", model=model, outside=Outside(("web",)))
    report = pursue(asked, Runtime(policy, context, open_outside=open_web))
    address = f"/runs/{report.run['id']}"
    number = report.citations()[0].number
    shown = browser.get(f"{address}?cite={number}").text
    assert re.search(r'<mark id="quote"[^>]*>[^<]*made by Drouk Works', shown)
    assert "It is blue." in shown  # the page around the quote
    assert "search the web with duckduckgo and read pages" in shown
    assert f'href="{url}' not in shown  # nothing of it is a link, and nothing is fetched
    assert f"/documents/{report.sources[0].document}" not in shown
    assert "It is blue" in browser.get(f"{address}/report.html").text


def test_a_resumed_run_has_the_grant_it_began_with(browser, tmp_path):
    model = scripted(tmp_path, finish("Drouk Works"))
    killed = start_run(QUESTION, collection="c", agent="react", model=model,
                       outside={"allow": ["code"], "search": "duckduckgo"})  # fmt: skip
    address = f"/runs/{killed.record.id}"
    assert "run the model&#x27;s code in a sandbox" in browser.get(address).text
    browser.post(f"{address}/resume")
    for _ in range(200):
        if find_run(killed.record.id).report_path.exists():
            break
        time.sleep(0.05)
    assert find_run(killed.record.id).record.outside == killed.record.outside
    assert find_run(killed.record.id).report().run["allowed"] == "code"


def test_again_keeps_collection_sources_and_every_limit(collection, tmp_path):
    (tmp_path / "more.txt").write_text("More about valves.\n")
    jobs = Jobs()
    first = start_run(
        QUESTION, [tmp_path / "more.txt"], collection="c", max_usd=2.0, max_tokens=500.0, seed=3
    )
    second = jobs.again(first).record
    jobs.close()
    kept = ("collection", "sources", "max_usd", "max_tokens", "seed", "agent", "offline")
    assert [getattr(second, name) for name in kept] == [getattr(first.record, name) for name in kept]
    own = start_run(QUESTION, [tmp_path / "more.txt"], collection=Collection.name_of([tmp_path / "more.txt"]))
    assert Jobs().again(own).record.collection == ""  # the one of its sources, found again by them


def test_the_forecast_says_what_is_granted_and_rests_on_runs_with_the_same_grant(browser):
    asked = {"question": QUESTION, "collection": "c", "agent": "react", "model": "local"}
    for n in range(3):
        run = start_run(QUESTION, agent="react", model="local", outside={"allow": ["web"]} if n < 2 else {})
        Trace(run.trace_path).add("search")
        run.mark("answered")
    web = browser.get("/forecast", params={**asked, "may": "web"}).text
    assert "It may search the web with duckduckgo and read pages." in web
    assert "How long others take to answer is not in the estimate." in web
    assert "Fewer than 3 finished runs" in web
    assert "It may" not in browser.get("/forecast", params=asked).text
    assert "not approved" in browser.get("/forecast", params={**asked, "mcp": "evil"}).text
    assert "Estimate" in browser.get("/forecast", params={**asked, "collection": "", "may": "web"}).text
    extractive = browser.get(
        "/forecast", params={**asked, "agent": "extractive", "model": "", "may": "code"}
    ).text
    assert "only reads the sources" in extractive


def test_what_servers_call_themselves_is_text(browser):
    Approvals().approve('"><script>ran()</script>', [])
    page = browser.get("/").text
    assert "<script>ran" not in page
    assert 'value="&quot;&gt;&lt;script&gt;ran()&lt;/script&gt;"' in page


def test_a_damaged_list_of_servers_is_said_and_hides_nothing_else(browser):
    Approvals().path.parent.mkdir(parents=True)
    Approvals().path.write_text("{")
    page = browser.get("/").text
    assert "approve the servers again" in page
    assert 'value="web"' in page


# ---- what the model field offers --------------------------------------------------------------------


def test_the_model_field_offers_what_is_configured(browser, leadline_home, monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", "k")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (leadline_home / "models").mkdir(parents=True, exist_ok=True)
    (leadline_home / "models" / "mine.gguf").touch()
    start_run(QUESTION, model="http://host/v1#<b>")
    found = dict(models())
    assert str(leadline_home / "models" / "mine.gguf") in found
    assert found["http://host/v1#<b>"] == "of an earlier run"
    assert "GROQ_API_KEY is set" in found["groq:"]
    assert "openai:" not in found
    page = browser.get("/").text
    assert '<option value="http://host/v1#&lt;b&gt;" label="of an earlier run">' in page
    assert 'list="models"' in page


def test_the_first_visit_says_how_it_works(leadline_home):
    browser = Browser()
    page = browser.get("/").text
    assert "Give it something to read" in page
    assert 'id="collection"' not in page
    assert page.index("Drop files or a folder here") < page.index("Or a path on this machine")
    folder = leadline_home.parent / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("The velar valve is made by Drouk Works.\n")
    browser.ask(QUESTION, path=str(folder))
    page = browser.get("/").text
    assert "Give it something to read" not in page
    assert "Lately asked" in page
    assert 'id="collection"' in page
