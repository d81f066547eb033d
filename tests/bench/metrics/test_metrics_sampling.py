import pytest

from leadline.bench.metrics.sampling import maj_at_k, pass_at_k, worst_at_k


def test_values_of_the_objectives_specification():
    assert [pass_at_k(16, 3, k) for k in (1, 2, 4, 8, 16)] == pytest.approx(
        [0.1875, 0.35, 0.607143, 0.9, 1], abs=5e-7
    )
    assert [worst_at_k(16, 12, k) for k in (1, 2, 4, 8)] == pytest.approx(
        [0.75, 0.55, 0.271978, 0.038462], abs=5e-7
    )


def test_by_hand():
    assert pass_at_k(10, 3, 1) == pytest.approx(0.3)
    assert pass_at_k(4, 2, 2) == pytest.approx(1 - 1 / 6)
    assert worst_at_k(4, 2, 2) == pytest.approx(1 / 6)
    assert pass_at_k(5, 0, 3) == 0


def test_k_of_one_is_the_mean_for_both():
    assert pass_at_k(8, 3, 1) == worst_at_k(8, 3, 1) == pytest.approx(3 / 8)


def test_majority():
    assert maj_at_k(["a", "b", "a"], "a", 3) == 1.0
    assert maj_at_k(["a", "b", "b"], "a", 3) == 0.0
    # k=1: the share of right answers
    assert maj_at_k(["a", "b", "b", "b"], "a", 1, draws=4000) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(("n", "c", "k"), [(4, 5, 1), (4, 1, 0), (4, 1, 5)])
def test_impossible_counts_are_refused(n, c, k):
    with pytest.raises(ValueError, match=f"n={n}"):
        pass_at_k(n, c, k)
