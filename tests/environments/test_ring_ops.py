import numpy as np

from leadline.environments.ring_ops import (
    ALPHABET,
    LENGTH,
    RingTask,
    executed,
    noisy_answers,
    prompts,
    right,
    solutions,
    successors,
    verify,
    written,
)


def test_operations_by_hand():
    """From 20: +1, +3, +7, *2, *3, -5 in Z_23."""
    assert successors()[20].tolist() == [21, 0, 4, 17, 14, 15]


def test_every_prompt_can_be_answered_and_about_nine_of_216_are_right():
    assert len(prompts()) == 23 * 23
    counts = [len(solutions(*task)) for task in prompts()]
    assert sum(counts) == 23 * 6**3
    assert min(counts) >= 1


def test_solutions_are_exactly_what_the_verifier_accepts():
    task = RingTask(7, 11)
    found = {written(s) for s in solutions(*task)}
    operations = np.array(list(np.ndindex(6, 6, 6)))
    symbols = executed(np.full(216, 7), operations)
    accepted = right(np.full(216, 7), np.full(216, 11), symbols)
    assert found == {written(s) for s in symbols[accepted].tolist()}
    assert all(verify(task, text) for text in found)


def test_wrong_results_places_and_lengths_are_refused():
    task = RingTask(0, 3)
    good = "1bxc1d"  # 0 +1 1, *2 2, +1 3
    assert verify(task, good)
    assert not verify(task, "1bxd1d")  # a wrong fact on the way
    assert not verify(task, "b1xc1d")  # a number where an operation stands
    assert not verify(task, good[:-2])
    assert not verify(task, good + "a")
    assert not verify(task, "1bxc1?")
    assert not verify(RingTask(0, 4), good)
    assert len(good) == LENGTH
    assert len(set(ALPHABET)) == 29


def test_symbols_out_of_range_are_wrong_and_no_error():
    symbols = np.array([[-2, -1, 23, 1, 23, 2], [28, 28, 28, 28, 28, 28]])
    assert right(np.zeros(2, int), np.array([2, 2]), symbols).tolist() == [False, False]


def test_noise_replaces_what_it_says():
    """Without noise all is right; replaced operations keep every fact true; corrupted facts are about 1 in 20."""

    def shares(**noise):
        which, symbols = noisy_answers(np.random.default_rng(0), 4000, **noise)
        start, target = np.array(prompts())[which].T
        carried_out = executed(start, symbols[:, ::2] - 23)
        return right(start, target, symbols).mean(), (carried_out == symbols)[:, 1::2].mean()

    assert shares(replaced=0.0, corrupted=0.0) == (1.0, 1.0)
    ends_right, facts = shares(corrupted=0.0)
    assert facts == 1.0
    assert 0.85**3 < ends_right < 0.8
    assert abs(shares()[1] - (1 - 0.05 * 22 / 23)) < 0.01
