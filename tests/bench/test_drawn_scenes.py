"""Drawn scenes: labels on hand-made boards, queries that are true, collections of equal prevalence."""

import numpy as np
import pytest

from leadline.bench.drawn_scenes import (
    COUNT,
    KINDS,
    RELATION,
    SIZE,
    SPECIES,
    Scenes,
    all_queries,
    ask,
    draw_scenes,
    kinds_of,
    near_misses,
    pictures,
    relevant,
    true_queries,
)
from leadline.errors import UsageError


def board(**cells):
    """One scene: board(c4=(3, True)) puts a large object of species 3 into the middle."""
    species, large = np.full((1, 9), -1), np.zeros((1, 9), bool)
    for name, (kind, big) in cells.items():
        species[0, int(name[1])], large[0, int(name[1])] = kind, big
    return Scenes(species, large)


def shows(scene, *query):
    return bool(relevant(scene, np.array(query))[0])


def test_labels_of_hand_made_boards():
    scene = board(c0=(3, True), c5=(7, False))  # top left; middle row, right
    assert shows(scene, 4, 0, 0)  # token = species + 1
    assert not shows(scene, 5, 0, 0)
    assert shows(scene, 4, SIZE + 1, 0)
    assert not shows(scene, 4, SIZE, 0)
    assert shows(scene, 8, COUNT + 1, 0)  # two objects
    assert not shows(scene, 8, COUNT, 0)
    assert shows(scene, 4, RELATION, 8)  # left of
    assert not shows(scene, 8, RELATION, 4)
    assert shows(scene, 4, RELATION + 1, 8)  # above
    same_row = board(c3=(3, True), c5=(7, False))
    assert not shows(same_row, 4, RELATION + 1, 8)


def test_drawn_queries_are_true_and_near_misses_mostly_false():
    rng = np.random.default_rng(0)
    scenes = draw_scenes(2000, rng)
    queries = true_queries(scenes, rng.integers(0, 4, 2000), rng)
    assert relevant(scenes, queries).all()
    assert set(kinds_of(queries)) == {0, 1, 2, 3}
    assert relevant(scenes, near_misses(queries, rng)).mean() < 0.2
    counts = (scenes.species >= 0).sum(1)
    assert (counts.min(), counts.max()) == (1, 4)
    assert len(all_queries("behavior")) == 2 * SPECIES * (SPECIES - 1)


def test_every_query_has_as_many_positives():
    rng = np.random.default_rng(1)
    scenes = draw_scenes(3000, rng)
    for kind in KINDS:
        for asked in ask(scenes, kind, 4, 10, rng):
            assert asked.labels.sum() == 10
            assert (relevant(scenes.picked(asked.rows), asked.query) == asked.labels).all()
    with pytest.raises(UsageError, match="Draw more"):
        ask(draw_scenes(20, rng), "behavior", 4, 10, rng)


def test_pictures_show_objects_where_they_are():
    image = pictures(board(c4=(0, True)), np.random.default_rng(0), noise=0.0)
    assert image.shape == (1, 3, 18, 18)
    assert image[0, 0, 6:12, 6:12].max() == pytest.approx(0.5)  # red minus grey
    assert abs(image[0, :, :6]).max() == 0
