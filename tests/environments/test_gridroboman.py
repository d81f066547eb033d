"""Hand-made states of gridroboman, and its planner on all thirty tasks."""

import numpy as np
import pytest

from leadline.environments.gridroboman import (
    ACTIONS,
    TASKS,
    World,
    covered,
    holds,
    lying_here,
    observe,
    start,
    step,
)
from leadline.environments.gridroboman_planner import demonstrations, plan, play

NAMES = [task.name for task in TASKS]


def world(robot, red=(6, 0), green=(6, 2), blue=(6, 4), *, held=-1, raised=()):
    return World(
        np.array([robot]), np.array([[red, green, blue]]), np.array([held]),
        np.array([[c in raised for c in range(3)]]),
    )  # fmt: skip


def after(state, *actions):
    for action in actions:
        state = step(state, np.array([ACTIONS.index(action)]))
    return state


def true_of(state):
    return {name for i, name in enumerate(NAMES) if holds(state, np.array([i]))[0]}


def test_thirty_tasks_and_the_papers_first_ten():
    assert len(set(NAMES)) == 30
    assert NAMES[:10] == [
        "red touch", "green touch", "blue touch", "red lift", "green lift", "blue lift",
        "green touch with red", "red touch with green", "blue touch with green", "blue touch with red",
    ]  # fmt: skip


CORNER = {"red corner"}  # where `world` puts red unless told otherwise


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (world((5, 0)), CORNER | {"red touch"}),
        (world((5, 1)), CORNER),  # diagonal
        (world((6, 0)), CORNER),  # on it
        (world((0, 3), red=(0, 3), held=0), {"red lift"}),
        (world((6, 3), red=(6, 3), held=0), {
            "red lift", "green touch with red", "blue touch with red", "red close green", "red close blue"}),
        (world((0, 3), green=(4, 2)), CORNER | {"green centre"}),
        (world((0, 3), green=(4, 3), blue=(5, 2)), CORNER | {"green centre", "blue close green"}),
        (world((0, 3), blue=(1, 5)), CORNER | {"blue corner", "red far blue"}),
        (world((0, 3), blue=(1, 4)), CORNER),  # the distances add up to 9
        (world((0, 3), red=(5, 1), green=(6, 2)), CORNER | {"red close green"}),
        (world((0, 3), red=(4, 1), green=(6, 2)), set()),  # two apart
        (world((0, 4), red=(6, 2), raised=(0,)), {"red on green", "red close green"}),
        (world((6, 2), red=(6, 2), held=0), {"red lift", "red close green"}),  # carried over it, not on it
        (world((6, 2), green=(6, 0), red=(6, 2), raised=(1,)), {"green corner"}),  # nothing under it
    ],
)  # fmt: skip
def test_predicates(state, expected):
    assert true_of(state) == expected


def test_put_on_an_occupied_tile_stacks_and_lifting_takes_the_upper():
    stacked = after(world((6, 2), red=(6, 2), held=0), "put")
    assert stacked.raised[0].tolist() == [True, False, False]
    assert observe(stacked)[0].tolist() == [6, 2, 6, 2, 1, 6, 2, -1, 6, 4, 0]
    assert after(stacked, "lift").held[0] == 0
    apart = after(stacked, "lift", "up")
    assert observe(apart)[0].tolist() == [6, 3, 6, 3, 1, 6, 2, 0, 6, 4, 0]
    assert after(apart, "put", "down", "lift").held[0] == 1


def test_a_tile_holds_two_objects():
    carrying = after(world((6, 4), red=(6, 4), green=(6, 2), raised=(0,)), "down", "down", "lift", "up", "up")
    assert lying_here(carrying)[0].tolist() == [True, False, True]
    assert after(carrying, "put").held[0] == 1  # nothing happens


@pytest.mark.parametrize("action", ["noop", "lift", "put", "down", "left"])
def test_what_cannot_be_done_changes_nothing(action):
    before = world((0, 0))
    for was, is_ in zip(before, after(before, action), strict=True):
        assert np.array_equal(was, is_)


def test_full_hands_do_not_lift():
    assert after(world((6, 2), red=(6, 2), held=0), "lift").held[0] == 0


def test_worlds_do_not_touch_each_other_and_stay_consistent():
    rng = np.random.default_rng(0)
    worlds, alone = start(30, rng), []
    alone = [World(*(part[i : i + 1] for part in worlds)) for i in range(30)]
    for _ in range(80):
        action = rng.integers(len(ACTIONS), size=30)
        worlds = step(worlds, action)
        alone = [step(w, action[i : i + 1]) for i, w in enumerate(alone)]
        lying = worlds.held[:, None] != np.arange(3)
        pairs = (worlds.objects[:, :, None] == worlds.objects[:, None]).all(-1)
        together = (pairs & lying[:, :, None] & lying[:, None]).sum(2)
        assert together.max() <= 2
        assert ((worlds.raised | covered(worlds)) == (together == 2)).all()
        assert not (worlds.raised & covered(worlds)).any()
    for part, parts in zip(worlds, zip(*alone, strict=True), strict=True):
        assert np.array_equal(part, np.concatenate(parts))


def test_a_world_starts_on_four_different_tiles():
    worlds = start(500, np.random.default_rng(0))
    tiles = np.concatenate([worlds.robot[:, None], worlds.objects], 1) @ [1, 7]
    assert all(len(set(row)) == 4 for row in tiles.tolist())


def test_the_planner_solves_every_task():
    played = demonstrations(np.arange(30), 15, np.random.default_rng(0), noise=0.0)
    assert (played.returns > 0).all()


def test_the_planner_does_not_idle_where_it_is_rewarded():
    task, rng = np.repeat([0, 3, 15], 10), np.random.default_rng(0)
    done = []

    def choose(state, _):
        action = plan(state, task, rng)
        done.extend(np.array(ACTIONS)[action[holds(state, task)]])
        return action

    play(task, choose, rng)
    assert set(done) == {"down", "up", "left", "right"}


def test_rewards_say_whether_the_next_state_satisfies_the_task():
    played = demonstrations(np.array([0]), 20, np.random.default_rng(1))
    beside = np.abs(played.observation[:, 1:, :2] - played.observation[:, 1:, 2:4]).sum(-1) == 1
    on_board = (played.observation[:, 1:, 4::3] == 0).all(-1)
    assert (played.reward[on_board] == beside[on_board]).all()
    assert played.reward[~beside].sum() == 0
