"""Countdown: the rules, the exact verifier and a generator that is equal everywhere."""

import hashlib
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.environments.arithmetic import combine, count_solutions, reachable, solve
from leadline.environments.base import Action, SearchableEnvironment
from leadline.environments.countdown import (
    Countdown,
    CountdownTask,
    answer,
    generate,
    held_out,
    solved,
    verify,
)

EASY = CountdownTask((3, 5, 2), 11)


def test_operations_on_a_pair():
    assert [o.result for o in combine(12, 3)] == [15, 36, 9, 4]
    assert [o.result for o in combine(5, 3)] == [8, 15, 2]
    assert [o.op for o in combine(0, 4)] == ["+", "*", "-"]


def test_twenty_solution_paths_and_a_solvable_pruned_one():
    assert count_solutions([6, 8, 3, 1], 24) == 20
    assert [str(o) for o in solve([15, 12, 35, 40], 17)] == ["35+40=75", "75/15=5", "12+5=17"]
    assert solve([1, 1, 1], 30) is None


def test_verifier_follows_the_numbers():
    assert verify(EASY, "3*2=6|5 6\n5+6=11|11\n!").solved
    assert verify(EASY, "3*2=6\n5+6=11").solved  # the rest may be left out
    assert not verify(EASY, "3*2=6|5 6\n5+6=11|11\n!").error


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("3*2=6|5 6\n3+5=8|8", "3 is not there"),  # the hole of the trajectory checker: used twice
        ("5+6=11|11", "6 is not there"),
        ("3*2=7|5 7", "wrong or forbidden"),
        ("2-3=1|5 1", "wrong or forbidden"),
        ("5/2=2|3 2", "wrong or forbidden"),
        ("3*2=6|5 5", "not the numbers"),
        ("__import__('os')", "not an operation"),
        ("~9 9", "not a state"),
        ("3+3=6|5 6", "3 is not there"),
    ],
)
def test_verifier_refuses(text, why):
    verdict = verify(EASY, text)
    assert not verdict.solved
    assert why in verdict.error


def test_going_back_restores_an_earlier_state():
    text = "3+5=8|2 8\n8*2=16|16\n~8 2\n~3 5 2\n3*2=6|5 6\n5+6=11|11\n!"
    assert verify(EASY, text) == (True, 4, True, "")
    assert not verify(EASY, text.replace("~3 5 2\n", "")).solved


def test_declared_is_not_solved_and_unfinished_is_not_solved():
    assert verify(EASY, "3+5=8|2 8\n8*2=16|16\n!")[:3] == (False, 2, True)
    assert not verify(EASY, "3+5=8|2 8").solved
    assert not verify(EASY, "").solved
    assert verify(CountdownTask((2, 9), 11), "2+9=11\n2+9=11").error  # nothing may follow the end


@given(st.text(max_size=60))
def test_no_text_breaks_the_verifier(text):
    assert verify(EASY, text).solved in (True, False)


def test_generator_is_equal_everywhere_and_its_tasks_prove_themselves():
    tasks = generate(np.random.default_rng(7), 200)
    digest = hashlib.sha256(repr(tasks).encode()).hexdigest()[:16]
    assert digest == "6078851839940815"
    answers = [answer(task, solve(*task) or []) for task in tasks]
    assert solved(tasks, answers).all()
    assert not solved(tasks, [""] * len(tasks)).any()


def test_share_of_solvable_draws():
    # 15.6 % of random draws (3 numbers of 1..29, target 5..30) are solvable
    rng = np.random.default_rng(0)
    hits = [
        t in reachable(n)
        for n, t in zip(
            rng.integers(1, 30, (4000, 3)).tolist(), rng.integers(5, 31, 4000).tolist(), strict=True
        )
    ]
    assert np.mean(hits) == pytest.approx(0.156, abs=0.02)


def test_held_out_targets_are_about_a_tenth_and_fixed():
    shares = [held_out(CountdownTask((1,), t)) for t in range(2000)]
    assert np.mean(shares) == pytest.approx(0.1, abs=0.03)
    assert held_out(CountdownTask((1, 2), 3), by="numbers") == held_out(
        CountdownTask((2, 1), 3), by="numbers"
    )


def test_environment_walk_and_restore():
    env = Countdown(EASY)
    assert isinstance(env, SearchableEnvironment)
    env.reset()
    start = pickle.loads(pickle.dumps(env.snapshot()))
    assert "not possible" in env.step(Action("combine", {"a": 9, "op": "+", "b": 2})).error
    assert env.step(Action("combine", {"a": 2, "op": "*", "b": 3})).reward == 0
    last = env.step(Action("combine", {"a": 5, "op": "+", "b": 6}))
    assert (last.reward, last.done, env.legal_actions()) == (1.0, True, [])
    env.restore(start)
    assert env.state_id() == "2 3 5"
    assert len(env.legal_actions()) == len({str(a.arguments) for a in env.legal_actions()}) == 9
