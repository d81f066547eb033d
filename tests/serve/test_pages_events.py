"""Server-sent events of a run: in order, from the disk, resumable, whole lines only."""

import asyncio
import json

import msgspec
import pytest
from pages_client import Browser

from leadline.runs.store import start_run
from leadline.runs.trace import Step, Trace
from leadline.serve.pages.events import follow, read_on


def parsed(text):
    """(id, event, data) of every event."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            found.append((fields.get("id"), fields["event"], json.loads(fields["data"])))
    return found


@pytest.fixture
def ended(collection):
    run = start_run("Who makes the valve?", collection="c")
    trace = Trace(run.trace_path)
    for n in range(5):
        trace.add("search", arguments={"query": f"valve {n} <b>"})
    return run.mark("stopped")


def test_all_steps_then_the_board_then_the_end(ended):
    answer = Browser().get(f"/runs/{ended.record.id}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = parsed(answer.text)
    assert [id for id, event, _ in events if event == "step"] == ["1", "2", "3", "4", "5"]
    assert events[-1][1:] == ("end", {"state": "over"})
    assert "valve 0 &lt;b&gt;" in events[0][2]["html"]


@pytest.mark.parametrize(
    ("after", "ids"), [("3", ["4", "5"]), ("5", []), ("x", list("12345")), ("9" * 30, list("12345"))]
)
def test_a_browser_goes_on_after_the_last_event_it_has_seen(ended, after, ids):
    answer = Browser().get(f"/runs/{ended.record.id}/events", headers={"last-event-id": after})
    assert [id for id, event, _ in parsed(answer.text) if event == "step"] == ids


def test_the_page_of_a_run_shows_what_the_events_brought(ended):
    browser = Browser()
    page = browser.get(f"/runs/{ended.record.id}").text
    rows = [
        data["html"]
        for _, event, data in parsed(browser.get(f"/runs/{ended.record.id}/events").text)
        if event == "step"
    ]
    assert all(row in page for row in rows)


def test_steps_written_while_someone_watches_arrive_once_and_in_order(tmp_path):
    path, states = tmp_path / "trace.jsonl", iter(["running"] * 4 + ["over"])
    trace = Trace(path)

    async def pause(seconds):
        trace.add("open", arguments={"document": "d1"})

    async def watch():
        stream = follow(
            path,
            0,
            state=lambda: next(states),
            rows=lambda steps: [str(step.n) for step in steps],
            board=lambda s: str(len(s)),
            pause=pause,
        )
        return "".join([part async for part in stream])

    events = parsed(asyncio.run(watch()))
    assert [data["html"] for _, event, data in events if event == "step"] == ["1", "2", "3", "4"]
    assert [data["html"] for _, event, data in events if event == "board"] == ["0", "1", "2", "3", "4"]


def test_a_line_that_is_still_being_written_waits_for_its_end(tmp_path):
    path, line = tmp_path / "trace.jsonl", msgspec.json.encode(Step(1, "open")) + b"\n"
    path.write_bytes(line + line[:9])
    first = read_on(path, 0)
    assert (len(first.steps), first.offset) == (1, len(line))
    path.write_bytes(line + line)
    second = read_on(path, first.offset)
    assert (len(second.steps), second.offset) == (1, 2 * len(line))
    assert read_on(tmp_path / "none", 7) == ((), 7)


def test_a_stream_of_an_unknown_run_is_not_found():
    assert Browser().get("/runs/20200101-000000-000/events").status_code == 404
