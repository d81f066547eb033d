"""Sudoku: the verifier, the solver against brute force, unique puzzles, an honest trace."""

import itertools

import numpy as np
import pytest

from leadline.environments.base import SearchableEnvironment
from leadline.environments.sudoku import Sudoku, generate, is_unique, moves, solutions, solve, solved
from leadline.errors import UsageError

GOOD = np.array([[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 1]])


def test_verifier_by_hand():
    puzzle = np.where(np.eye(4, dtype=bool), GOOD, 0)
    latin = np.array([[1, 2, 3, 4], [2, 3, 4, 1], [3, 4, 1, 2], [4, 1, 2, 3]])  # rows and columns, no boxes
    other_clues = GOOD[::-1]
    unfinished = GOOD.copy()
    unfinished[0, 0] = 0
    boards = np.stack([GOOD, latin, other_clues, unfinished])
    assert solved(np.stack([puzzle] * 4), boards).tolist() == [True, False, False, False]


def test_number_of_4x4_boards_is_288():
    assert sum(1 for _ in solutions(np.zeros((4, 4), int))) == 288


def test_solver_agrees_with_brute_force():
    puzzle = GOOD.copy()
    puzzle[1:3, :3] = 0
    holes = list(zip(*np.nonzero(puzzle == 0), strict=True))
    count = 0
    for values in itertools.product(range(1, 5), repeat=len(holes)):
        board = puzzle.copy()
        board[tuple(np.array(holes).T)] = values
        count += bool(solved(puzzle[None], board[None])[0])
    assert count == sum(1 for _ in solutions(puzzle))


@pytest.mark.parametrize(("size", "blanks"), [(4, 10), (9, 45)])
def test_generated_puzzles_have_one_solution(size, blanks):
    puzzles = [generate(np.random.default_rng(seed), size=size, blanks=blanks) for seed in range(3)]
    assert all(map(is_unique, puzzles))
    assert solved(np.stack(puzzles), np.stack([solve(p) for p in puzzles])).all()
    assert (puzzles[0] == generate(np.random.default_rng(0), size=size, blanks=blanks)).all()
    assert all((p == 0).sum() <= blanks for p in puzzles)


def test_trace_ends_in_the_solution_and_reverts_what_it_guessed():
    puzzle = generate(np.random.default_rng(3), size=9, blanks=55)
    board, guesses = puzzle.copy(), []
    for kind, cell, value in moves(puzzle):
        if kind == "revert":
            while True:
                other, old = guesses.pop()
                if other == cell:
                    assert old[1] == value
                    board = old[0]
                    break
        else:
            if kind == "guess":
                guesses.append((cell, (board.copy(), value)))
            assert board.flat[cell] == 0
            board.flat[cell] = value
    assert solved(puzzle[None], board[None])[0]


def test_contradictory_board_has_no_solution():
    board = np.zeros((4, 4), int)
    board[0, :2] = 1
    assert solve(board) is None
    assert not is_unique(board)


def test_environment_reaches_reward_by_the_solution():
    puzzle = generate(np.random.default_rng(1), size=4, blanks=9)
    env, answer = Sudoku(puzzle), solve(puzzle)
    assert isinstance(env, SearchableEnvironment)
    seen = env.reset()
    start = env.snapshot()
    while not seen.done:
        action = next(
            a for a in env.legal_actions()
            if answer[a.arguments["row"] - 1, a.arguments["column"] - 1] == a.arguments["value"]
        )  # fmt: skip
        seen = env.step(action)
    assert seen.reward == 1.0
    env.restore(start)
    assert (env.board == puzzle).all()
    assert env.step(env.legal_actions()[0].__class__("place", {"row": 1, "column": 1, "value": 9})).error


def test_size_must_be_a_square():
    with pytest.raises(UsageError, match="not 6"):
        Sudoku(np.zeros((6, 6), int))
