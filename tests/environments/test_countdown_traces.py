"""Traces: unit values of the pruned depth-first search, and every trace is judged by the verifier."""

import numpy as np
import pytest

from leadline.environments.countdown import CountdownTask, generate, verify
from leadline.environments.countdown_traces import bfs, dfs, mult_heuristic, render, sum_heuristic, tries


@pytest.mark.parametrize(
    ("numbers", "target", "by_sum", "by_mult"),
    [
        ((3, 5, 2), 11, (True, 5), (True, 5)),
        ((2, 7, 4), 30, (True, 2), (True, 34)),
        ((6, 8, 3, 1), 24, (True, 304), (True, 11)),
        ((15, 12, 35, 40), 17, (False, 72), (False, 0)),
    ],
)
def test_operations_explored(numbers, target, by_sum, by_mult):
    task = CountdownTask(numbers, target)
    assert dfs(task, sum_heuristic)[1:] == by_sum
    assert dfs(task, mult_heuristic)[1:] == by_mult


def test_depth_first_search_finds_most_of_what_is_solvable():
    # 92.3 %, mean 6.7 operations on 3000 tasks in the specification
    rng = np.random.default_rng(0)
    traces = [render(task, "dfs", rng) for task in generate(np.random.default_rng(1), 1500)]
    assert np.mean([t.solved for t in traces]) == pytest.approx(0.923, abs=0.02)
    assert np.mean([t.explored for t in traces]) == pytest.approx(6.7, abs=0.5)


@pytest.mark.parametrize("style", ["direct", "dfs", "bfs", "hint", "mix"])
def test_every_trace_is_what_the_verifier_says(style):
    rng = np.random.default_rng(2)
    for task in generate(np.random.default_rng(3), 60, n=4, numbers=(1, 20), targets=(10, 40)):
        trace = render(task, style, rng)
        verdict = verify(task, trace.text)
        assert (verdict.solved, verdict.self_declared) == (trace.solved, trace.solved), trace.text
        assert not verdict.error


def test_a_hint_is_shorter_and_a_wide_beam_finds_what_a_narrow_one_misses():
    tasks = generate(np.random.default_rng(4), 80, n=4, numbers=(1, 20), targets=(10, 40))
    assert all(len(dfs(t, hint=True).text) <= len(dfs(t).text) for t in tasks)
    assert sum(bfs(t, beam=5).solved for t in tasks) > sum(bfs(t, beam=1).solved for t in tasks)


def test_tries_are_taken_back_and_end_in_a_solution():
    task = CountdownTask((24, 21, 8), 18)
    made = [tries(task, np.random.default_rng(seed), 2) for seed in range(20)]
    assert {t.text.count("~24 21 8") for t in made} <= {0, 1, 2}
    assert all(verify(task, t.text).solved and t.solved for t in made)
    two = next(t for t in made if t.text.count("~") == 2)
    assert two.explored == 6  # two operations in each of three paths
    assert two.text.endswith("24/8=3|21 3\n21-3=18|18\n!")
    assert not tries(CountdownTask((1, 1), 7), np.random.default_rng(0), 1).solved
