import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.agents.base import Said, Task, Turn
from leadline.agents.contexts.keep_last import KeepLast
from leadline.agents.contexts.size import calls_that_fit, shown_tokens
from leadline.agents.contexts.summary import Summary
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.contexts.window import PLACEHOLDER, SlidingWindow, blanked, training_sequences
from leadline.agents.contexts.workspace import Workspace
from leadline.agents.loop import run
from leadline.environments.base import Action, Observation
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace

TASK = Task("t", "Who?")
SIZES = {"question": 300, "assistant": 250, "result": 2000}


def turns(n, thought=""):
    return [Turn(Action("search", {"query": str(i)}), Observation(f"result {i}"), thought) for i in range(n)]


def test_worked_sequences_of_deepminer():
    assert [blanked(t, 3, 2) for t in range(7)] == [0, 0, 0, 0, 2, 2, 4]
    trained = {
        (3, 2, 6): [(1, 4), (5, 6), (7, 7)],
        (3, 2, 5): [(1, 4), (5, 6)],
        (5, 3, 9): [(1, 6), (7, 9), (10, 10)],
        (5, 5, 10): [(1, 6), (7, 11)],
    }
    for (w, s, t), expected in trained.items():
        assert [(x.first, x.last) for x in training_sequences(t, w, s)] == expected


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 60))
def test_every_turn_is_trained_once_under_the_context_it_was_sampled_in(window, slide, results):
    slide = min(slide, window)
    found = training_sequences(results, window, slide)
    assert [t for s in found for t in range(s.first, s.last + 1)] == list(range(1, results + 2))
    assert len(found) == 1 + max(0, -(-(results - window) // slide))
    context = SlidingWindow(window, slide)
    for sequence in found:
        for turn in range(sequence.first, sequence.last + 1):
            shown = context.view(TASK, (), turns(turn - 1)).turns
            assert sum(t.observation.text == PLACEHOLDER for t in shown) == sequence.blank
            visible = len(shown) - sequence.blank
            assert visible <= window
            # the paper's mask: in sequence k >= 2, turns below W + (k - 2) S + 2 carry no loss
            k = sequence.blank // slide + 1
            if k >= 2:
                assert sequence.first == window + (k - 2) * slide + 2


def test_budget_arithmetic_of_the_specification():
    fit = {
        None: calls_that_fit(32_768, lambda t: 0, **SIZES),
        (5, 3): calls_that_fit(32_768, lambda t: blanked(t, 5, 3), **SIZES),
        (3, 2): calls_that_fit(32_768, lambda t: blanked(t, 3, 2), **SIZES),
        (5, 5): calls_that_fit(32_768, lambda t: blanked(t, 5, 5), **SIZES),
    }
    assert fit == {None: 14, (5, 3): 85, (3, 2): 100, (5, 5): 89}


def test_windows_grow_linearly_transcripts_quadratically():
    def sent(n, blank):
        return sum(shown_tokens(t, blank=blank(t), **SIZES) for t in range(n))

    grows = [sent(200, b) / sent(100, b) for b in (lambda t: 0, lambda t: 0 if t < 5 else t - 4)]
    assert grows[0] == pytest.approx(4, rel=0.05)  # transcript: quadratic in total
    assert shown_tokens(500, blank=496, **SIZES) < 150_000


def test_window_refuses_impossible_sizes():
    for window, slide in ((3, 0), (3, 4), (0, 0)):
        with pytest.raises(ValueError, match="slide"):
            SlidingWindow(window, slide)


def test_workspace_shows_report_and_last_turn_only():
    past = [*turns(3, "old report"), *turns(1, "new report")]
    view = Workspace().view(TASK, (), past)
    assert view.notes == "new report"
    assert view.turns == past[-1:]
    assert Workspace(max_report_chars=3).view(TASK, (), past).notes == "new"
    assert Workspace().view(TASK, (), []).notes == ""


class Reporter:
    """A policy that rewrites its report each round and forgets everything else."""

    name = "reporter"

    def act(self, view):
        assert len(view.turns) <= 1
        return Said(f"seen {len(view.notes)} characters", Action("search", {"query": str(random.random())}))


class Echo:
    tools = ()

    def reset(self, seed=0):
        return Observation("")

    def step(self, action):
        return Observation("x" * 500)


def test_a_workspace_stays_bounded_over_2048_rounds():
    from leadline.environments.base import Tool

    environment, sizes = Echo(), []
    environment.tools = (Tool("search", "", {}),)

    class Watched(Workspace):
        def view(self, task, tools, past):
            shown = super().view(task, tools, past)
            sizes.append(len(shown.notes) + sum(len(t.observation.text) for t in shown.turns))
            return shown

    outcome = run(
        TASK, Reporter(), Watched(), environment, Budget(max_steps=2048), Trace(), max_repeats=float("inf")
    )
    assert len(outcome.turns) == 2048
    assert max(sizes) <= 500 + 40
    assert outcome.turns[-1].thought.startswith("seen")


def test_keep_last_blanks_all_but_k():
    shown = KeepLast(2).view(TASK, (), turns(5)).turns
    assert [t.observation.text == PLACEHOLDER for t in shown] == [True] * 3 + [False] * 2
    assert [t.action for t in shown] == [t.action for t in turns(5)]


def test_summary_keeps_recent_turns_and_notes_the_rest():
    view = Summary(recent=2, max_chars=60).view(TASK, (), turns(6))
    assert list(view.turns) == turns(6)[-2:]
    assert 0 < len(view.notes) <= 60
    assert "result 3" in view.notes


@given(st.integers(0, 30))
def test_contexts_are_pure(n):
    past = turns(n, "r")
    for context in (Transcript(), SlidingWindow(), Workspace(), KeepLast(), Summary()):
        assert context.view(TASK, (), past) == context.view(TASK, (), list(past))
        assert past == turns(n, "r")
