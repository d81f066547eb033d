from collections.abc import Callable
from typing import Any

import pytest

from fakes import FakeClock
from leadline.errors import ModelError, StoreError
from leadline.runs.journal import SQLiteJournal
from leadline.runs.steps import Steps
from leadline.runs.store import Run, start_run


@pytest.fixture
def run() -> Run:
    return start_run("why?")


class World:
    """Calls that were really made."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def do(self, name: str) -> Callable[[], str]:
        def effect() -> str:
            self.calls.append(name)
            return f"result of {name}"

        return effect


def opened(run: Run, clock: Any = None) -> Steps:
    steps = Steps(clock or FakeClock())
    steps.open(SQLiteJournal(run.folder))
    return steps


def play(steps: Steps, world: World, names: list[str]) -> list[str]:
    """A reset, then for each name a question to the model and a tool call."""
    steps.traced(1)
    said = []
    for n, name in enumerate(names, 2):
        said.append(steps.ask("scripted", name.encode(), world.do(f"ask {name}")))
        said.append(steps.call(n, "search", {"query": name}, world.do(name)))
        steps.traced(n)
    return said


def test_without_a_journal_every_call_is_made() -> None:
    world, steps = World(), Steps()
    assert play(steps, world, ["a"]) == ["result of ask a", "result of a"]
    assert world.calls == ["ask a", "a"]
    assert not steps.replaying
    steps.close()


def test_finished_calls_answer_and_the_first_unfinished_one_is_made(run: Run) -> None:
    world, steps = World(), opened(run)
    play(steps, world, ["a", "b"])
    steps.close()
    world, steps = World(), opened(run)
    assert steps.replaying
    assert play(steps, world, ["a", "b", "c"]) == [
        f"result of {x}" for x in ("ask a", "a", "ask b", "b", "ask c", "c")
    ]
    assert world.calls == ["ask c", "c"]
    assert (steps.n_replayed, steps.n_made) == (4, 2)
    steps.close()


def test_another_tool_call_is_refused_by_name(run: Run) -> None:
    steps = opened(run)
    play(steps, World(), ["a", "b"])
    steps.close()
    steps = opened(run)
    steps.traced(1)
    said = (
        r'Step 2 was search \{"query":"a"\} when the run was recorded, and is now open \{"document":"d"\}\. '
        r".*runs fork --at 1"
    )
    with pytest.raises(StoreError, match=said):
        steps.call(2, "open", {"document": "d"}, World().do("open"))
    steps.close()


def test_another_question_to_the_model_is_refused_while_later_calls_are_known(run: Run) -> None:
    steps = opened(run)
    play(steps, World(), ["a", "b"])
    steps.close()
    world, steps = World(), opened(run)
    steps.traced(1)
    with pytest.raises(StoreError, match="After step 1, scripted was asked something else"):
        steps.ask("scripted", b"other", world.do("other"))
    steps.traced(3)
    assert steps.ask("scripted", b"other", world.do("other")) == "result of other"
    steps.close()


def test_models_may_be_asked_in_any_order_between_two_tool_calls(run: Run) -> None:
    questions = [b"x", b"y", b"x"]
    steps = opened(run)
    first = {steps.ask("m", q, lambda i=i: f"answer {i}") for i, q in enumerate(questions)}  # type: ignore[misc]
    steps.call(1, "search", {}, lambda: "found")
    steps.close()
    world, steps = World(), opened(run)
    again = {steps.ask("m", q, world.do("again")) for q in reversed(questions)}
    assert again == first == {"answer 0", "answer 1", "answer 2"}
    assert world.calls == []
    steps.close()


def test_a_run_that_ends_earlier_than_before_may_ask_for_its_conclusion(run: Run) -> None:
    steps = opened(run)
    play(steps, World(), ["a", "b"])
    steps.close()
    world, steps = World(), opened(run)
    play(steps, world, ["a"])
    steps.ended()
    assert not steps.replaying
    assert steps.ask("scripted", b"conclude", world.do("conclude")) == "result of conclude"
    assert world.calls == ["conclude"]
    steps.close()


def failing() -> str:
    raise ModelError("The server said 503.")


def test_an_error_that_the_run_reacted_to_is_raised_again(run: Run) -> None:
    steps = opened(run)
    with pytest.raises(ModelError):
        steps.ask("m", b"a", failing)
    steps.call(1, "search", {}, lambda: "found")
    steps.close()
    world, steps = World(), opened(run)
    with pytest.raises(ModelError, match=r"^The server said 503\.$"):
        steps.ask("m", b"a", world.do("a"))
    assert world.calls == []
    steps.close()


def test_the_call_that_failed_last_is_tried_again(run: Run) -> None:
    steps = opened(run)
    steps.call(1, "search", {}, lambda: "found")
    steps.traced(1)
    with pytest.raises(ModelError):
        steps.ask("m", b"a", failing)
    steps.close()
    world, steps = World(), opened(run)
    steps.call(1, "search", {}, world.do("search"))
    steps.traced(1)
    assert steps.ask("m", b"a", world.do("a")) == "result of a"
    assert world.calls == ["a"]
    steps.close()


def test_a_call_that_was_broken_off_is_not_kept(run: Run) -> None:
    def broken_off() -> str:
        raise KeyboardInterrupt

    steps = opened(run)
    with pytest.raises(KeyboardInterrupt):
        steps.call(1, "search", {}, broken_off)
    steps.close()
    steps = opened(run)
    assert not steps.is_known(1)
    steps.close()


def test_seconds_go_on_where_they_were(run: Run) -> None:
    clock = FakeClock(100.0)
    steps = opened(run, clock)
    assert steps.seconds() == 0
    steps.traced(1)
    for n, name in ((2, "a"), (3, "b")):
        clock.sleep(2)
        steps.call(n, "search", {}, World().do(name))
        steps.traced(n)
    clock.sleep(50)  # killed before the next step was finished
    steps.close()
    clock = FakeClock(7.0)
    steps = opened(run, clock)
    seen = [steps.seconds()]
    for n in (1, 2, 3):
        if n > 1:
            steps.call(n, "search", {}, World().do("x"))
        clock.sleep(0.01)  # replay costs nothing of the run's time
        steps.traced(n)
        seen.append(steps.seconds())
    clock.sleep(1)
    assert (seen, steps.seconds()) == ([0, 0, 2, 4], 5)
    steps.close()
