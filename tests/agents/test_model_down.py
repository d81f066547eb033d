"""A model server that goes away while a team is at work: a partial report that says so; the run goes on later."""

import json

import pytest

from actors import actor, finish, search
from leadline.agents.durable import DurableModel
from leadline.agents.inquiry import Inquiry, Runtime
from leadline.agents.research import pursue, pursue_run
from leadline.agents.roster import cast
from leadline.errors import ModelDown
from leadline.retrieval.collection import Collection
from leadline.runs.steps import Steps
from leadline.runs.store import find_run, list_runs

QUESTION = "Who makes the velar valve, and who owns its maker?"
MAKER, OWNER = "made by Drouk Works", "Drouk Works belongs to the Orvane group"
STEPS = {"steps": ["Who makes the velar valve?", "Who owns Drouk Works?"]}
TEAMS = [
    "plan",
    "plan-revise",
    "parallel",
    "hierarchy",
    "browse",
    "lessons",
    "review",
    "react+short",
    "plan+long",
]


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "valves.txt").write_text("The velar valve is made by Drouk Works in Brenou. It weighs 12 kg.")
    (folder / "drouk.txt").write_text(
        "Drouk Works belongs to the Orvane group. The group sits in Malvern Bay."
    )
    return Collection.of([folder])


def looks(question, n, messages):
    if "You lead researchers" in messages[0].content:
        return ({"action": "ask_local", "text": question}, finish(MAKER, OWNER))[min(n, 1)]
    if n == 0:
        return search(question)
    shown = "\n".join(m.content for m in messages[2:])
    return finish(
        *[words for words in (MAKER, OWNER) if words in shown and (words == OWNER) == ("owns" in question)]
    )


class Fragile:
    """Answers like `actor`, and after `last` calls no more until it is `up` again."""

    name = "fragile"

    def __init__(self, last):
        written = {"sentences": [{"text": "It is made by Drouk Works.", "evidence": [1]}]}
        self.model = actor(
            looks, You_plan=STEPS, You_cut=STEPS, You_lead={"steps": ["Who owns Drouk Works?"]}, You_read_one=
            {"facts": [], "more": False}, You_review={"checks": ["velar valve"], "objections": []},
            You_write=lambda m: {"sections": [{"question": 1, **written}]} if "sections" in m[0].content else written,
        )  # fmt: skip
        self.last, self.asked = last, 0

    def chat(self, messages, **options):
        if self.asked >= self.last:
            raise ModelDown("The server does not answer.", remedy="Is it running?")
        self.asked += 1
        return self.model.chat(messages, **options)


def runtime(agent, model):
    steps = Steps()
    return Runtime(*cast(agent, DurableModel(model, steps)), steps)


def ask(agent, model, collection):
    return pursue(Inquiry(QUESTION, collection=collection, agent=agent, model="x"), runtime(agent, model))


def essence(report):
    return json.dumps([report.status, [repr(claim) for claim in report.claims], repr(report.omissions)])


@pytest.mark.parametrize("agent", TEAMS)
def test_wherever_the_server_goes_away_the_run_says_so_and_goes_on_later(agent, collection):
    whole = Fragile(10**6)
    expected = essence(ask(agent, whole, collection))
    assert whole.asked >= 2
    for last in range(whole.asked):
        model = Fragile(last)
        try:
            report = ask(agent, model, collection)
        except ModelDown:
            run = list_runs()[0]  # nothing was done yet: an error, as for every agent
            assert not [step for step in run.steps() if step.kind != "reset"]
        else:
            run = find_run(str(report.run["id"]))
            assert "does not answer" in str(report.run["trouble"])
            assert run.steps()[-1].error == report.run["trouble"]
        assert (run.record.state, run.record.reason[-30:]) == (
            "failed",
            "does not answer. Is it running?"[-30:],
        )
        model.last = 10**6
        assert essence(pursue_run(run, runtime(agent, model))) == expected
        assert model.asked == whole.asked  # what was answered before is not asked again
        assert find_run(run.record.id).record.state == "answered"


def test_what_was_found_before_is_reported(collection):
    report = ask("plan", Fragile(3), collection)  # the plan, a search, the words of the first step
    assert [c.span.quote for c in report.citations()] == [MAKER]
    assert report.omissions.unanswered == ("Who owns Drouk Works?",)
    quotes = ask("react+short", Fragile(2), collection)
    assert [c.span.quote for c in quotes.citations()] == [OWNER]
    assert "text was not written" in str(quotes.run["trouble"])


def test_a_writer_that_writes_nothing_usable_leaves_the_quotes_and_says_so(collection):
    model = actor(looks, You_write=["nonsense"] * 3)
    report = ask("react+short", model, collection)
    assert report.citations()
    assert "gave no usable Answer" in str(report.run["trouble"])
