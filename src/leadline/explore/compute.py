"""One long trace with backtracking, or many short answers without: solved at equal FLOPs (arXiv:2504.07052).

`sequential_vs_parallel` takes the texts of any policy. The searchers here are scripted, with one token per character
(Countdown) or three per move (Sudoku), and are charged what a small transformer that wrote the same tokens would cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from leadline.environments import sudoku
from leadline.environments.arithmetic import Operation
from leadline.environments.countdown import CountdownTask, answer, verify
from leadline.environments.countdown_traces import dfs, ranked, sum_heuristic
from leadline.explore.decoding import Shape, equal_compute, majority

LAPTOP = Shape(hidden=128, layers=4, ffn=512, kv=128)
TOKENS_PER_MOVE = 3


class AtBudget(NamedTuple):
    """Shares of tasks solved with `tokens` of one long answer, or with as many short ones as cost the same."""

    tokens: int
    n: float
    """Short answers per long one, mean over tasks."""
    sequential: float
    parallel: float
    """Any of the n is right: needs a perfect verifier."""
    majority: float
    """The most frequent of the n answers is right: needs none."""


def sample_direct(task: CountdownTask, rng: np.random.Generator, tau: float = 0.2) -> str:
    """One answer without backtracking: operations drawn from softmax(-heuristic / (tau target))."""
    operations: list[Operation] = []
    numbers = task.numbers
    while len(numbers) > 1:
        options = ranked(numbers, task.target, sum_heuristic)
        if not options:
            return "?"
        cost = np.array([sum_heuristic(c.numbers, task.target) for c in options]) / (tau * task.target)
        p = np.exp(cost.min() - cost)
        child = options[int(rng.choice(len(options), p=p / p.sum()))]
        operations.append(child.operation)
        numbers = child.numbers
    return answer(task, operations)


def sequential_vs_parallel(
    traces: Sequence[str], samples: Sequence[Sequence[str]], right: Callable[[int, str], bool],
    budgets: Sequence[int], *, shape: Shape = LAPTOP, length: Callable[[str], int] = len,
    cut: Callable[[str, int], str] = lambda text, tokens: text[:tokens],
) -> list[AtBudget]:  # fmt: skip
    """One long text per task, cut at each budget, against as many of its short texts as cost the same.

    The texts may come from any policy: `right(task, text)` is the verifier, `length` and `cut` count its tokens
    (characters by default), `shape` is what a token costs.
    """
    good = [[right(i, text) for text in texts] for i, texts in enumerate(samples)]
    short = [max(1, round(float(np.mean([length(text) for text in texts])))) for texts in samples]
    rows = []
    for tokens in budgets:
        n = [
            max(1, min(len(texts), int(equal_compute(shape, tokens, each))))
            for texts, each in zip(samples, short, strict=True)
        ]
        sequential = [right(i, cut(text, tokens)) for i, text in enumerate(traces)]
        parallel = [any(g[:k]) for g, k in zip(good, n, strict=True)]
        voted = [
            right(i, str(majority(texts[:k]))) for i, (texts, k) in enumerate(zip(samples, n, strict=True))
        ]
        rows.append(AtBudget(tokens, *(float(np.mean(x)) for x in (n, sequential, parallel, voted))))
    return rows


def countdown_at_budget(
    tasks: Sequence[CountdownTask], budgets: Sequence[int], rng: np.random.Generator, *, tau: float = 0.2
) -> list[AtBudget]:
    """Depth-first traces cut at each budget against sampled direct answers of the same cost."""
    traces = [dfs(task).text for task in tasks]
    most = 1 + int(max(equal_compute(LAPTOP, max(budgets), 16), 1))
    samples = [[sample_direct(task, rng, tau) for _ in range(most)] for task in tasks]
    return sequential_vs_parallel(traces, samples, lambda i, text: verify(tasks[i], text).solved, budgets)


def guess_through(puzzle: sudoku.Board, rng: np.random.Generator) -> tuple[bool, int]:
    """Fill a board, guessing where several values fit, never taking one back: (solved, moves)."""
    board, made = puzzle.copy(), 0
    while (board == 0).any():
        masks = sudoku.candidates(board)
        cell = min(np.flatnonzero(board.ravel() == 0).tolist(), key=lambda c: masks[c].bit_count())
        values = [v for v in range(1, len(board) + 1) if masks[cell] >> (v - 1) & 1]
        if not values:
            return False, made
        board.flat[cell] = values[0] if len(values) == 1 else int(rng.choice(values))
        made += 1
    return bool(sudoku.solved(puzzle[None], board[None])[0]), made


def sudoku_at_budget(
    puzzles: Sequence[sudoku.Board], budgets: Sequence[int], rng: np.random.Generator
) -> list[AtBudget]:
    """A guess-and-revert trace cut at each budget against attempts without reverts of the same cost. Majority is
    NaN: boards that fail are unfinished, there is nothing to vote on."""
    lengths = [TOKENS_PER_MOVE * sum(1 for _ in sudoku.moves(p)) for p in puzzles]
    blanks = [TOKENS_PER_MOVE * int((p == 0).sum()) for p in puzzles]
    most = [max(1, int(equal_compute(LAPTOP, max(budgets), b))) for b in blanks]
    tries = [[guess_through(p, rng)[0] for _ in range(m)] for p, m in zip(puzzles, most, strict=True)]
    rows = []
    for tokens in budgets:
        n = [max(1, int(equal_compute(LAPTOP, tokens, b))) for b in blanks]
        seq = float(np.mean([length <= tokens for length in lengths]))
        par = float(np.mean([any(t[:k]) for t, k in zip(tries, n, strict=True)]))
        rows.append(AtBudget(tokens, float(np.mean(n)), seq, par, float("nan")))
    return rows
