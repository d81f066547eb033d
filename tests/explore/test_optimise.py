"""Campaigns: metrics by hand, the exact GP, proposers, and the paper's pattern where the specification found it."""

import json

import numpy as np
import pytest

from leadline.environments.reactions import reaction_space
from leadline.explore.botorch_peer import BoTorch
from leadline.explore.campaign import (
    Campaign,
    Trial,
    balance,
    bootstrap_median,
    campaign,
    cliffs_delta,
    complexity,
    cumulative_entropy,
    importance_balance,
    radar_area,
    random_best_of,
    size_of,
)
from leadline.explore.gaussian import (
    Posterior,
    expected_improvement,
    hamming_kernel,
    posterior,
    probability_of_improvement,
    upper_confidence,
)
from leadline.explore.optimise import (
    ForestEI,
    GaussianProcess,
    ModelProposer,
    OneFactor,
    PriorKnowledge,
    RandomProposer,
    additive_effects,
)
from leadline.models.scripted import ScriptedModel

TOY = reaction_space("alkylation-deprotection")


@pytest.mark.parametrize(
    ("name", "mean", "median"),
    [
        ("buchwald-hartwig", 84.81, 85.66),
        ("suzuki-doyle", 92.82, 93.69),
        ("reductive-amination", 93.49, 97.0),
        ("chan-lam", 56.34, 55.37),
    ],
)
def test_best_of_20_by_chance_exactly(name, mean, median):
    assert random_best_of(reaction_space(name).measured(), 20) == pytest.approx((mean, median), abs=0.0055)


def test_entropy_delta_and_labels():
    assert cumulative_entropy([(k,) for k in range(20)], [24]) == pytest.approx(0.9426, abs=5e-5)
    assert cumulative_entropy([(0,)] * 10 + [(1,)] * 10, [4]) == pytest.approx(0.5)
    assert cumulative_entropy([(0, 0)] * 3, [1, 5]) == 0
    assert cliffs_delta([3, 4], [1, 3]) == 0.75
    assert [size_of(d) for d in (0.1, -0.3, 0.4, 0.5)] == ["negligible", "small", "medium", "large"]


def test_expected_improvement_and_friends():
    one = Posterior(np.ones(1), np.ones(1))
    assert expected_improvement(one, 1.0, 0.0)[0] == pytest.approx(0.3989, abs=5e-5)
    assert probability_of_improvement(one, 1.0, 0.0)[0] == 0.5
    assert upper_confidence(one, 0.0)[0] == 3.0
    sure = Posterior(np.array([2.0, 0.0]), np.zeros(2))
    assert expected_improvement(sure, 1.0, 0.0).tolist() == [1.0, 0.0]


def test_posterior_against_the_textbook_formula():
    rng = np.random.default_rng(0)
    x, grid, y = rng.integers(0, 3, (6, 4)), rng.integers(0, 3, (9, 4)), rng.standard_normal(6)
    k, cross = hamming_kernel(x, x), hamming_kernel(grid, x)
    p = posterior(k, cross, np.ones(9), y)
    inverse = np.linalg.inv(k + 0.01 * np.eye(6))
    assert p.mean == pytest.approx(cross @ inverse @ y)
    assert p.sd**2 == pytest.approx(1 - np.einsum("ij,jk,ik->i", cross, inverse, cross))
    one_hot = np.concatenate([np.eye(3)[x[:, j]] for j in range(4)], axis=1)
    rbf = np.exp(-((one_hot[:, None] - one_hot[None]) ** 2).sum(-1) / (2 * 1.5))
    assert k == pytest.approx(rbf)


@pytest.mark.slow
def test_posterior_agrees_with_gpytorch():
    torch, gpytorch = pytest.importorskip("torch"), pytest.importorskip("gpytorch")
    rng = np.random.default_rng(1)
    x, grid, y = rng.integers(0, 4, (12, 5)), rng.integers(0, 4, (30, 5)), rng.standard_normal(12)

    def hot(s):
        return torch.tensor(np.concatenate([np.eye(4)[s[:, j]] for j in range(5)], axis=1))

    class Model(gpytorch.models.ExactGP):
        def __init__(self, likelihood):
            super().__init__(hot(x), torch.tensor(y), likelihood)
            self.mean_module, self.covar_module = gpytorch.means.ZeroMean(), gpytorch.kernels.RBFKernel()
            self.covar_module.lengthscale = 1.5**0.5

        def forward(self, z):
            return gpytorch.distributions.MultivariateNormal(self.mean_module(z), self.covar_module(z))

    likelihood = gpytorch.likelihoods.GaussianLikelihood(
        noise_constraint=gpytorch.constraints.Positive()
    ).double()
    likelihood.noise = 0.01
    model = Model(likelihood).double().eval()
    with torch.no_grad():
        theirs = model(hot(grid))
    ours = posterior(hamming_kernel(x, x), hamming_kernel(grid, x), np.ones(30), y)
    assert ours.mean == pytest.approx(theirs.mean.numpy(), abs=1e-6)
    assert ours.sd**2 == pytest.approx(theirs.variance.numpy(), abs=1e-6)


@pytest.mark.parametrize("make", [RandomProposer, OneFactor, GaussianProcess, ForestEI])
def test_proposers_stay_inside_do_not_repeat_and_repeat_themselves(make):
    runs = [campaign(TOY, make(TOY, seed=3), 20) for _ in range(2)]
    assert [t.setting for t in runs[0].trials] == [t.setting for t in runs[1].trials]
    assert (runs[0].duplicates, runs[0].invalid) == (0, 0)
    assert runs[0].best == max(t.value for t in runs[0].trials)
    assert (np.diff(runs[0].best_so_far) >= 0).all()


def test_a_gp_finds_the_best_of_a_small_space_sooner_than_chance():
    steps = {}
    for make in (RandomProposer, GaussianProcess):
        curves = [campaign(TOY, make(TOY, seed=s), 40).best_so_far for s in range(8)]
        steps[make] = np.mean([np.argmax(c == np.nanmax(TOY.values)) if c[-1] == 100 else 40 for c in curves])
    assert steps[GaussianProcess] < steps[RandomProposer]


def test_prior_knowledge_uses_names_and_corrects_itself():
    base, effects = additive_effects(TOY)
    right = [campaign(TOY, PriorKnowledge(TOY, base, effects, s), 8).best for s in range(6)]
    rng = np.random.default_rng(0)
    mixed = [
        campaign(TOY, PriorKnowledge(TOY, base, [rng.permutation(e) for e in effects], s), 8).best
        for s in range(6)
    ]
    assert np.mean(right) > np.mean(mixed)
    greedy = PriorKnowledge(TOY, base, effects, tau=0)
    history = [
        Trial(greedy.propose([]), 0.0)
    ]  # the favourite disappoints: another one comes, not the same again
    assert greedy.propose(history) != history[0].setting


@pytest.mark.slow
@pytest.mark.parametrize("acquisition", ["ei", "ucb"])
def test_botorch_proposes_new_settings_and_repeats_itself(acquisition):
    pytest.importorskip("botorch")
    runs = [campaign(TOY, BoTorch(TOY, 2, acquisition=acquisition), 5) for _ in range(2)]
    assert runs[0] == runs[1]
    assert (runs[0].duplicates, runs[0].invalid) == (0, 0)
    assert BoTorch(TOY, acquisition=acquisition).name == f"botorch-{acquisition}"


def test_descriptors_replace_one_hot():
    features = np.random.default_rng(0).standard_normal((TOY.values.size, 5))
    proposer = GaussianProcess(TOY, "ucb", features=features)
    assert proposer.name == "gp-ucb-descriptors"
    assert campaign(TOY, proposer, 6).duplicates == 0


def test_a_models_bad_answers_are_spent_and_counted():
    good = json.dumps({p.name: p.options[0] for p in TOY.parameters})
    model = ScriptedModel([good, good, "no idea", json.dumps({TOY.parameters[0].name: "gold"})])
    run = campaign(TOY, ModelProposer(TOY, model), 4)
    assert (run.duplicates, run.invalid) == (2, 2)  # the two unusable answers are one and the same proposal
    assert run.best == TOY.values[0, 0, 0]
    assert "1. " + TOY.parameters[0].options[0] in model.asked[1][-1].content


@pytest.mark.parametrize(
    ("name", "value", "normalised"), [("reductive-amination", 0.744, 0.360), ("chan-lam", 0.900, 0.749)]
)
def test_balance_of_importances(name, value, normalised):
    pytest.importorskip("sklearn")
    assert importance_balance(reaction_space(name)) == pytest.approx((value, normalised), abs=0.006)


def test_balance_and_radar_by_hand():
    assert balance([1, 1]) == (1.0, 1.0)
    assert balance([3, 1]) == pytest.approx((0.75, 0.5))
    assert radar_area([1, 2, 1, 2], [2, 2, 2, 2]) == pytest.approx(0.5 * 4 * 0.5)


def test_entropy_along_the_way_and_names_dealt_anew():
    run = Campaign(tuple(Trial((k % 2, 0, 0), 1.0) for k in range(4)))
    assert run.entropy((2, 1, 1), 1) == 0.0
    assert run.entropy((2, 1, 1), 2) == pytest.approx(1 / 3)
    other = TOY.renamed(np.random.default_rng(0))
    assert (other.values == TOY.values).all()
    assert [sorted(p.options) for p in other.parameters] == [sorted(p.options) for p in TOY.parameters]
    assert other.parameters != TOY.parameters


def test_summaries():
    assert complexity(TOY)[:3] == (96, 3, 6.0)
    median, low, high = bootstrap_median([1, 2, 3, 4, 100])
    assert low <= median == 3 <= high
    assert Campaign(()).duplicates == 0
