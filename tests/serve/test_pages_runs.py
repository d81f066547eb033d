"""Runs: watched step by step, paused, stopped, resumed after a kill, compared side by side."""

import re
import time

import pytest
from pages_client import Browser

from leadline.evidence.model import Report
from leadline.models.base import Reply
from leadline.runs import control
from leadline.runs.journal import SQLiteJournal
from leadline.runs.store import find_run, start_run
from leadline.runs.trace import Step, Trace
from leadline.serve.pages.calls import Call, WatchedSteps, read_calls
from leadline.serve.pages.jobs import Jobs
from leadline.serve.pages.watch import rows_of, tree

QUESTION = "Who makes the velar valve?"


@pytest.fixture
def browser(collection):
    return Browser()


def report_of(address) -> Report:
    return find_run(address.rsplit("/", 1)[1]).report()


def walk(browser, address, *, until):
    """The page of a run when it shows `until`."""
    for _ in range(400):
        page = browser.get(address).text
        if until in page:
            return page
        time.sleep(0.02)
    raise AssertionError(f"{until!r} is not on {address}")


def test_a_run_whose_process_was_killed_is_resumed_where_it_was(browser):
    killed = start_run(QUESTION, collection="c", agent="extractive", max_steps=40)
    address = f"/runs/{killed.record.id}"
    assert "interrupted" in browser.get("/runs").text
    assert "no model call is paid twice" in browser.get(address).text
    assert browser.post(f"{address}/resume").headers["location"] == address
    walk(browser, address, until='class="report"')
    assert report_of(address).status == "answered"
    assert find_run(killed.record.id).record.max_steps == 40
    again = browser.post(f"{address}/again").headers["location"]
    browser.wait(again)
    assert again != address
    assert report_of(again).claims == report_of(address).claims


def test_a_run_in_line_is_paused_resumed_and_stopped(collection):
    jobs = Jobs()
    browser = Browser(jobs=jobs)
    blocked = jobs._one.submit(time.sleep, 0.6)  # what is in front of it in the line
    address = browser.post("/ask", {"question": QUESTION, "collection": "c"}).headers["location"]
    assert "Waiting for its turn" in browser.get(address).text
    assert "under way" in browser.post(f"{address}/delete").text
    assert browser.post(f"{address}/pause").status_code == 303
    assert ">paused<" in browser.get(address).text
    blocked.result()
    while jobs.runs:
        time.sleep(0.02)
    assert find_run(address.rsplit("/", 1)[1]).steps() == []  # its turn came and it stayed paused
    assert browser.post(f"{address}/resume").status_code == 303
    walk(browser, address, until='class="report"')
    assert browser.post(f"{address}/delete").headers["location"] == "/runs"
    assert browser.get(address).status_code == 404


def test_a_driven_run_is_asked_to_pause_and_may_go_on_after_all(browser):
    run = start_run(QUESTION, collection="c")
    address = f"/runs/{run.record.id}"
    journal = SQLiteJournal(run.folder)  # as another process would hold it
    try:
        assert ">running<" in browser.get(address).text
        browser.post(f"{address}/pause")
        assert control.requested(run.folder) == "pause"
        page = browser.get(address).text
        assert "It stops after its present step." in page
        assert "Go on after all" in page
        browser.post(f"{address}/resume")
        assert control.requested(run.folder) is None
        browser.post(f"{address}/cancel")
        assert ">cancelling<" in browser.get(address).text
    finally:
        journal.close()


def test_a_run_that_is_over_cannot_be_paused(browser):
    address = browser.ask(QUESTION, collection="c")
    answer = browser.post(f"{address}/pause")
    assert answer.status_code == 400
    assert "is over" in answer.text
    assert report_of(address).status == "answered"


# ---- what is seen of a run --------------------------------------------------------------------------


def test_a_search_shows_its_hits_as_it_saw_them(browser):
    address = browser.ask(QUESTION, collection="c")
    run = find_run(address.rsplit("/", 1)[1])
    number = next(step.n for step in run.steps() if step.kind == "search")
    shown = browser.get(f"{address}/steps/{number}?alone").text
    assert "<mark>velar</mark>" in shown
    assert re.search(r'href="/collections/c/documents/[^"]+start=0', shown)
    assert "has changed" not in shown
    assert shown in browser.get(f"{address}/steps/{number}").text  # the same as a page
    assert browser.get(f"{address}/steps/999").status_code == 404


def test_a_step_says_when_the_collection_has_changed_since(browser, collection, tmp_path):
    address = browser.ask(QUESTION, collection="c")
    (tmp_path / "more.txt").write_text("Another velar valve is made by Ostra Works.\n")
    collection.update([tmp_path / "more.txt"])
    assert "has changed since" in browser.get(f"{address}/steps/2?alone").text


def test_the_tree_grows_with_what_is_searched_for():
    question = "Who manages the Oxley Reach project, and when did it start?"
    first, second = (part.text for part in tree(question, [])[0])
    steps = [
        Step(1, "reset"),
        Step(2, "search", {"query": "Who manages the Oxley Reach project?"}),
        Step(3, "open", {"document": "d1"}),
        Step(4, "search", {"query": "Hanna Brandt"}),
        Step(5, "search", {"query": "Hanna Brandt"}),
    ]
    parts, current = tree(question, steps)
    assert current == first
    assert dict(parts[0].work) == {"search": 3, "open": 1}
    assert {query: dict(work) for query, work in parts[0].further.items()} == {"Hanna Brandt": {"search": 2}}
    assert parts[1].text == second
    assert not parts[1].work


def test_calls_of_a_model_stand_between_the_steps_in_time_order(tmp_path):
    steps, reply = WatchedSteps(tmp_path), Reply("yes", cost={"tokens_in": 30.0, "tokens_out": 5.0})
    assert steps.ask("m", b"first", lambda: reply) == reply
    steps.traced(1)
    steps.ask("m<b>", b"second", lambda: reply)
    calls = read_calls(tmp_path)
    assert [(call.after, call.model, call.cost) for call in calls] == [
        (0, "m", reply.cost),
        (1, "m<b>", reply.cost),
    ]
    rows = rows_of([Step(1, "search"), Step(2, "open")], calls, "r")
    assert [re.findall(r'class="kind">(\w+)', row) for row in rows] == [
        ["model", "search"],
        ["model", "open"],
    ]
    assert "m&lt;b&gt;" in rows[1]
    assert "30 tokens in" in rows[0]
    (tmp_path / "calls.jsonl").open("ab").write(b'{"after":')  # torn by a kill
    assert read_calls(tmp_path) == calls


def test_gauges_show_model_calls_and_tokens(browser):
    run = start_run(QUESTION, collection="c", agent="react", model="local", max_steps=4)
    Trace(run.trace_path).add("search", arguments={"query": "valve"})
    WatchedSteps(run.folder)._note(Call(0, "m", 1.5, {"tokens_in": 1200.0}))
    page = browser.get(f"/runs/{run.record.id}").text
    assert re.search(r"<b>1</b><span[^>]*>model calls", page)
    assert re.search(r"<b>1200</b><span[^>]*>tokens in", page)
    assert '<meter min="0" max="4" value="1"' in page


# ---- compared ---------------------------------------------------------------------------------------


def test_two_runs_side_by_side(browser, tmp_path):
    first = browser.ask(QUESTION, collection="c")
    other = browser.ask("Who fitted the harbour lights?", collection="c")
    ids = [address.rsplit("/", 1)[1] for address in (first, other)]
    page = browser.get("/compare", params={"run": ids}).text
    claim = report_of(first).claims[0].text
    assert page.index("Left only") < page.index(claim) < page.index("Right only")
    assert "<mark>Who fitted the harbour lights?</mark>" in page
    assert "In both (0)" in page
    same = browser.get("/compare", params={"run": [ids[0], ids[0]]}).text
    assert "0 with another result, 0 in one run only" in same
    assert f"In both ({len(report_of(first).claims)})" in same
    for wrong in ([], ids[:1], [*ids, ids[0]]):
        assert "exactly two" in browser.get("/compare", params={"run": wrong}).text
    assert all(f'value="{id}"' in browser.get("/runs").text for id in ids)
