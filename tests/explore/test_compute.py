"""Equal compute: budgets cut traces, answers cost the same, verdicts come from the exact verifiers."""

from itertools import pairwise

import numpy as np

from leadline.environments import sudoku
from leadline.environments.countdown import CountdownTask, generate, verify
from leadline.environments.countdown_traces import dfs
from leadline.explore.compute import (
    LAPTOP,
    countdown_at_budget,
    guess_through,
    sample_direct,
    sequential_vs_parallel,
    sudoku_at_budget,
)
from leadline.explore.decoding import flops


def test_more_budget_never_solves_less_and_parallel_costs_no_more():
    tasks = generate(np.random.default_rng(0), 30)
    rows = countdown_at_budget(tasks, (32, 128, 256), np.random.default_rng(1))
    for less, more in pairwise(rows):
        assert less.sequential <= more.sequential
        assert less.parallel <= more.parallel
    for row in rows[1:]:
        assert row.n * flops(LAPTOP, 24) < 1.2 * flops(LAPTOP, row.tokens)
        assert row.majority <= row.parallel


def test_a_cut_trace_fails_even_one_line_before_the_goal():
    task = CountdownTask((6, 8, 3, 1), 24)
    text = dfs(task).text
    assert verify(task, text).solved
    assert not verify(task, text[: text.rindex("24") - 3]).solved


def test_direct_answers_are_legal_and_cold_ones_repeat():
    rng = np.random.default_rng(2)
    for task in generate(rng, 20):
        verdict = verify(task, sample_direct(task, rng))
        assert not verdict.error
    cold = {sample_direct(CountdownTask((3, 5, 2), 11), rng, tau=1e-6) for _ in range(10)}
    assert len(cold) == 1


def test_sudoku_traces_and_guesses():
    puzzle = sudoku.generate(np.random.default_rng(3), size=4, blanks=8)
    won, made = guess_through(puzzle, np.random.default_rng(0))
    assert made <= 8
    row = sudoku_at_budget([puzzle], (1000,), np.random.default_rng(0))[0]
    assert row.sequential == 1.0
    assert row.parallel >= won


def test_texts_of_any_policy_are_compared_at_equal_cost():
    traces = ["no no no yes", "no no no no"]
    samples = [["no", "no", "yes"], ["no", "yes", "yes"]]
    one = LAPTOP
    rows = sequential_vs_parallel(
        traces, samples, lambda task, text: text.split()[-1:] == ["yes"], (1, 3, 4), shape=one,
        length=lambda text: len(text.split()), cut=lambda text, n: " ".join(text.split()[:n]),
    )  # fmt: skip
    assert [r.sequential for r in rows] == [0.0, 0.0, 0.5]
    assert [r.n for r in rows] == [1.0, 3.0, 3.0]  # a long text costs a little more than its words one by one
    assert [r.parallel for r in rows] == [0.0, 1.0, 1.0]
    assert [r.majority for r in rows] == [0.0, 0.5, 0.5]  # "no" twice, "yes" twice
