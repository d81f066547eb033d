"""Gridroboman: a robot and three coloured objects on 7 x 7 tiles, and thirty tasks about them, vectorised over worlds.

After Retrieval-Augmented RL (arXiv:2202.08417, appendix A.4): the same world under every task, so that no state says
which task it is. 50 steps, reward 1 after each step in which the task's predicate holds; nothing ends an episode early.
N worlds. Colours 0, 1, 2 are red, green, blue; a tile holds at most two objects ("on the top of another single
object").
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

SIDE, STEPS, FEATURES = 7, 50, 11
COLOURS = ("red", "green", "blue")
ACTIONS = ("noop", "down", "up", "left", "right", "lift", "put")
LIFT, PUT = 5, 6
MOVES = np.array([[0, 0], [0, -1], [0, 1], [-1, 0], [1, 0], [0, 0], [0, 0]])
KINDS = ("touch", "lift", "touch with", "corner", "centre", "close", "far", "on")


class Task(NamedTuple):
    """What has to hold of object x (and y). `touch with`: next to x while holding y; `on`: x on y."""

    kind: str
    x: int
    y: int = -1

    @property
    def name(self) -> str:
        """
        >>> Task("touch with", 0, 2).name, Task("lift", 1).name
        ('red touch with blue', 'green lift')
        """
        return f"{COLOURS[self.x]} {self.kind}" + (f" {COLOURS[self.y]}" if self.y >= 0 else "")


R, G, B = range(3)
TASKS = (
    *(Task("touch", x) for x in (R, G, B)), *(Task("lift", x) for x in (R, G, B)),
    *(Task("touch with", x, y) for y, x in ((R, G), (G, R), (G, B), (R, B))),
    *(Task("touch with", x, y) for y, x in ((B, R), (B, G))),
    *(Task("corner", x) for x in (R, G, B)), *(Task("centre", x) for x in (R, G, B)),
    Task("close", R, B), Task("close", R, G),
    Task("close", B, G), Task("far", R, B), Task("far", R, G), Task("far", B, G),
    *(Task("on", x, y) for x, y in ((R, B), (R, G), (G, R), (G, B), (B, R), (B, G))),
)  # fmt: skip
"""In the paper's order: its experiments take the first 10, 20 and 30. Its text names nine of the ten; the tenth, red
touching blue, is in the legend of its figure."""
TASK_KIND, TASK_X, TASK_Y = (
    np.array([(KINDS.index(task.kind), task.x, task.y)[i] for task in TASKS]) for i in range(3)
)


class World(NamedTuple):
    robot: Array
    """[N, 2] x and y."""
    objects: Array
    """[N, 3, 2]; what is held moves with the robot."""
    held: Array
    """[N] colour, or -1 for empty hands."""
    raised: Array
    """[N, 3] bool: lies on another object."""


def start(n: int, rng: np.random.Generator) -> World:
    """Robot and objects on four different tiles; hands empty."""
    tiles = rng.permuted(np.broadcast_to(np.arange(SIDE * SIDE), (n, SIDE * SIDE)), axis=1)[:, :4]
    places = np.stack([tiles % SIDE, tiles // SIDE], -1)
    return World(places[:, 0], places[:, 1:], np.full(n, -1), np.zeros((n, 3), bool))


def lying_here(world: World) -> Array:
    """[N, 3] bool: on the robot's tile and not in its hands."""
    here = (world.objects == world.robot[:, None]).all(-1)
    return np.asarray(here & (world.held[:, None] != np.arange(3)))


def covered(world: World) -> Array:
    """[N, 3] bool: under another object."""
    same = (world.objects[:, :, None] == world.objects[:, None]).all(-1)
    on_top = world.raised[:, None, :] & ~world.raised[:, :, None]
    in_hands = (world.held[:, None] == np.arange(3))[:, :, None]
    return np.asarray((same & on_top & ~in_hands).any(-1))


def step(world: World, action: Array) -> World:
    """Actions [N] as in ACTIONS. Walking into a wall, lifting nothing or with full hands, putting nothing or onto two
    objects: nothing happens. Lifting takes the upper of two objects.
    """
    rows = np.arange(len(action))
    robot = np.clip(world.robot + MOVES[action], 0, SIDE - 1)
    objects, held, raised = world.objects.copy(), world.held.copy(), world.raised.copy()
    lying = lying_here(world)
    top = (2 * (lying & raised) + lying).argmax(1)
    lifts = (action == LIFT) & (held < 0) & lying.any(1)
    puts = (action == PUT) & (held >= 0) & (lying.sum(1) < 2)
    raised[rows[puts], held[puts]] = lying[puts].any(1)
    raised[rows[lifts], top[lifts]] = False
    held[puts], held[lifts] = -1, top[lifts]
    carries = held >= 0
    objects[rows[carries], held[carries]] = robot[carries]
    return World(robot, objects, held, raised)


def observe(world: World) -> Array:
    """[N, 11] float32: robot x, y; for each object x, y and its status: 0 on the board, -1 under another, +1 held or on
    another.
    """
    up = world.raised | (world.held[:, None] == np.arange(3))
    status = up.astype(int) - covered(world)
    seen = np.concatenate([world.objects, status[..., None]], -1).reshape(len(status), 9)
    return np.concatenate([world.robot, seen], 1).astype(np.float32)


def holds(world: World, task: Array) -> Array:
    """[N] bool: the predicate of each world's task [N], an index into TASKS."""
    rows, x, y = np.arange(len(task)), TASK_X[task], TASK_Y[task]
    place, other = world.objects[rows, x], world.objects[rows, y]
    beside = np.abs(place - world.robot).sum(1) == 1
    apart = np.abs(place - other)
    stacked = world.raised[rows, x] & (apart.sum(1) == 0) & (world.held != y)
    said = [
        beside & (world.held < 0), world.held == x, beside & (world.held == y),
        ((place < 2) | (place >= SIDE - 2)).all(1), ((place >= 2) & (place < SIDE - 2)).all(1),
        (apart <= 1).all(1), apart.sum(1) > 9, stacked,
    ]  # fmt: skip
    return np.asarray(np.stack(said)[TASK_KIND[task], rows])
