"""EASE: transport, the bandit's arithmetic, baselines by hand, and its search on a small task."""

import numpy as np
import pytest

from leadline.errors import UsageError
from leadline.explore.exemplar_baselines import (
    best_of_n,
    best_subset,
    by_influence,
    determinantal,
    evolve,
    influences,
    mean_discrepancy,
    nearest,
    retrieve_then_sample,
)
from leadline.explore.exemplars import (
    Arm,
    EaseConfig,
    cosine_cost,
    ease,
    random_arms,
    select,
    transport_cost,
)
from leadline.explore.in_context_toy import InContextLearner
from leadline.explore.neural_ucb import NeuralUCB, diagonal_sigma

SMALL = EaseConfig(budget=30, initial=15, samples=40, keep=10, batches=2, hidden=(16,), steps=40)


def test_transport_cost_of_the_specification():
    cost = cosine_cost(np.eye(2), np.array([[1, 0], [0.6, 0.8], [0, 1]]))
    assert cost == pytest.approx(np.array([[0, 0.4, 1], [1, 0.2, 0]]))
    assert transport_cost(cost) == pytest.approx(0.1)


def test_diagonal_bonus_of_the_specification():
    g, mu, u = np.array([[0.5, -1, 2], [1, 0, 0.5]]), np.array([0.30, 0.55]), np.full(3, 0.1)
    sigma = diagonal_sigma(g, u)
    assert sigma == pytest.approx([0.229129, 0.111803], abs=1e-6)
    assert mu + sigma == pytest.approx([0.529129, 0.661803], abs=1e-6)
    after = u + g[1] ** 2
    assert after == pytest.approx([1.1, 0.1, 0.35])
    assert diagonal_sigma(g, after) == pytest.approx([0.147159, 0.040291], abs=1e-6)
    wide = mu + diagonal_sigma(g, u, nu=1)
    assert wide == pytest.approx([2.591288, 1.668034], abs=1e-6)
    assert wide.argmax() == 0


def test_the_bonus_of_the_network_is_the_one_from_its_gradients():
    bandit = NeuralUCB(3, (5, 4), steps=5)
    rng = np.random.default_rng(0)
    h = rng.standard_normal((6, 3))
    bandit.fit(h, rng.random(6))
    x = (h - bandit.shift) / bandit.scale
    for row in range(6):
        activations = bandit._forward(x[row : row + 1], bandit.weights)
        gradients = bandit._backward(activations, bandit.weights, np.ones((1, 1)))
        g = np.concatenate([part.ravel() for part in gradients])
        numeric = _numeric_gradient(bandit, x[row : row + 1])
        assert g == pytest.approx(numeric, abs=1e-5)
        assert bandit.score(h[row : row + 1]).sigma[0] == pytest.approx(
            diagonal_sigma(g[None], np.full(len(g), 0.1))[0]
        )
    before = bandit.score(h[:1]).sigma[0]
    bandit.chose(h[0])
    assert bandit.score(h[:1]).sigma[0] < before


def _numeric_gradient(bandit, x, eps=1e-6):
    found = []
    for pair in bandit.weights:
        for part in pair:
            flat = part.ravel()
            for i in range(flat.size):
                old = flat[i]
                up, down = (
                    bandit._forward(x, bandit.weights)[-1][0, 0] for flat[i] in (old + eps, old - eps)
                )
                flat[i] = old
                found.append((up - down) / (2 * eps))
    return np.array(found)


def test_the_network_learns_and_starts_again_from_the_same_weights():
    rng = np.random.default_rng(1)
    h = rng.standard_normal((40, 4))
    reward = (h[:, 0] > 0).astype(float)
    bandit = NeuralUCB(4, (32,), steps=300, lr=1e-2)
    bandit.fit(h, reward)
    first = bandit.score(h).mean
    assert np.corrcoef(first, reward)[0, 1] > 0.9
    bandit.fit(h, reward)
    assert bandit.score(h).mean == pytest.approx(first)


def test_influence_by_hand_and_last_best_wins():
    tried = [(Arm((0, 1)), 0.6), (Arm((0, 2)), 0.4), (Arm((1, 2)), 0.8)]
    assert influences(tried, 3) == pytest.approx([-0.3, 0.3, 0.0])
    assert select([(Arm((0,)), 0.5), (Arm((1,)), 0.5), (Arm((2,)), 0.1)]).best == Arm((1,))


def test_evolution_keeps_its_best_and_changes_one_position():
    learner = InContextLearner(0)
    found = evolve(learner.score, 100, 5, 40, 10)
    values = [v for _, v in found.tried]
    assert found.value == max(values)
    best = select(found.tried[:10]).best.exemplars
    assert sum(a != b for a, b in zip(best, found.tried[10][0].exemplars, strict=True)) == 1


def test_the_toy_has_the_noise_it_claims_and_order_matters():
    learner = InContextLearner(3, noise=0.5)
    assert learner.wrong.sum() == 50
    arms = random_arms(np.random.default_rng(0), 30, 100, 5)
    turned = [Arm(arm.exemplars[::-1]) for arm in arms]
    assert any(learner.score(a) != learner.score(b) for a, b in zip(arms, turned, strict=True))
    costs = [[learner.cost(arm.exemplars) for arm in both] for both in (arms, turned)]
    assert costs[0] == pytest.approx(costs[1])
    assert not np.allclose(learner.embed(arms), learner.embed(turned))
    assert np.allclose(learner.embed_bag(arms), learner.embed_bag(turned))


def test_selection_spends_its_budget_repeats_itself_and_beats_the_nearest():
    learner = InContextLearner(0)
    runs = [ease(learner.score, learner.embed, 100, 5, SMALL, cost=learner.cost) for _ in range(2)]
    assert runs[0] == runs[1]
    assert len(runs[0].tried) == 30
    assert runs[0].value >= max(v for _, v in runs[0].tried[:15])
    assert runs[0].value > learner.score(Arm(nearest(learner.rows, learner.validation_rows, 5)))
    assert best_of_n(learner.score, 100, 5, 20).value <= 1
    with pytest.raises(UsageError, match="budget of 0"):
        ease(learner.score, learner.embed, 100, 5, EaseConfig(budget=0))


def test_it_stops_at_a_perfect_list_and_chooses_the_instruction_too():
    def score(arm):
        return 0.5 * (arm.instruction == 3) + 0.25 * (arm.exemplars[-1] < 5) + 0.25 * (0 in arm.exemplars)

    def embed(arms):
        return np.array(
            [[*np.eye(6)[a.instruction], a.exemplars[-1] < 5, 0 in a.exemplars] for a in arms], float
        )

    found = ease(score, embed, 12, 3, SMALL, instructions=6)
    assert found.best.instruction == 3
    if found.value == 1.0:
        assert len(found.tried) <= 30
        assert found.tried[-1][1] == 1.0


ROWS = np.array([[1.0, 0.0], [0.0, 1.0], [0.8, 0.6], [-1.0, 0.0]])


def test_subsets_by_their_criteria_by_hand():
    validation = np.array([[1.0, 0.0], [0.0, 1.0]])
    discrepancy = mean_discrepancy(validation)
    assert discrepancy(ROWS[:2]) == 0.0
    assert discrepancy(ROWS[[0]]) == pytest.approx(0.5**0.5)
    dpp = determinantal(validation, eps=0.0)
    # e1 and e2: 20 (1/2 + 1/2) + ln det I = 20; e1 and (.8, .6): 20 (.5 + .7) + ln(1 - .64)
    assert dpp(ROWS[:2]) == pytest.approx(-20.0)
    assert dpp(ROWS[[0, 2]]) == pytest.approx(-(24 + np.log(0.36)))
    assert dpp(ROWS[[0, 0]]) == np.inf  # two of the same: never
    asked = []
    found = best_subset(lambda arm: asked.append(arm) or 0.5, ROWS, 2, discrepancy, 200)
    assert set(found.best.exemplars) == {0, 1}
    assert asked == [found.best]


def test_retrieval_stays_in_its_shortlist_and_influence_takes_the_strongest():
    learner = InContextLearner(1)
    near = set(nearest(learner.rows, learner.validation_rows, 10))
    found = retrieve_then_sample(learner.score, learner.rows, learner.validation_rows, 5, 30)
    assert len(found.tried) == 30
    assert all(set(arm.exemplars) <= near for arm, _ in found.tried)
    assert learner.evaluations == 30

    def score(arm):
        return 0.5 * (3 in arm.exemplars) + 0.3 * (7 in arm.exemplars)

    by = by_influence(score, 10, 2, 60)
    assert by.best.exemplars == (7, 3)
    assert len(by.tried) == 60


def test_thompson_draws_repeat_with_the_seed_and_differ_from_the_bound():
    import msgspec

    learner = InContextLearner(0)
    drawn = msgspec.structs.replace(SMALL, style="thompson")
    runs = [ease(learner.score, learner.embed, 100, 5, c, cost=learner.cost) for c in (drawn, drawn, SMALL)]
    assert runs[0] == runs[1]
    assert runs[0].tried[:15] == runs[2].tried[:15]
    assert runs[0].tried != runs[2].tried


def test_instructions_of_the_toy_matter_and_are_seen():
    learner = InContextLearner(0, instructions=6)
    arms = [Arm((0, 1, 2, 3, 4), i) for i in range(6)]
    assert learner.embed(arms).shape == (6, 5 * 16 + 6)
    lists = [a.exemplars for a in random_arms(np.random.default_rng(0), 40, 100, 5)]
    means = [np.mean([learner.test(Arm(e, i)) for e in lists]) for i in range(6)]
    assert max(means) - min(means) > 0.1
    plain = InContextLearner(0)
    assert plain.embed(arms[:1]).shape == (1, 5 * 16)
    assert (plain.x == learner.x).all()  # the same pool and items with and without instructions
