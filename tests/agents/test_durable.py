"""Runs that lose nothing. The full experiment is benchmarks/durability.py; its small size runs here."""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import pytest

from leadline.agents.base import Finish, View
from leadline.agents.durable import DurableModel, carry_on
from leadline.agents.inquiry import Runtime
from leadline.agents.research import pursue_run, research
from leadline.environments.base import Action
from leadline.errors import Busy, ModelError, StoreError
from leadline.evidence.model import Report
from leadline.models.base import Message, Reply
from leadline.models.scripted import ScriptedModel
from leadline.retrieval.collection import Collection
from leadline.runs import control
from leadline.runs.fork import fork_run
from leadline.runs.journal import SQLiteJournal
from leadline.runs.steps import Steps
from leadline.runs.store import find_run, start_run
from leadline.runs.trace import Step

ROOT = Path(__file__).parents[2]
QUESTION = "What is the budget of the Kestrel Sound project, and where was the winch moved to?"
TEXTS = {
    "board.txt": "The board set the budget of the Kestrel Sound project at EUR 480,000. It rained.\n",
    "yard.txt": "The winch was moved to shed 4 by the crew. The crane was painted red in May.\n",
    "menu.txt": "Soup is served on Mondays. Fish is served on Fridays.\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "harbour"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    return folder


def plain(report: Report) -> dict[str, Any]:
    """The report without what differs between two runs."""
    raw: dict[str, Any] = json.loads(msgspec.json.encode(report))
    return raw | {"run": {k: v for k, v in raw["run"].items() if k not in ("id", "started", "seconds")}}


def test_a_run_that_was_stopped_at_any_step_ends_with_the_same_report(folder: Path) -> None:
    whole = research(QUESTION, [folder])
    n_steps = len(find_run("last").steps()) - 2  # without reset and end
    assert n_steps > 3
    for n in range(n_steps):
        heard: list[Step] = []
        partial = research(
            QUESTION,
            [folder],
            listen=heard.append,
            stop=lambda n=n, heard=heard: "pause" if len(heard) > n else False,
        )
        run = find_run(str(partial.run["id"]))
        assert (partial.status, run.record.state) == ("budget spent", "paused")
        steps = Steps()
        assert plain(carry_on(run, steps=steps)) == plain(whole)
        assert (steps.n_replayed, steps.n_made) == (n, n_steps - n)
        assert [step.kind for step in run.steps()] == [
            step.kind for step in find_run(str(whole.run["id"])).steps()
        ]
        assert find_run(run.record.id).record.state == "answered"


def test_a_run_that_is_over_gives_its_report_again(folder: Path) -> None:
    report = research(QUESTION, [folder], out=folder.parent / "out")
    steps = Steps()
    again = carry_on(find_run("last"), steps=steps)
    assert plain(again) == plain(report)
    assert steps.n_made == 0


@pytest.mark.parametrize(("ask", "state"), [(control.pause, "paused"), (control.cancel, "stopped")])
def test_a_request_is_honoured_at_the_next_step(folder: Path, ask: Any, state: str) -> None:
    run = start_run(QUESTION, [folder])
    heard: list[Step] = []

    def listen(step: Step) -> None:
        heard.append(step)
        if step.n == 3:
            ask(run)  # as another process does: through the run's folder

    report = carry_on(run, listen=listen)
    assert [step.kind for step in heard][3:] == ["end"]
    assert (report.status, find_run("last").record.state) == ("budget spent", state)
    assert find_run("last").report() == report
    assert control.requested(run.folder) is None
    assert carry_on(find_run("last")).status == "answered"


def test_two_drivers_are_one_too_many(folder: Path) -> None:
    run = start_run(QUESTION, [folder])
    refused: list[BaseException] = []

    def other() -> None:
        try:
            carry_on(run.now())
        except StoreError as error:
            refused.append(error)

    def listen(step: Step) -> None:
        if step.n == 2:
            thread = Thread(target=other)
            thread.start()
            thread.join()

    assert carry_on(run, listen=listen).status == "answered"
    assert [type(error) for error in refused] == [Busy]
    assert find_run("last").record.state == "answered"


def test_sources_that_changed_meanwhile_are_said(folder: Path) -> None:
    research(QUESTION, [folder], max_steps=2)
    (folder / "new.txt").write_text("A new note on the Kestrel Sound project.\n")
    report = carry_on(find_run("last").change(max_steps=None))
    assert "sources have changed" in str(report.run["note"])


class Walk:
    """A policy that does what it is told."""

    name = "walk"

    def __init__(self, *moves: Action) -> None:
        self.moves = moves

    def act(self, view: View) -> Action | Finish:
        n = len(view.turns)
        return self.moves[n] if n < len(self.moves) else Finish("done")


def test_another_order_of_steps_is_refused_by_name_and_a_fork_goes_on(folder: Path) -> None:
    first, second = Action("search", {"query": "winch"}), Action("search", {"query": "crane"})
    research(QUESTION, [folder], policy=Walk(first, second))
    run = find_run("last")
    with pytest.raises(
        StoreError, match=r'Step 3 was search \{"query":"crane"\} .* now search \{"query":"winch"\}'
    ):
        pursue_run(run, Runtime(Walk(first, first)))
    assert "Step 3 was" in find_run("last").record.reason
    assert find_run("last").record.state == "failed"
    fork = fork_run(run.now(), 2)
    steps = Steps()
    pursue_run(fork, Runtime(Walk(first, first), steps=steps))
    assert (steps.n_replayed, steps.n_made) == (1, 1)
    assert find_run(fork.record.id).record.forked_from == f"{run.record.id} at 2"


class Paid:
    """A model that costs something and fails when told to."""

    def __init__(self, fails: int = 0) -> None:
        self.name, self.calls, self.fails = "paid", 0, fails

    def chat(self, messages: Any, **options: Any) -> Reply:
        self.calls += 1
        if self.calls <= self.fails:
            raise ModelError("The server is down.")
        return Reply(f"answer {self.calls}", cost={"tokens_in": 3.0, "usd": 0.25})


def test_an_answer_is_given_back_with_its_cost_and_a_failure_is_asked_again() -> None:
    run, question = start_run("why?"), [Message("user", "Which?")]
    model = Paid(fails=1)
    for _ in range(3):
        steps = Steps()
        steps.open(SQLiteJournal(run.folder))
        try:
            reply = DurableModel(model, steps).chat(question)
            assert reply == Reply("answer 2", cost={"tokens_in": 3.0, "usd": 0.25})
        except ModelError:
            assert model.calls == 1
        steps.close()
    assert model.calls == 2


def test_other_settings_are_another_question() -> None:
    run = start_run("why?")
    steps = Steps()
    steps.open(SQLiteJournal(run.folder))
    model = DurableModel(ScriptedModel(["a", "b", "c"]), steps)
    said = [model.chat([Message("user", "Which?")], seed=seed).text for seed in (0, 1, 0)]
    assert said == ["a", "b", "c"]
    steps.close()


def test_killed_anywhere_a_run_comes_to_the_same_report(tmp_path: Path) -> None:
    """41 steps, killed at four points of the first, the middle and the last one, and at random."""
    size = ("--every", "20", "--random", "2")
    command = [sys.executable, "-m", "benchmarks.durability", "kills", *size, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env=os.environ.copy()
    )
    figures = json.loads(done.stdout)["kills"]
    assert figures["kills"] == 3 * 4 + 2
    assert figures["came to their end"] == figures["byte-equal"] >= 3 * 4 + 1
    assert figures["finished calls repeated"] == 0
    # Of the four points one lies between the call and its answer, and one between the answer and the journal.
    assert 6 <= figures["calls cut off and repeated"] <= 6 + 2


def test_a_collection_that_is_being_read_is_waited_for(folder: Path) -> None:
    reading = Collection.of([folder])
    reports: list[Report] = []
    threads = [Thread(target=lambda: reports.append(research(QUESTION, [folder]))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [report.status for report in reports] == ["answered"] * 3
    assert len({report.run["index"] for report in reports} | {reading.index_id}) == 1
