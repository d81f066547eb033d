import math

from leadline.agents.base import Finish, Outcome, Task, Turn, View
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.loop import run, total_cost
from leadline.agents.scripted import Scripted
from leadline.environments.base import Action, Observation, Tool
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace


class Counter:
    """Counts up by the argument `by`; done at 10; refuses what is not a number."""

    tools = (Tool("add", "Add to the counter.", {"type": "object"}),)

    def __init__(self) -> None:
        self.value = 0

    def reset(self, seed: int = 0) -> Observation:
        self.value = 0
        return Observation("0", data=0)

    def step(self, action: Action) -> Observation:
        by = action.arguments.get("by")
        if not isinstance(by, int):
            return Observation("by must be a number", error="by must be a number")
        self.value += by
        return Observation(
            str(self.value), data=self.value, reward=by, done=self.value >= 10, cost={"usd": 0.5}
        )


def add(by: object) -> Action:
    return Action("add", {"by": by})


def play(
    moves: list[Action | Finish], budget: Budget | None = None, **options: object
) -> tuple[Outcome, Trace]:
    trace = Trace()
    outcome = run(
        Task("t", "count"), Scripted(moves), Transcript(), Counter(), budget or Budget(), trace, **options
    )  # type: ignore[arg-type]
    return outcome, trace


def test_a_finished_run_has_every_turn_the_rewards_and_the_costs() -> None:
    outcome, trace = play([add(2), add(3), Finish("five", result=5)])
    assert (outcome.answer, outcome.ending, outcome.result) == ("five", "finished", 5)
    assert [turn.observation.data for turn in outcome.turns] == [2, 5]
    assert outcome.reward == 5
    assert outcome.cost == {"usd": 1.0}
    assert [step.kind for step in trace.steps] == ["reset", "add", "add", "end"]


def test_the_environment_can_end_the_run() -> None:
    outcome, _ = play([add(7), add(7), add(7)])
    assert (outcome.ending, outcome.answer, len(outcome.turns)) == ("environment done", "14", 2)


def test_a_spent_budget_ends_in_an_outcome_with_the_turns_so_far() -> None:
    outcome, _ = play([add(1), add(1), add(1)], Budget(max_steps=2))
    assert (outcome.ending, outcome.answer, len(outcome.turns)) == ("budget spent", "2", 2)
    outcome, _ = play([add(1), add(1), add(1)], Budget(max_usd=0.5))
    assert (outcome.ending, len(outcome.turns)) == ("budget spent", 1)


def test_a_stopped_policy_may_say_what_it_has() -> None:
    class Saver(Scripted):
        def conclude(self, view: View) -> Finish:
            return Finish(f"{len(view.turns)} turns")

    outcome = run(
        Task("t", "count"), Saver([add(1)] * 5), Transcript(), Counter(), Budget(max_steps=3), Trace()
    )
    assert outcome.answer == "3 turns"


def test_identical_calls_with_identical_answers_break_the_loop() -> None:
    outcome, _ = play([add("x")] * 9)
    assert (outcome.ending, len(outcome.turns)) == ("loop broken", 3)
    outcome, _ = play([add("x")] * 9, max_repeats=math.inf)
    assert (outcome.ending, len(outcome.turns)) == ("finished", 9)


def test_identical_calls_with_different_answers_are_no_loop() -> None:
    outcome, _ = play([add(1)] * 5)
    assert (outcome.ending, outcome.answer) == ("finished", "5")


def test_errors_and_unknown_tools_go_to_the_policy() -> None:
    outcome, trace = play([Action("divide"), add("x"), add(4), Finish("done")])
    assert outcome.ending == "finished"
    assert outcome.turns[0].observation.error == "There is no tool 'divide'. There are: add."
    assert [bool(step.error) for step in trace.steps] == [False, True, True, False, False]


def test_a_resumed_run_sees_its_old_turns_and_plays_only_new_ones() -> None:
    old = [Turn(add(2), Observation("2", data=2, reward=2))]
    outcome, trace = play([add(9), add(1), Finish("ok")], turns=old)
    assert [turn.observation.data for turn in outcome.turns] == [2, 1]
    assert [step.kind for step in trace.steps] == ["add", "end"]


def test_the_score_of_a_task_is_the_reward() -> None:
    task = Task("t", "count", score=lambda outcome: float(outcome.answer == "yes"))
    outcome = run(task, Scripted([Finish("yes")]), Transcript(), Counter(), Budget(), Trace())
    assert outcome.reward == 1.0


def test_equal_runs_leave_equal_traces_apart_from_seconds() -> None:
    def steps() -> list[tuple[object, ...]]:
        _, trace = play([add(1), add(2), Finish("3")])
        return [(s.n, s.kind, s.arguments, s.digest, s.summary, s.cost) for s in trace.steps]

    assert steps() == steps()


def test_costs_add_up_by_unit() -> None:
    turns = [
        Turn(add(1), Observation("", cost={"usd": 1.0, "calls": 1})),
        Turn(add(1), Observation("", cost={"calls": 2})),
    ]
    assert total_cost(turns) == {"usd": 1.0, "calls": 3}
