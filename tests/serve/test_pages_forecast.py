"""The forecast: from past runs where there are some, else from sizes; always called an estimate."""

import re

import pytest
from pages_client import Browser

from leadline.runs.store import start_run
from leadline.runs.trace import Trace
from leadline.serve.pages.forecast import EMPTY, Range, Size, forecast, reading_time, sentence, size_of

QUESTION = "Who makes the velar valve?"


def past(n_searches, seconds, tokens=0, *, agent="extractive", model="", state="answered"):
    run = start_run(QUESTION, collection="c", agent=agent, model=model)
    trace = Trace(run.trace_path)
    trace.add("reset")
    for _ in range(n_searches):
        trace.add("search", seconds=seconds / n_searches, cost={"tokens_in": tokens / n_searches})
    trace.add("end", cost={"tokens_in": tokens})
    run.mark(state)


def test_from_past_runs_of_the_same_agent(leadline_home):
    for n in (2, 4, 6):
        past(n, n * 0.5)
    past(100, 90, agent="react", model="m")
    past(100, 90, state="stopped")
    found = forecast(QUESTION, "extractive", "", Range(1, 2))
    assert found.calls == Range(2, 6)  # nearest ranks of three values: the first and the last
    assert found.seconds == Range(1 + 1, 3 + 2)
    assert found.tokens is None
    assert "your last 3 runs of extractive" in found.rests_on


def test_tokens_of_an_agent_with_a_model(leadline_home):
    for tokens in (100, 200, 400):
        past(2, 1, tokens, agent="react", model="m")
    assert forecast(QUESTION, "react", "m").tokens == Range(100, 400)
    unknown = forecast(QUESTION, "react", "other")
    assert (unknown.calls, unknown.seconds, unknown.tokens) == (Range(2, 8), None, Range(2000, 64000))
    assert "Fewer than 3 finished runs of react with other" in unknown.rests_on


def test_without_past_runs_from_the_parts_of_the_question_and_the_sizes(leadline_home, tmp_path):
    two = forecast("Who manages the Oxley Reach project, and when did it start?", "extractive", "")
    assert two.calls == Range(4, 16)
    (tmp_path / "a.txt").write_bytes(b"x" * 7 * 2**20)
    (tmp_path / "scan.PNG").write_bytes(b"x")
    size = size_of([tmp_path])
    assert size == Size(2, 1, 7 * 2**20)
    assert reading_time(size, known=False) == Range(1 + 1.5, 14 + 5)
    assert reading_time(size, known=True).low == 0
    assert size_of([tmp_path / "none"]) == EMPTY
    says = sentence(two, size)
    assert "<strong>Estimate: 4 to 16 calls" in says
    assert "2 files to read, 1 picture among them" in says


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"question": QUESTION, "collection": "c"}, "Estimate: 2 to 8 calls"),
        ({"question": QUESTION, "files": "3", "bytes": "900", "images": "1"}, "3 files to read, 1 picture"),
        ({"question": QUESTION}, "Choose what to read"),
        ({"question": QUESTION, "path": "/no/such/<b>"}, "&lt;b&gt; does not exist"),
        ({"question": QUESTION, "collection": "c", "agent": "james"}, "no agent"),
        ({"collection": "c", "files": "-1", "bytes": "9" * 40}, "Estimate"),
    ],
)
def test_the_form_asks_for_it(collection, given, says):
    answer = Browser().get("/forecast", params=given)
    assert answer.status_code == 200
    assert says in re.sub("</?strong>", "", answer.text)
