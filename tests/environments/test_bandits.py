"""BanditBench's arms, names, contextual tables and the environment."""

import numpy as np
import pytest

from leadline.environments.bandits import (
    CONFIGURATIONS,
    Arms,
    BanditEnvironment,
    arm_names,
    hardness,
    make_arms,
    people,
    ratings_bandit,
    read_ratings,
    synthetic_ratings,
)
from leadline.environments.base import Action
from leadline.errors import SourceError, UsageError


def test_bernoulli_arms_have_one_better_arm():
    for level, gap in (("easy", 0.5), ("hard", 0.2)):
        arms = make_arms(200, 5, np.random.default_rng(0), level=level)
        assert np.sort(arms.means, 1).tolist()[0] == pytest.approx([0.5 - gap / 2] * 4 + [0.5 + gap / 2])
        assert hardness(arms) == pytest.approx(np.full(200, gap))
        assert set(arms.means.argmax(1)) == set(range(5))


def test_gaussian_arms_and_their_label():
    arms = make_arms(4000, 5, np.random.default_rng(0), kind="gaussian", level="hard")
    assert arms.means.std() == pytest.approx(3, rel=0.03)
    assert hardness(Arms(np.array([[1.0, 3.0, 0.0]]), "gaussian", 3.0)) == pytest.approx([4 / 18])
    pulls = arms.pull(np.zeros(4000, int), np.random.default_rng(1)) - arms.means[:, 0]
    assert pulls.std() == pytest.approx(3, rel=0.05)


def test_names_are_distinct_and_fresh_lists():
    for domain in ("buttons", "videos", "ads", "clothes", "movies"):
        assert len(set(arm_names(domain, 30))) == 30
    arm_names("videos", 5).reverse()
    assert arm_names("videos", 3) == ["A", "B", "C"]  # nobody shuffles the list of another environment
    with pytest.raises(UsageError, match="buttons, videos, ads, movies, clothes"):
        arm_names("cars", 2)


def test_a_table_of_low_rank_is_recovered_and_features_have_unit_scale():
    rng = np.random.default_rng(0)
    table = rng.standard_normal((50, 3)) @ rng.standard_normal((3, 8))
    bandit = ratings_bandit(table, rank=3)
    assert bandit.rewards == pytest.approx(table)
    assert (bandit.contexts**2).mean() == pytest.approx(1)
    assert (ratings_bandit(table, 3, unit_scale=False).contexts ** 2).mean() == pytest.approx(1 / 50)
    ratings = synthetic_ratings(rng)
    assert set(np.unique(ratings)) <= {0, 1, 2, 3, 4, 5}
    assert (ratings == 0).mean() == pytest.approx(0.6, abs=0.03)


def test_the_sixteen_configurations_and_the_users():
    assert len(set(CONFIGURATIONS)) == 16
    assert {(c.k, c.domain, c.kind, c.level) for c in CONFIGURATIONS} == {
        (k, d, r, h) for k in (5, 20) for d in ("videos", "clothes") for r in ("bernoulli", "gaussian")
        for h in ("easy", "hard")
    }  # fmt: skip
    assert len(set(people(50, np.random.default_rng(0)))) > 45


def test_environment_ends_at_its_horizon():
    env = BanditEnvironment(Arms(np.array([[1.0, 0.0]])), ["A", "B"], horizon=2)
    first = env.step(Action("choose", {"name": "B"}))
    assert (first.reward, first.data["regret"], first.done) == (0.0, 1.0, False)
    assert "no arm" in env.step(Action("choose", {"name": "C"})).error
    assert env.step(Action("choose", {"name": "A"})).done
    assert "horizon" in env.step(Action("choose", {"name": "A"})).error


def test_ratings_of_the_user_become_a_table_of_the_most_rated(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("user,item,rating\nu1,A,5\nu1,B,2\nu2,A,3\nu2,C,4\nu3,C,1\nu4,D,5\n")
    table, items = read_ratings(path, 2)
    assert items == ["A", "C"]
    assert table.tolist() == [[5, 0], [3, 4], [0, 1]]  # nobody else rated A or C
    assert ratings_bandit(table, 2).rewards == pytest.approx(table)
    with pytest.raises(SourceError, match="rates 4 items, not 9"):
        read_ratings(path, 9)
    path.write_text("u1,A,5\nu2,B\n")
    with pytest.raises(SourceError, match="row 2: not user, item, rating"):
        read_ratings(path, 1)
    with pytest.raises(SourceError, match="Cannot read"):
        read_ratings(tmp_path / "absent.csv")
