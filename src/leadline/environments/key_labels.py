"""Episodes in which only the demonstrations tell the answer: the toy of UniICL's specification (arXiv:2405.17062).

A demonstration is "filler filler key -> label SEP" (6 tokens), a query "filler filler key ->" (4). The labels of keys
are drawn anew for every episode. B episodes, N demonstrations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.int64]]
PAD, ARROW, SEP, RARE = 0, 1, 2, 3
"""RARE is never used: a slot's embedding may start from it."""
KEYS, FILLERS, LABELS = 12, 12, 6
KEY, FILLER, LABEL = 4, 4 + KEYS, 4 + KEYS + FILLERS
TOKENS = LABEL + LABELS
DEMO, QUERY = 6, 4


class Episodes(NamedTuple):
    """demos [B, N, 6], query [B, 4], answer [B] (a label token), match [B, N] (shows the key of the query)."""

    demos: Array
    query: Array
    answer: Array
    match: np.ndarray[Any, np.dtype[np.bool_]]


def episodes(rng: np.random.Generator, batch: int, n: int, *, distinct: bool = False) -> Episodes:
    """`batch` episodes of n demonstrations over three to seven keys, the query's key being shown at least once.

    `distinct`: every demonstration has a key of its own (n <= 12), so that exactly one matches the query.
    """
    order = rng.permuted(np.tile(np.arange(KEYS), (batch, 1)), axis=1)
    if distinct:
        if n > KEYS:
            raise ValueError(f"there are {KEYS} keys, not {n}")
        keys = order[:, :n]
    else:
        width = rng.integers(3, 8, (batch, 1))
        keys = np.take_along_axis(order, rng.integers(0, 1 << 30, (batch, n)) % width, 1)
    label_of = rng.integers(0, LABELS, (batch, KEYS))
    asked = keys[np.arange(batch), rng.integers(0, n, batch)]
    fillers = FILLER + rng.integers(0, FILLERS, (batch, n + 1, 2))
    demos = np.empty((batch, n, DEMO), np.int64)
    demos[..., :2], demos[..., 2] = fillers[:, :n], KEY + keys
    demos[..., 3], demos[..., 4] = ARROW, LABEL + np.take_along_axis(label_of, keys, 1)
    demos[..., 5] = SEP
    query = np.concatenate([fillers[:, n], (KEY + asked)[:, None], np.full((batch, 1), ARROW)], 1)
    answer = LABEL + label_of[np.arange(batch), asked]
    return Episodes(demos, query, answer, keys == asked[:, None])


def as_demonstration(query: Array) -> Array:
    """[B, 4] -> [B, 6]: the query in a demonstration's shape (PAD for the label, then SEP)."""
    tail = np.tile([PAD, SEP], (len(query), 1))
    return np.concatenate([query, tail], 1)


def overlap(episode: Episodes) -> Array:
    """[B, N] tokens that a demonstration shares with the query (arrows aside): the baseline of selection."""
    words = episode.query[:, None, None, :3] == episode.demos[:, :, :3, None]
    return words.any(-1).sum(-1)
