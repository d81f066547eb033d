"""A scripted planner for gridroboman, and episodes played in it.

The planner looks one step ahead and takes what leaves the least to do, so it needs a count of the steps that are left
rather than a search. Once the predicate holds it keeps moving: data of a planner that idles teach an offline learner
that doing nothing is always right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from leadline.environments.gridroboman import (
    ACTIONS,
    MOVES,
    SIDE,
    STEPS,
    TASK_KIND,
    TASK_X,
    TASK_Y,
    Array,
    World,
    covered,
    holds,
    lying_here,
    observe,
    start,
    step,
)

FAR = 99


def walk(a: Array, b: Array) -> Array:
    """[N] steps between places [N, 2]."""
    return np.asarray(np.abs(a - b).sum(-1))


def to_fetch(world: World, x: Array) -> Array:
    """[N] steps until object x [N] is held: what is in hands is put elsewhere first, and so is what lies on x."""
    rows = np.arange(len(x))
    distance = walk(world.robot, world.objects[rows, x])
    full = (world.held >= 0) * (1 + 2 * (distance == 0))
    return np.where(world.held == x, 0, distance + 1 + 4 * covered(world)[rows, x] + full)


def outside(place: Array, low: int, high: int) -> Array:
    """[N] steps from places [N, 2] to the square of tiles low..high."""
    return np.asarray((np.maximum(low - place, 0) + np.maximum(place - high, 0)).sum(-1))


def to_do(world: World, task: Array) -> Array:
    """[N] how many steps are left, roughly: exact along the planner's own way, 0 where the predicate holds."""
    rows, x, y = np.arange(len(task)), TASK_X[task], TASK_Y[task]
    place, other = world.objects[rows, x], world.objects[rows, y]
    fetch, fetch_other = to_fetch(world, x), to_fetch(world, y)
    empty = (world.held >= 0) * (1 + 2 * (lying_here(world).sum(1) > 1))
    beside = np.abs(walk(world.robot, place) - 1)
    corner = np.minimum.reduce(
        [
            outside(place - shift, 0, 1)
            for shift in np.array([[0, 0], [0, SIDE - 2], [SIDE - 2, 0], [SIDE - 2, SIDE - 2]])
        ]
    )
    near = np.maximum(np.abs(place - other) - 1, 0).sum(-1)
    # Far apart: x into one corner of the board, then y into the opposite one.
    x_left, y_left = np.maximum(place.sum(1) - 1, 0), np.maximum(walk(other, np.full(2, SIDE - 1)) - 1, 0)
    apart = np.where(
        x_left > 0, x_left + fetch + (y_left > 0) * (y_left + 20), (y_left > 0) * (y_left + fetch_other)
    )
    blocked = covered(world)[rows, y] & ~((walk(place, other) == 0) & world.raised[rows, x])
    counts = [
        beside + empty, fetch, fetch_other + np.abs(walk(other, place) - 1), fetch + corner,
        fetch + outside(place, 2, SIDE - 3), fetch + near, apart,
        np.where(blocked, 30 + fetch_other, fetch + walk(place, other) + 1),
    ]  # fmt: skip
    return np.where(holds(world, task), 0, np.stack(counts)[TASK_KIND[task], rows])


def plan(world: World, task: Array, rng: np.random.Generator, *, noise: float = 0.0) -> Array:
    """[N] actions of the planner; with probability `noise` any action. Ties are broken at random."""
    n = len(task)
    left = np.stack([to_do(step(world, np.full(n, action)), task) for action in range(len(ACTIONS))], 1)
    idle = (MOVES == 0).all(1)
    left = np.where(holds(world, task)[:, None] & idle, FAR, left)
    best = (left + rng.random(left.shape) / 2).argmin(1)
    return np.where(rng.random(n) < noise, rng.integers(len(ACTIONS), size=n), best)


class Episodes(NamedTuple):
    """N episodes of T steps. reward[:, t] is what action[:, t] brought: the predicate at observation t + 1."""

    task: Array
    """[N]"""
    observation: Array
    """[N, T + 1, 11]"""
    action: Array
    """[N, T]"""
    reward: Array
    """[N, T] float32"""

    @property
    def returns(self) -> Array:
        """[N] undiscounted."""
        return np.asarray(self.reward.sum(1))


def play(
    task: Array, choose: Callable[[World, Array], Array], rng: np.random.Generator, *, steps: int = STEPS
) -> Episodes:
    """One episode per entry of `task` [N]. `choose` sees the worlds and their observations [N, 11]."""
    world = start(len(task), rng)
    seen, done, paid = [observe(world)], [], []
    for _ in range(steps):
        action = choose(world, seen[-1])
        world = step(world, action)
        done.append(action)
        paid.append(holds(world, task).astype(np.float32))
        seen.append(observe(world))
    return Episodes(task, np.stack(seen, 1), np.stack(done, 1), np.stack(paid, 1))


def demonstrations(tasks: Array, n: int, rng: np.random.Generator, *, noise: float = 0.5) -> Episodes:
    """n episodes of the noisy planner for each of `tasks`, task by task."""
    task = np.repeat(tasks, n)
    return play(task, lambda world, _: plan(world, task, rng, noise=noise), rng)
