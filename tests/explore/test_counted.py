import numpy as np
import pytest

from leadline.errors import ModelError
from leadline.explore.cells import Cell
from leadline.explore.counted import Counted


class Errs:
    """Gives no usable answer to every n-th judgement."""

    def __init__(self, every):
        self.every, self.asked = every, 0

    def choose_state(self, cells, untried):
        self.asked += 1
        if self.asked % self.every == 0:
            raise LookupError
        return 1

    def choose_action(self, cell, actions):
        return self.choose_state([cell], actions) if self.asked % 2 else len(actions)

    def accept(self, cell, archive):
        return self.choose_state([], []) == 1


CELLS = [Cell(id, None, [], None, 2) for id in "ab"]


def test_one_error_in_five_is_borne_and_more_are_not():
    judged, rng = Counted(Errs(5), 0.2), np.random.default_rng(0)
    picked = [judged.state(CELLS, [1, 1], rng) for _ in range(40)]
    assert (judged.judgements, judged.errors) == (40, 8)
    assert all(k == 1 for n, k in enumerate(picked, 1) if n % 5)
    judged = Counted(Errs(4), 0.2)
    for _ in range(19):
        judged.state(CELLS, [1, 1], rng)
    with pytest.raises(ModelError, match="in 5 of 20 judgements"):
        judged.state(CELLS, [1, 1], rng)


def test_a_number_that_is_no_index_is_an_error_and_chance_decides():
    judged, rng = Counted(Errs(99), 1.0), np.random.default_rng(0)
    drawn = {judged.action(CELLS[0], [3, 4, 5], rng) for _ in range(30)}
    assert drawn == {0, 1, 2}
    assert judged.errors == 30


def test_a_judge_that_errs_accepts_nothing():
    judged = Counted(Errs(2), 1.0)
    assert [judged.accepts(CELLS[0], CELLS) for _ in range(4)] == [True, False, True, False]
    assert (judged.judgements, judged.errors) == (4, 2)
