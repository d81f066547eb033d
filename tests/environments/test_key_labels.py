"""Key-label episodes: what a demonstration is, and that the answer is in the demonstrations and nowhere else."""

import numpy as np
import pytest

from leadline.environments.key_labels import (
    ARROW,
    FILLER,
    KEY,
    LABEL,
    PAD,
    SEP,
    as_demonstration,
    episodes,
    overlap,
)


def test_a_demonstration_is_two_fillers_a_key_an_arrow_a_label_and_an_end():
    drawn = episodes(np.random.default_rng(0), 50, 8)
    assert drawn.demos.shape == (50, 8, 6)
    assert (drawn.demos[..., 3] == ARROW).all()
    assert (drawn.demos[..., 5] == SEP).all()
    assert ((drawn.demos[..., 2] >= KEY) & (drawn.demos[..., 2] < FILLER)).all()
    assert ((drawn.demos[..., :2] >= FILLER) & (drawn.demos[..., :2] < LABEL)).all()
    assert (drawn.query[:, 3] == ARROW).all()


def test_matching_demonstrations_show_the_answer():
    drawn = episodes(np.random.default_rng(1), 200, 8)
    assert drawn.match.any(1).all()
    assert (drawn.match == (drawn.demos[..., 2] == drawn.query[:, 2:3])).all()
    shown = np.where(drawn.match, drawn.demos[..., 4], drawn.answer[:, None])
    assert (shown == drawn.answer[:, None]).all()
    keys = [len(set(row)) for row in drawn.demos[..., 2]]
    assert max(keys) <= 7
    assert np.mean(drawn.answer == drawn.answer[::-1]) < 0.35  # labels are drawn anew


def test_distinct_demonstrations_have_one_match():
    drawn = episodes(np.random.default_rng(2), 100, 12, distinct=True)
    assert (drawn.match.sum(1) == 1).all()
    with pytest.raises(ValueError, match="12 keys"):
        episodes(np.random.default_rng(0), 2, 13, distinct=True)


def test_overlap_counts_shared_words():
    drawn = episodes(np.random.default_rng(3), 100, 12, distinct=True)
    counted = overlap(drawn)
    row, column = 7, 4
    shared = set(drawn.query[row, :3]) & set(drawn.demos[row, column, :3])
    assert counted[row, column] == sum(word in shared for word in drawn.demos[row, column, :3])
    assert (counted[drawn.match] >= 1).all()


def test_a_query_in_a_demonstrations_shape():
    assert as_demonstration(np.array([[20, 21, 5, ARROW]])).tolist() == [[20, 21, 5, ARROW, PAD, SEP]]
