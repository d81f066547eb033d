"""Questions that reach beyond the collection: the fake web and a real MCP server, cited, archived and verified."""

import json
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from leadline import research, verify
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.inquiry import Inquiry, Runtime
from leadline.agents.research import pursue
from leadline.agents.roster import cast
from leadline.environments.fake_web import FakeWeb, page
from leadline.environments.outside import Outside, opened
from leadline.environments.pages import PageReader
from leadline.environments.web import WebEnvironment, addresses_in
from leadline.errors import NotFound, UsageError
from leadline.models.scripted import ScriptedModel

QUESTION = "Who makes the velar valve, as http://a.org/valves says?"
PAGES = {
    "http://a.org/valves": page(
        "Valves", "The velar valve is made by Drouk Works in Brenou. " + "It is blue. " * 9
    ),
    "http://b.org/other": page("Other", "Nothing about that. " * 9),
}
TOY = Path(__file__).parent.parent / "environments" / "mcp_toy_server.py"


def fake(web):
    """Opens a grant on the fake web instead of the real one."""

    @contextmanager
    def open_it(outside, question, captures):
        with PageReader() as reader:
            yield [WebEnvironment(web.search, web, reader, allowed=addresses_in(question), captures=captures)]

    return open_it


def model(*moves):
    return cast("react", ScriptedModel([json.dumps({"thought": "", **move}) for move in moves]))


def cite(words):
    return {"action": "finish", "quotes": [{"document": "", "words": words, "sentence": ""}]}


def test_a_page_is_cited_archived_and_verified_without_sources_of_ones_own(tmp_path):
    policy, context = model(
        {"action": "web_open", "text": "http://a.org/valves"}, cite("made by Drouk Works")
    )
    out, web = tmp_path / "report", FakeWeb(dict(PAGES))
    report = pursue(
        Inquiry(QUESTION, out=out, outside=Outside(("web",))),
        Runtime(policy, context, open_outside=fake(web)),
    )
    assert report.status == "answered"
    (source,) = report.sources
    assert source.uri == "http://a.org/valves"
    assert source.capture.archive == "captures.warc"
    assert report.run["allowed"] == "web"
    assert (out / "captures.warc").exists()
    web.pages.clear()  # the page is gone from the web
    assert verify(out / "report.json").ok
    (out / "captures.warc").unlink()
    assert verify(out / "report.json").ok  # the run's own folder still has it
    assert (report.omissions.documents_opened, report.omissions.documents_total) == (1, 1)


def test_without_the_grant_the_web_is_not_there(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("The velar valve is in the store.\n")
    policy, _ = model(
        {"action": "search", "text": "velar valve"}, {"action": "web_open", "text": "http://a.org/valves"}
    )
    web = FakeWeb(dict(PAGES))
    pursue(Inquiry(QUESTION, [folder], max_steps=3), Runtime(policy, Transcript(), open_outside=fake(web)))
    assert web.requests == []


@pytest.mark.parametrize("approve", [None, lambda call: False, lambda call: "valves" in call])
def test_each_call_waits_for_a_yes_where_the_user_wants_to_be_asked(approve):
    """Nobody to be asked means no."""
    policy, context = model(
        {"action": "web_open", "text": "http://a.org/valves"}, cite("made by Drouk Works")
    )
    web = FakeWeb(dict(PAGES))
    report = pursue(
        Inquiry(QUESTION, outside=Outside(("web",), confirm=True)),
        Runtime(policy, context, approve=approve, open_outside=fake(web)),
    )
    yes = approve is not None and approve("valves")
    assert bool(web.requests) == yes
    assert report.status == ("answered" if yes else "nothing found")


def test_tools_of_an_mcp_server_are_used_and_cited(tmp_path):
    policy, context = model(
        {"action": "toy_weather", "text": "Brest"}, cite("In Brest it rains until Tuesday.")
    )
    report = research(
        "How is the weather in Brest?",
        out=tmp_path / "report",
        policy=policy,
        context=context,
        outside=Outside(("mcp",), mcp=(f"toy={sys.executable} {TOY}",)),
    )
    (citation,) = report.citations()
    assert citation.span.quote == "In Brest it rains until Tuesday."
    assert report.sources[0].uri.startswith("mcp://toy/weather")
    assert verify(tmp_path / "report" / "report.json").ok


def test_an_mcp_server_that_dies_is_an_event_and_the_run_goes_on(tmp_path):
    from leadline.runs.store import find_run

    policy, context = model(
        {"action": "toy_weather", "text": "die"},
        {"action": "toy_weather", "text": "Brest"},
        cite("it rains until Tuesday"),
    )
    report = research(
        "How is the weather in Brest?",
        policy=policy,
        context=context,
        outside=Outside(("mcp",), mcp=(f"toy={sys.executable} {TOY}",)),
    )
    assert report.status == "answered"
    steps = find_run(str(report.run["id"])).steps()
    assert "started again" in steps[1].error
    assert not steps[2].error


@pytest.mark.parametrize(
    ("outside", "offline", "says"),
    [
        (Outside(("web",)), True, "--offline forbids web"),
        (Outside(("web", "mcp"), mcp=("x",)), True, "--offline forbids web and mcp"),
        (Outside((), mcp=("python server.py",)), False, "Add --allow mcp"),
        (Outside(("wbe",)), False, "web"),
    ],
)
def test_grants_that_cannot_be_meant_are_refused(outside, offline, says, tmp_path):
    with pytest.raises((UsageError, NotFound), match=says):
        pursue(Inquiry("q", [tmp_path], outside=outside, offline=offline), Runtime())


def test_nothing_to_read_is_only_allowed_with_somewhere_to_look():
    with pytest.raises(UsageError, match="nothing to read"):
        research("q", outside=Outside(("code",)))


def test_a_grant_opens_what_it_says_and_nothing_else(tmp_path):
    from leadline.environments.captures import Captures

    with opened(Outside(), "q", Captures()) as beside:
        assert beside == []
    with opened(Outside(("web",), search="brave"), QUESTION, Captures()) as (web,):
        assert web.listed == {"http://a.org/valves"}
    with pytest.raises(NotFound, match="duckduckgo"), opened(Outside(("web",), "duckduck"), "q", Captures()):
        pass
