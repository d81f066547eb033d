"""Moves that are taken back cost attempts, not turns."""

import msgspec
import pytest

from leadline.agents.base import Finish, Task
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.loop import run
from leadline.agents.rollback import Rollback
from leadline.agents.within import Within, view_tokens
from leadline.environments.base import Action, Observation, Tool
from leadline.environments.pictures import Attached, Pictured
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace

SEARCH = Tool(
    "search", "", {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
)


class Echo:
    """Every search finds something new."""

    tools = (SEARCH,)
    steps = 0

    def reset(self, seed=0):
        return Observation("")

    def step(self, action):
        self.steps += 1
        return Observation(f"result {self.steps}", Pictured((Attached(b"x"),)))


class Says:
    """Says its moves in order, whatever it is shown; keeps the notes it saw."""

    name = "says"

    def __init__(self, *moves):
        self.moves, self.notes = list(moves), []

    def act(self, view):
        self.notes.append(view.notes)
        move = self.moves.pop(0) if self.moves else Finish("done")
        return Action("search", {"query": move}) if isinstance(move, str) else move


def played(policy, **budget):
    return run(Task("t", "?"), policy, Transcript(), Echo(), Budget(**budget), Trace(), max_repeats=99)


def test_the_trace_a_a_b_uses_two_turns_and_three_attempts():
    policy = Rollback(Says("a", "a", "b", Finish("end")), limit=5)
    outcome = played(policy, max_steps=2)
    assert [turn.action.arguments["query"] for turn in outcome.turns] == ["a", "b"]
    assert (len(outcome.turns), policy.attempts) == (2, 3)


def test_equal_words_in_other_spelling_are_the_same_search():
    policy = Rollback(Says("Red crane", " red  CRANE", "b"))
    assert len(played(policy).turns) == 2


def test_a_stubborn_repeat_is_let_through_after_four():
    policy = Rollback(Says(*"aaaaaa"), limit=5)
    outcome = played(policy, max_steps=2)
    assert len(outcome.turns) == 2
    assert (policy.attempts, policy.rolled_back) == (6, 4)


def test_calls_that_cannot_be_made_are_taken_back_five_times():
    wrong = [Action("serach", {"query": "a"})] * 6
    policy = Rollback(Says(*wrong), limit=5)
    outcome = played(policy, max_steps=1)
    assert (policy.attempts, policy.rolled_back) == (6, 5)
    assert "no tool" in outcome.turns[0].observation.error


def test_the_model_is_told_what_was_taken_back_unless_it_is_not():
    says = Says("a", "a", "b")
    played(Rollback(says))
    assert says.notes[2] == "search has been asked this before: a. Ask something else."
    assert says.notes[3] == ""
    silent = Says("a", "a", "b")
    played(Rollback(silent, told=False))
    assert set(silent.notes) == {""}


def test_attempts_are_bounded():
    policy = Rollback(Says(*["a"] * 50), limit=5, max_extra=6)
    outcome = played(policy, max_steps=10)
    assert len(outcome.turns) == 10
    assert policy.attempts == 16


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Rollback(Says(), limit=0)


def test_a_full_context_ends_with_what_there_is():
    policy = Within(Says(*"abcdef"), 2500)
    outcome = played(policy)
    assert len(outcome.turns) == 3  # each picture in view counts 1,000 tokens
    assert outcome.answer == "result 3"
    assert policy.peak < 2500
    assert policy.sent == pytest.approx(0 + 1000 + 2000, abs=60)


def test_tokens_of_a_view_count_text_and_pictures():
    outcome = played(Says("a", "b"))
    view = Transcript().view(Task("t", "?" * 400), (), outcome.turns)
    text = 400 + 2 * (len("{'query': 'a'}") + len("result 1"))
    assert view_tokens(view) == text // 4 + 2000
    assert view_tokens(msgspec.structs.replace(view, turns=()), fixed=50) == 150
