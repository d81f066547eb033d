import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.agents.base import Said, Task, Turn
from leadline.agents.chat import render
from leadline.agents.contexts.keep_last import KeepLast
from leadline.agents.contexts.recent import Recent
from leadline.agents.contexts.size import calls_that_fit, sent_tokens, shown_tokens
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


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 24))
def test_every_turn_is_trained_once_under_the_context_it_was_sampled_in(window, slide, results):
    slide = min(slide, window)
    found = training_sequences(results, window, slide)
    assert [t for s in found for t in range(s.first, s.last + 1)] == list(range(1, results + 2))
    assert len(found) == 1 + max(0, -(-(results - window) // slide))
    context = SlidingWindow(window, slide)
    for sequence in found:
        prompt = render(context.view(TASK, (), turns(sequence.last - 1)))
        for turn in range(sequence.first, sequence.last + 1):
            shown = context.view(TASK, (), turns(turn - 1)).turns
            sampled = render(context.view(TASK, (), turns(turn - 1)))
            assert prompt[: len(sampled)] == sampled  # word for word what it was sampled under
            assert [m.role for m in sampled[2:]] == ["assistant", "user"] * (
                turn - 1
            )  # every call has a result
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


def growth(context, calls=(80, 320), thought="", of=lambda message: True):
    """The exponent of all characters sent over a run: 1 is linear, 2 quadratic."""
    totals = []
    for n in calls:
        past = [Turn(Action("search", {"query": str(i)}), Observation("r" * 400), thought) for i in range(n)]
        prompts = (render(context.view(TASK, (), past[:t])) for t in range(n + 1))
        totals.append(sum(len(m.content) for prompt in prompts for m in prompt if of(m)))
    return math.log(totals[1] / totals[0]) / math.log(calls[1] / calls[0])


def test_what_grows_linearly_and_what_does_not():
    words = "x" * 200
    assert growth(Transcript(), thought=words) == pytest.approx(2, abs=0.08)
    for context in (Workspace(), Recent(), Summary(max_chars=400)):
        assert growth(context, thought=words) == pytest.approx(1, abs=0.04)
    # DeepMiner's window: its results linearly; in total not, since every turn of the policy stays
    shown = growth(SlidingWindow(), thought=words, of=lambda m: "rrr" in m.content)
    assert shown == pytest.approx(1, abs=0.03)
    assert growth(SlidingWindow(), thought=words) > 1.5


def test_totals_of_the_specification_s_sizes():
    assert sent_tokens(0, lambda t: 0, **SIZES) == 300
    assert sent_tokens(2, lambda t: 0, **SIZES) == 300 + 2550 + 4800
    # W = 5, S = 3 over 6 calls: 300 + 2,250 t each, and 3 x 1,988 less where three results are blank (t = 6)
    assert sent_tokens(6, lambda t: blanked(t, 5, 3), **SIZES) == 7 * 300 + 2250 * 21 - 3 * 1988


def test_what_fits_a_32k_window_over_500_calls():
    """By the paper's sizes its own turns alone fill the window; they fit where a turn has at most 32 tokens."""
    assert shown_tokens(500, blank=495, **SIZES) > 32_768
    assert calls_that_fit(32_768, lambda t: blanked(t, 5, 3), question=300, assistant=32, result=2000) >= 500
    assert calls_that_fit(32_768, lambda t: blanked(t, 5, 3), question=300, assistant=34, result=2000) < 500
    most = max(len(Recent().view(TASK, (), turns(t)).turns) for t in range(501))
    assert (
        shown_tokens(most, **SIZES) + SIZES["assistant"] == 300 + 5 * 2250 + 250
    )  # whatever the run's length


def test_window_refuses_impossible_sizes():
    for window, slide in ((3, 0), (3, 4), (0, 0)):
        for kind in (SlidingWindow, Recent):
            with pytest.raises(ValueError, match="slide"):
                kind(window, slide)
    for wrong in ({"recent": 0}, {"max_chars": 0}):
        with pytest.raises(ValueError, match="at least 1"):
            Summary(**wrong)


def test_workspace_shows_report_and_last_turn_only():
    past = [*turns(3, "old report"), *turns(1, "new report")]
    view = Workspace().view(TASK, (), past)
    assert view.notes == "new report"
    assert view.turns == [
        Turn(past[-1].action, past[-1].observation)
    ]  # call and result; the words are the notes
    assert Workspace(max_report_chars=3).view(TASK, (), past).notes == "new"
    assert Workspace().view(TASK, (), []).notes == ""


def test_worked_states_of_iterresearch():
    """s_0 = (q, empty, empty); s_t+1 = (q, M_t+1, {a_t, TR_t}): the report replaces, and all else is discarded."""
    past = [
        Turn(Action("search", {"query": "maker"}), Observation("It is Drouk Works."), "M1: looking for the maker"),
        Turn(Action("search", {"query": "owner"}), Observation("The owner is Orvane."), "M2: made by Drouk Works"),
        Turn(Action("open", {"document": "x"}), Observation("Nothing."), "M3: made by Drouk, owned by Orvane"),
    ]  # fmt: skip
    states = [Workspace().view(TASK, (), past[:t]) for t in range(4)]
    assert [view.notes for view in states] == ["", *(turn.thought for turn in past)]
    assert [[t.action for t in view.turns] for view in states] == [[], *([turn.action] for turn in past)]
    prompts = ["\n".join(m.content for m in render(view)) for view in states]
    assert "Drouk Works." in prompts[1]  # the result, once
    assert "Drouk Works." not in prompts[2]  # and gone, but for what the report says
    assert all(prompt.count("M") == (t > 0) for t, prompt in enumerate(prompts))  # shown once each


def test_what_the_report_leaves_out_is_lost():
    """The price of a workspace: what a round does not write down, no later one can know."""
    past = [Turn(Action("search"), Observation(f"fact {n}"), "nothing noted") for n in range(9)]
    shown = render(Workspace().view(TASK, (), past))
    assert "fact 8" in shown[-1].content
    assert not any(f"fact {n}" in m.content for n in range(8) for m in shown)


def test_recent_turns_are_whole_and_what_is_gone_is_said():
    views = [Recent(3, 2).view(TASK, (), turns(t)) for t in range(7)]
    assert [len(view.turns) for view in views] == [0, 1, 2, 3, 2, 3, 2]
    assert list(views[6].turns) == turns(6)[4:]
    assert (views[3].notes, views[6].notes) == ("", "(4 earlier calls are no longer shown.)")


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
    for context in (Transcript(), SlidingWindow(), Recent(), Workspace(), KeepLast(), Summary()):
        assert context.view(TASK, (), past) == context.view(TASK, (), list(past))
        assert past == turns(n, "r")
