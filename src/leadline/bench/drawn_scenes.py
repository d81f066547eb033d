"""Drawn scenes and queries about them, in the four kinds of INQUIRE (arXiv:2411.02537): a picture collection that a
laptop can draw, with every label known.

A scene is a board of 3 x 3 cells with one to four objects. An object is one of 16 species (shape x colour) and small or
large. N scenes, C = 9 cells, T = 3 tokens.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from leadline.errors import UsageError

Array = np.ndarray[Any, np.dtype[Any]]
Kind = Literal["species", "appearance", "context", "behavior"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SHAPES, COLOURS, SIDE, CELL = 4, 4, 3, 6
SPECIES = SHAPES * COLOURS
TOKENS = 1 + SPECIES + 2 + 4 + 2
"""Padding, the species, two sizes, four counts, two relations (left of, above)."""
SIZE, COUNT, RELATION = 1 + SPECIES, 3 + SPECIES, 7 + SPECIES
_RGB = np.array([(1, 0.1, 0.1), (0.1, 0.8, 0.1), (0.2, 0.3, 1), (0.9, 0.8, 0.1)])


class Scenes(NamedTuple):
    """species [N, C] in 0..15 or -1 for an empty cell; large [N, C]."""

    species: Array
    large: Array

    def picked(self, rows: Array) -> Scenes:
        """Those of these rows."""
        return Scenes(self.species[rows], self.large[rows])


def draw_scenes(n: int, rng: np.random.Generator) -> Scenes:
    """n scenes of one to four objects, in different cells."""
    places = rng.permuted(np.tile(np.arange(SIDE**2), (n, 1)), axis=1)
    full = places < rng.integers(1, 5, (n, 1))
    return Scenes(
        np.where(full, rng.integers(0, SPECIES, full.shape), -1), full & (rng.random(full.shape) < 0.5)
    )


def _masks() -> Array:
    """[shape, size, CELL, CELL]: square, disc, cross and stripe, small and large."""
    y, x = np.mgrid[:CELL, :CELL] - (CELL - 1) / 2
    masks = []
    for radius in (1.5, 2.5):
        inside = np.maximum(abs(x), abs(y)) <= radius
        masks.append(
            [
                inside,
                inside & (x**2 + y**2 <= radius**2 + 0.6),
                inside & (np.minimum(abs(x), abs(y)) < 1),
                inside & (abs(x - y) < 1.5),
            ]
        )
    return np.array(masks).swapaxes(0, 1)


def pictures(scenes: Scenes, rng: np.random.Generator, noise: float = 0.1) -> Array:
    """[N, 3, 18, 18] float32 pictures: coloured shapes on grey, with Gaussian noise."""
    n = len(scenes.species)
    kind = np.maximum(scenes.species, 0)
    mask = _masks()[kind // COLOURS, scenes.large.astype(int)] & (scenes.species >= 0)[..., None, None]
    colour = _RGB[kind % COLOURS] - 0.5
    cells = mask[:, :, None] * colour[..., None, None]
    board = cells.reshape(n, SIDE, SIDE, 3, CELL, CELL).transpose(0, 3, 1, 4, 2, 5)
    whole = board.reshape(n, 3, SIDE * CELL, SIDE * CELL)
    return (whole + noise * rng.standard_normal(whole.shape)).astype(np.float32)


def kinds_of(queries: Array) -> Array:
    """[..., T] -> index into KINDS, of (species, 0, 0), (species, size, 0), (species, count, 0) and (species, relation,
    species)."""
    second = queries[..., 1]
    return np.select([second == 0, second < COUNT, second < RELATION], [0, 1, 2], 3)


def relevant(scenes: Scenes, queries: Array) -> Array:
    """[N] bool: whether each scene shows what its query asks for; queries [N, T], or [T] for one query of all.

    context: the species in a scene of that many objects. behavior: some object of the first species lies left of, or
    above, some object of the second.
    """
    first, second, third = (np.atleast_2d(queries)[:, i, None] for i in range(3))
    here, there = scenes.species == first - 1, scenes.species == third - 1
    sized = here & (scenes.large == (second == SIZE + 1))
    counted = here.any(1) & ((scenes.species >= 0).sum(1) == second[:, 0] - COUNT + 1)
    y, x = np.divmod(np.arange(SIDE**2), SIDE)
    place = np.where(second == RELATION, x, y)
    low = np.where(here, place, SIDE).min(1)
    before = low < np.where(there, place, -1).max(1)
    return np.choose(kinds_of(np.atleast_2d(queries)), [here.any(1), sized.any(1), counted, before])


def near_misses(queries: Array, rng: np.random.Generator) -> Array:
    """[N, T] queries that differ in one thing: another species, the other size, another count, or the roles swapped."""
    out, kinds = queries.copy(), kinds_of(queries)
    species, size, count, act = (kinds == i for i in range(4))
    out[species, 0] = queries[species, 0] % SPECIES + 1
    out[size, 1] = 2 * SIZE + 1 - queries[size, 1]
    out[count, 1] = COUNT + (queries[count, 1] - COUNT + rng.integers(1, 4, count.sum())) % 4
    out[act, 0], out[act, 2] = queries[act, 2], queries[act, 0]
    return out


def all_queries(kind: Kind) -> list[tuple[int, int, int]]:
    """Every query of a kind."""
    names = range(1, SPECIES + 1)
    if kind == "species":
        return [(s, 0, 0) for s in names]
    if kind == "behavior":
        return [(a, RELATION + r, b) for a in names for b in names for r in (0, 1) if a != b]
    first, n = (SIZE, 2) if kind == "appearance" else (COUNT, 4)
    return [(s, first + i, 0) for s in names for i in range(n)]


def true_queries(scenes: Scenes, kinds: Array, rng: np.random.Generator) -> Array:
    """[N, T] one query that is true of each scene, of the given kind (index into KINDS). A scene of one object has no
    relation and gets a query of its species instead."""
    filled = scenes.species >= 0
    noise = np.where(filled, rng.random(filled.shape), -1)
    order = np.argsort(-noise, 1)
    a, b = order[:, 0], order[:, 1]
    rows = np.arange(len(a))
    first, second = scenes.species[rows, a] + 1, scenes.species[rows, b] + 1
    out = np.stack([first, np.zeros_like(first), np.zeros_like(first)], 1)
    looks, counts, acts = (kinds == i for i in (1, 2, 3))
    out[looks, 1] = SIZE + scenes.large[rows, a][looks]
    out[counts, 1] = COUNT + filled.sum(1)[counts] - 1
    across, down = a % SIDE - b % SIDE, a // SIDE - b // SIDE
    sideways = (down == 0) | ((across != 0) & (rng.random(len(a)) < 0.5))
    swap = np.where(sideways, across, down) > 0
    acts &= filled.sum(1) > 1
    pair = np.where(swap[:, None], np.stack([second, first], 1), np.stack([first, second], 1))
    out[acts, 0], out[acts, 2] = pair[acts, 0], pair[acts, 1]
    out[acts, 1] = RELATION + np.where(sideways, 0, 1)[acts]
    return out


class Asked(NamedTuple):
    """A query with its collection: rows of the scenes, and which of those are relevant."""

    query: Array
    rows: Array
    labels: Array


def ask(scenes: Scenes, kind: Kind, n: int, n_positive: int, rng: np.random.Generator) -> list[Asked]:
    """n queries of a kind with exactly n_positive relevant scenes each, so that kinds can be compared: further relevant
    scenes are left out of that query's collection. Raises UsageError when too few queries have as many."""
    found: list[Asked] = []
    every = all_queries(kind)
    for i in rng.permutation(len(every)):
        truth = relevant(scenes, np.array(every[i]))
        right = np.flatnonzero(truth)
        if len(right) >= n_positive and len(found) < n:
            kept = rng.choice(right, n_positive, replace=False)
            rows = np.sort(np.concatenate([np.flatnonzero(~truth), kept]))
            found.append(Asked(np.array(every[i]), rows, truth[rows]))
    if len(found) < n:
        raise UsageError(
            f"Only {len(found)} {kind} queries have {n_positive} relevant scenes.", remedy="Draw more scenes."
        )
    return found
