"""Game of 24: the released environment's figures."""

import numpy as np

from leadline.environments.arithmetic import reachable
from leadline.environments.base import Action, SearchableEnvironment
from leadline.environments.game24 import MOVES, TEST_ROWS, Game24, after, all_puzzles, states


def test_moves_and_states_of_the_test_rows():
    assert [len(MOVES[n]) for n in (4, 3, 2, 1)] == [24, 12, 4, 0]
    assert len(TEST_ROWS) == 100
    assert TEST_ROWS[:5] == ((4, 5, 6, 10), (1, 2, 4, 7), (2, 5, 8, 11), (3, 4, 4, 13), (6, 7, 8, 9))
    sizes = [len(states(row)) for row in TEST_ROWS]
    assert np.mean(sizes) == 96.75
    assert max(sizes) == 129


def test_solvable_puzzles():
    # 1362 puzzles can be solved with fractions and negative numbers; 1346 of them without
    assert len(all_puzzles()) == 1346
    assert all(24 in reachable(row) for row in TEST_ROWS)


def test_division_must_be_exact_and_never_by_zero():
    assert after((0, 5), (0, 1, "/")) is None
    assert after((2, 5), (0, 1, "/")) is None
    assert after((2, 6), (0, 1, "/")) == (3,)


def test_environment_rewards_only_the_last_number():
    env = Game24((4, 4, 6, 8))
    assert isinstance(env, SearchableEnvironment)
    env.reset()
    walk = [(0, 3, "+"), (0, 1, "-"), (0, 1, "*")]  # 8+4=12, 6-4=2, 12*2=24
    seen = [env.step(Action("play", {"i": i, "j": j, "op": op})) for i, j, op in walk]
    assert [s.reward for s in seen] == [0, 0, 1]
    assert seen[-1].done
    env.restore(((2, 5), False))
    assert env.step(Action("play", {"i": 0, "j": 1, "op": "/"})).done
    assert env.legal_actions() == []
    assert env.state_id() == "2 5 dead"
    assert env.step(Action("play", {"i": 0, "j": 1, "op": "+"})).error
