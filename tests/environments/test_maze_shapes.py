"""Mazes and shape grids: solvable by construction, exact snapshots, names."""

import pytest

from leadline.environments.base import Action, SearchableEnvironment
from leadline.environments.maze import Maze
from leadline.environments.registry import BUILDERS, make_environment
from leadline.environments.shapes import ShapeGrid
from leadline.errors import NotFound, UsageError


def test_a_maze_has_a_way_out_and_walls():
    maze = Maze(9, 4, loops=0.0)
    assert len(maze.open) == 2 * (81 - 1)  # a spanning tree
    assert 16 <= maze.shortest() <= 80
    assert Maze(9, 4, loops=1.0).shortest() == 16
    assert isinstance(maze, SearchableEnvironment)
    maze.reset()
    blocked = next(w for w in ("north", "west") if Action("move", {"to": w}) not in maze.legal_actions())
    assert "wall" in maze.step(Action("move", {"to": blocked})).error
    state = maze.snapshot()
    maze.step(maze.legal_actions()[0])
    assert maze.state_id() != "0 0"
    maze.restore(state)
    assert maze.state_id() == "0 0"


def test_shapes_are_solved_by_their_own_stamps():
    env = ShapeGrid(5, 3, stamps=1)
    assert isinstance(env, SearchableEnvironment)
    wins = []
    for action in env.legal_actions():
        env.reset()
        seen = env.step(action)
        wins.append(seen.reward == 1.0 and seen.done)
    assert sum(wins) == 1  # no two stamps make the same grid
    env.reset()
    for _ in range(2):
        env.step(env.legal_actions()[wins.index(False)])
    assert env.legal_actions() == []


def test_environments_by_name():
    assert make_environment("countdown:3 5 2=11").state_id() == "2 3 5"
    assert make_environment("game24", 3).state_id() == "3 4 4 13"
    with pytest.raises(NotFound, match="countdown"):
        make_environment("cuontdown")
    with pytest.raises(UsageError, match="does not describe"):
        make_environment("countdown:3 5 2")
    with pytest.raises(UsageError, match="its size is one of 4, 9"):
        make_environment("sudoku:5")
    assert {"maze", "shapes", "reactions", "minigrid", "textworld"} <= set(BUILDERS)
