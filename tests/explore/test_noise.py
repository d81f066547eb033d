"""CARINOX: regulariser, clipping, weights and correlations by numbers; landscapes with true gradients; bad rewards."""

import numpy as np
import pytest

from leadline.errors import UsageError
from leadline.explore.noise import (
    RELEASED_CATEGORIES,
    NoiseConfig,
    best_of_noise,
    category_weights,
    clip_norm,
    combined_gradient,
    correlations,
    explore_noise,
    norm_penalty,
    optimise_noise,
    prompt_weights,
)
from leadline.explore.noise_toys import (
    FlowGenerator,
    bumps,
    rated_items,
    shape_grids,
    spearman_by_category,
    tangled,
)

ONES = np.ones(4)


def test_norm_penalty_and_its_minimum():
    value, gradient = norm_penalty(np.array([1.0, 2, 2, 0]))
    assert value == pytest.approx(1.20416313, abs=1e-8)
    assert 0.01 * value == pytest.approx(0.01204163, abs=1e-8)
    assert gradient == pytest.approx([2 / 3, 4 / 3, 4 / 3, 0])
    assert norm_penalty(np.full(4, np.sqrt(3 / 4)))[1] == pytest.approx(np.zeros(4))
    with pytest.raises(UsageError, match="length 0"):
        norm_penalty(np.zeros(3))


def test_a_small_reward_survives_only_its_own_clip():
    g = np.array([[3.0, 4.0], [0.03, -0.04]])
    assert clip_norm(g[0], 0.1) == pytest.approx([0.06, 0.08])
    config = NoiseConfig(regular=0.0)
    assert combined_gradient(g, np.ones(2), np.zeros(2), config) == pytest.approx([0.09, 0.04])
    joint = combined_gradient(g, np.ones(2), np.zeros(2), NoiseConfig(regular=0.0, mode="joint"))
    assert joint == pytest.approx([0.06077, 0.07942], abs=5e-6)


def test_correlations_and_weights():
    found = correlations([5, 3, 4, 1, 2], [0.9, 0.4, 0.8, 0.3, 0.2])
    assert found == pytest.approx((0.913812, 0.8, 0.9), abs=1e-6)
    assert category_weights([0.24, 0.58, 0.79, 0.68]) == pytest.approx(
        [0.41921, 1.01310, 1.37991, 1.18777], abs=1e-5
    )
    assert category_weights([-0.1, 0.0]).tolist() == [1, 1]
    assert all(abs(w.sum() - 4) < 0.1 for name, w in RELEASED_CATEGORIES.items() if name != "3d")
    mixed = prompt_weights(RELEASED_CATEGORIES, [("color", 0.5), ("shape", 0.5)], 5.0)
    assert mixed == pytest.approx(2.5 * (RELEASED_CATEGORIES["color"] + RELEASED_CATEGORIES["shape"]))
    with pytest.raises(UsageError, match="'smell'"):
        prompt_weights(RELEASED_CATEGORIES, [("smell", 1.0)])


def test_spearman_uses_mean_ranks_for_ties():
    from scipy.stats import kendalltau, spearmanr

    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 5, 40), rng.integers(0, 5, 40)
    ours = correlations(x, y)
    assert ours.spearman == pytest.approx(spearmanr(x, y).statistic)
    assert ours.kendall == pytest.approx(kendalltau(x, y).statistic)


@pytest.mark.parametrize(
    ("make", "d"), [(bumps, 8), (tangled, 32), (lambda s: FlowGenerator(s, steps=30).rewards(s), 64)]
)
def test_gradients_of_the_landscapes_are_true(make, d):
    rewards, z = make(1), np.random.default_rng(2).standard_normal(d)
    losses, gradients = rewards(z)
    for axis in range(0, d, max(1, d // 6)):
        e = 1e-6 * np.eye(d)[axis]
        numeric = (rewards(z + e)[0] - rewards(z - e)[0]) / 2e-6
        assert gradients[:, axis] == pytest.approx(numeric, abs=1e-6)
    assert ((losses > 0) & (losses < 1)).all()


def test_the_best_on_the_path_is_a_copy_and_never_worse_than_the_start():
    rewards = bumps(3)
    z0 = np.random.default_rng(4).standard_normal(8)
    found = optimise_noise(rewards, z0, 5 * ONES, NoiseConfig(steps=30, lr=1.0))
    assert found.total <= rewards(z0)[0].sum()
    assert rewards(found.z)[0].sum() == pytest.approx(found.total)
    assert optimise_noise(rewards, z0, ONES, NoiseConfig(steps=1)).z.tolist() == z0.tolist()


def test_five_starts_beat_one_and_chance_at_equal_calls():
    one, five, chance = [], [], []
    for s in range(12):
        rewards = bumps(s)
        five.append(explore_noise(rewards, 8, 5 * ONES, NoiseConfig(steps=20, starts=5, lr=1.0), s).total)
        one.append(explore_noise(rewards, 8, 5 * ONES, NoiseConfig(steps=100, starts=1, lr=1.0), s).total)
        chance.append(best_of_noise(rewards, 8, 100, s).total)
    assert np.mean(five) < np.mean(one) < np.mean(chance)


def test_rewards_that_are_not_numbers_end_their_path_only():
    def breaks(z):
        losses, gradients = bumps(5)(z)
        return (losses * np.nan if z[0] > 0.3 else losses), gradients

    assert np.isfinite(explore_noise(breaks, 8, ONES, NoiseConfig(steps=10, lr=1.0), 0).total)
    with pytest.raises(UsageError, match="No start"):
        explore_noise(lambda z: (ONES * np.nan, np.zeros((4, 8))), 8, ONES, NoiseConfig(steps=3))


def test_the_flow_learns_and_category_weights_help():
    flow = FlowGenerator(0, steps=200)
    assert np.mean(flow.losses[-20:]) < 0.6 * np.mean(flow.losses[:5])
    assert set(np.unique(shape_grids(np.random.default_rng(0), 5))) == {-1.0, 1.0}
    category, human, metrics = rated_items(np.random.default_rng(1), 900)
    equal = spearman_by_category(category, human, metrics.sum(1))
    weighted = np.zeros(900)
    for c in range(3):
        rows = category == c
        weighted[rows] = metrics[rows] @ category_weights(
            [correlations(human[rows], m).spearman for m in metrics[rows].T]
        )
    assert spearman_by_category(category, human, weighted) > equal + 0.05


def test_no_budget_and_noises_without_finite_rewards_are_said():
    with pytest.raises(UsageError, match="at least one step"):
        optimise_noise(bumps(1), np.ones(8), ONES, NoiseConfig(steps=0))
    with pytest.raises(UsageError, match="None of 0 noises"):
        best_of_noise(bumps(1), 8, 0)

    def mostly_broken(z):
        losses, gradients = bumps(5)(z)
        return (losses if z[0] > 0.5 else losses * np.inf), gradients

    assert np.isfinite(best_of_noise(mostly_broken, 8, 20, 0).total)
