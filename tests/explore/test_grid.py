import numpy as np

from leadline.environments.reactions import Parameter, ReactionSpace
from leadline.explore.campaign import Trial
from leadline.explore.grid import Grid, one_hot

SPACE = ReactionSpace(
    "toy", (Parameter("base", ("a", "b")), Parameter("time", ("1", "2", "3"))), np.zeros((2, 3))
)


def test_places_are_those_of_the_settings():
    grid = Grid(SPACE, (0, 1))
    assert [grid.setting(place) for place in range(6)] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert grid.places([(1, 2), (0, 1)]).tolist() == [5, 1]


def test_the_random_order_visits_every_setting_once_and_then_again():
    grid = Grid(SPACE, (0, 1))
    visited = [grid.random(n) for n in range(12)]
    assert len(set(visited[:6])) == 6
    assert visited[6:] == visited[:6]


def test_the_best_setting_that_was_not_tried():
    grid, score = Grid(SPACE, (0, 1)), np.array([0.0, 3.0, 1.0, 2.0, 0.0, 0.0])
    assert grid.best(score, [Trial((0, 1), 1.0)]) == (1, 0)
    assert grid.best(score, [Trial((0, 1), 1.0), Trial((1, 0), np.nan)]) == (0, 2)
    assert score.tolist() == [0, 3, 1, 2, 0, 0]  # the caller's scores stay as they are


def test_equal_scores_go_by_the_random_order():
    firsts = {Grid(SPACE, (seed, 1)).best(np.zeros(6), [Trial((0, 0), 0.0)]) for seed in range(40)}
    assert firsts == {(0, 1), (0, 2), (1, 0), (1, 1), (1, 2)}


def test_one_hot():
    rows = one_hot(np.array([[1, 0], [0, 2]]), (2, 3), np.float32)
    assert rows.tolist() == [[0, 1, 1, 0, 0], [1, 0, 0, 0, 1]]
    assert rows.dtype == np.float32
