"""The worked numbers of Dynamic-TreeRPO: steps, densities, the tree's credit and its cost."""

import itertools
import math

import numpy as np
import pytest
import torch

from leadline.environments import mode_toy
from leadline.errors import UsageError
from leadline.train.pilots.flow import ode_step, sde_logprob, sde_step, sigmas
from leadline.train.pilots.flow_trainer import FlowTraining, VelocityNet, improve
from leadline.train.pilots.flow_tree import (
    FlowPlan,
    adaptive_clip,
    edge_advantages,
    finish,
    grow,
    imitation_loss,
    leaf_advantages,
    tree_loss,
)

torch.set_num_threads(1)


def t(*values):
    return torch.tensor(values, dtype=torch.float64)


X, V = t(1, -0.5)[None], t(0.4, 0.2)[None]


def test_flow_step():
    step = sde_step(X, V, t(0.8), t(0.6), t(0.7), s_first=0.9)
    assert float(step.sd) / math.sqrt(0.2) == pytest.approx(1.4)
    assert step.mean[0].tolist() == pytest.approx([0.6554, -0.4273], abs=1e-9)
    assert float(step.sd) == pytest.approx(0.6260990, abs=1e-7)
    child = step.mean[:, None] + step.sd[:, None, None] * t(1, -1)
    assert child.flatten().tolist() == pytest.approx([1.28149903, -1.05339903], abs=1e-8)
    assert float(sde_logprob(child, step)) == pytest.approx(-0.95069181, abs=1e-8)


def test_dance_step():
    step = sde_step(X, V, t(0.8), t(0.6), t(0.3), s_first=0.9, form="dance")
    assert step.mean[0].tolist() == pytest.approx([0.90785, -0.534825], abs=1e-9)
    assert float(step.sd) == pytest.approx(0.13416408, abs=1e-8)


def test_the_first_step_takes_the_next_value_in_its_denominator():
    step = sde_step(X, V, t(1.0), t(0.9), t(0.7), s_first=0.9)
    assert float(step.sd) == pytest.approx(0.7 * math.sqrt(1 / 0.1) * math.sqrt(0.1))
    with pytest.raises(UsageError, match="larger"):
        sde_step(X, V, t(0.6), t(0.8), t(0.7), s_first=0.9)


def test_log_probability_is_the_mean_of_normal_densities():
    step = sde_step(X, V, t(0.8), t(0.6), t(0.7), s_first=0.9)
    child = t(0.3, 0.9, -0.2, 0.1).view(1, 2, 2)
    normal = torch.distributions.Normal(step.mean[:, None], step.sd[:, None, None])
    assert torch.allclose(sde_logprob(child, step), normal.log_prob(child).mean(-1), atol=1e-12)


def test_shifted_schedule():
    assert sigmas(10, 1.0).tolist() == pytest.approx([1 - i / 10 for i in range(11)])
    assert float(sigmas(2, 3.0)[1]) == pytest.approx(3 * 0.5 / (1 + 2 * 0.5))


@pytest.mark.parametrize(
    ("eta", "mean", "sd"), [(0, 1.4996, 0.3968), (0.3, 1.5001, 0.3968), (0.7, 1.5003, 0.4)]
)
def test_noise_keeps_the_marginal(eta, mean, sd):
    """Exact velocity of x_0 ~ N(1.5, .4^2), 200 steps, 40,000 samples (standard error .002 and .0014)."""
    rng, s = torch.Generator().manual_seed(0), sigmas(200, 1.0)
    x = torch.randn(40_000, 1, generator=rng, dtype=torch.float64)
    for now, then in itertools.pairwise(s):
        around = x - (1 - now) * 1.5
        variance = (1 - now) ** 2 * 0.16 + now**2
        v = now / variance * around - (1.5 + (1 - now) * 0.16 / variance * around)
        at = (now.expand(len(x)), then.expand(len(x)))
        if eta:
            step = sde_step(x, v, *at, torch.full_like(at[0], eta), float(s[1]))
            x = step.mean + step.sd[:, None] * torch.randn(x.shape, generator=rng, dtype=torch.float64)
        else:
            x = ode_step(x, v, *at)
    assert float(x.mean()) == pytest.approx(mean, abs=0.007)
    assert float(x.std()) == pytest.approx(sd, abs=0.006)


REWARD = t(0.2, 0.6, 0.9, 0.3)[None]


def test_credit_of_leaves_and_edges():
    leaf = leaf_advantages(REWARD)
    assert leaf[0].tolist() == pytest.approx([-0.948683, 0.316228, 1.264911, -0.632456], abs=1e-6)
    first, last = edge_advantages(leaf, 2, 2)
    assert first[0].tolist() == pytest.approx([-0.316228, 0.316228], abs=1e-6)
    assert torch.equal(last, leaf.view(2, 2))


def test_groups_without_spread_and_outliers():
    assert leaf_advantages(t(0.5, 0.5 + 1e-6, 0.5)[None]).abs().max() == 0
    many = torch.zeros(1, 100, dtype=torch.float64)
    many[0, 0] = 1.0
    assert float(leaf_advantages(many).max()) == 5.0


def test_noise_grows_linearly_and_the_clip_with_the_advantage():
    plan = FlowPlan(eta=0.7, growth=1.0)
    assert [x / 0.7 for x in plan.etas] == pytest.approx([1.25, 1.5, 1.75, 2])
    found = adaptive_clip(t(-2, 0, 2), 0.1, 0.3, 1.0)
    assert found.tolist() == pytest.approx([0.1238, 0.2, 0.2762], abs=1e-4)


@pytest.mark.parametrize(
    ("n", "start", "depth", "tree", "independent", "shared", "train", "train_independent"),
    [
        (25, 0, 4, 351, 400, 400, 15, 64), (25, 10, 4, 201, 400, 250, 15, 64),
        (25, 20, 4, 51, 400, 100, 15, 64), (16, 4, 3, 83, 128, 100, 7, 24),
    ],
)  # fmt: skip
def test_cost(n, start, depth, tree, independent, shared, train, train_independent):
    plan, single = FlowPlan(n, start=start, depth=depth), FlowPlan(n, start=start, depth=depth, branch=1)
    leaves = 2**depth
    assert plan.leaves == leaves
    assert plan.sampling_evaluations() == tree
    assert leaves * single.sampling_evaluations() == independent
    assert start + leaves * (single.sampling_evaluations() - start) == shared
    assert plan.training_evaluations() == train
    assert leaves * single.training_evaluations() == train_independent


def grown(branch=2, prompts=3, seed=0, depth=2, dtype=torch.float64):
    model = VelocityNet(2, 4, width=8, seed=1).to(dtype)
    rng = torch.Generator().manual_seed(seed)
    noise = torch.randn(prompts, 2, generator=rng, dtype=dtype)
    plan = FlowPlan(6, start=1, depth=depth, branch=branch)
    return model, noise, grow(model, noise, torch.arange(prompts) % 4, plan, rng), plan


def test_counted_evaluations_are_those_of_the_cost_model():
    for branch in (1, 2, 3):
        _, _, tree, plan = grown(branch)
        assert tree.evaluations == 3 * plan.sampling_evaluations()
        assert sum(len(layer.parent) for layer in tree.layers) == 3 * plan.training_evaluations()


def test_the_parent_of_child_j_is_j_over_b():
    _, _, tree, _ = grown()
    for above, below in itertools.pairwise(tree.layers):
        for j in range(len(below.parent)):
            assert torch.equal(below.parent[j], above.child[j // 2, j % 2])
            assert below.condition[j] == above.condition[j // 2]


def test_old_densities_are_the_densities_of_their_own_layer():
    """Right after sampling every ratio is 1: the loss is minus the mean edge advantage."""
    model, _, tree, plan = grown()
    edges = edge_advantages(torch.randn(3, 4, generator=torch.Generator().manual_seed(1)).double(), 2, 2)
    loss = tree_loss(model, tree, edges)
    assert float(loss.detach()) == pytest.approx(-float(torch.cat(edges).mean()), abs=1e-12)
    assert [float(layer.eta[0]) for layer in tree.layers] == pytest.approx(plan.etas)


def gradient(model, tree, edges, **more):
    model.zero_grad()
    tree_loss(model, tree, edges, **more).backward()
    return torch.cat([p.grad.flatten().clone() for p in model.parameters()])


def chosen(tree, roots, depth=2, branch=2):
    """The tree of some roots only, in the given order."""
    layers = []
    for k, layer in enumerate(tree.layers):
        width = branch**k
        index = (torch.tensor(roots)[:, None] * width + torch.arange(width)).flatten()
        layers.append(type(layer)(*(field[index] for field in layer)))
    return tree._replace(layers=layers, leaf=tree.leaf[torch.tensor(roots)])


def test_order_and_split_of_the_roots_do_not_matter():
    model, _, tree, _ = grown()
    leaf = torch.randn(3, 4, generator=torch.Generator().manual_seed(1)).double()
    whole = gradient(model, tree, edge_advantages(leaf, 2, 2))
    turned = gradient(model, chosen(tree, [2, 0, 1]), edge_advantages(leaf[[2, 0, 1]], 2, 2))
    assert torch.allclose(turned, whole, atol=1e-12)
    parts = [gradient(model, chosen(tree, [r]), edge_advantages(leaf[[r]], 2, 2)) for r in range(3)]
    assert torch.allclose(sum(parts) / 3, whole, atol=1e-12)


def test_an_independent_path_gets_its_own_advantage_on_every_step():
    leaf = leaf_advantages(REWARD).view(4, 1)
    for edge in edge_advantages(leaf, 3, 1):
        assert torch.equal(edge, leaf)


def test_equal_ranges_make_the_adaptive_clip_the_fixed_one():
    model, _, tree, _ = grown()
    edges = edge_advantages(torch.randn(3, 4, generator=torch.Generator().manual_seed(1)).double(), 2, 2)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.3)  # ratios away from 1
    fixed, adaptive = gradient(model, tree, edges), gradient(model, tree, edges, clip=(0.2, 0.2, 1.0))
    assert torch.allclose(fixed, adaptive)
    assert float(fixed.abs().sum()) > 0


def test_no_credit_no_gradient():
    model, _, tree, _ = grown()
    edges = edge_advantages(leaf_advantages(torch.ones(3, 4, dtype=torch.float64)), 2, 2)
    assert float(gradient(model, tree, edges).abs().max()) == 0


def test_imitation_aims_at_the_best_path():
    model, _, tree, _ = grown(prompts=1)
    reward = t(0, 0, 1, 0)[None]
    x0, x1, x2 = tree.layers[0].parent[0], tree.layers[0].child[0, 1], tree.layers[1].child[1, 0]
    dt = [float(layer.s_next[0] - layer.s[0]) for layer in tree.layers]
    losses = []
    for x, child, step, layer in ((x0, x1, dt[0], tree.layers[0]), (x1, x2, dt[1], tree.layers[1])):
        v = model(x[None], layer.s[:1], layer.condition[:1])[0]
        losses.append(((v - (child - x) / step) ** 2).mean())
    weight = 0.75 / 0.5  # (best - mean) / std
    expected = weight * sum(losses) / 2
    found = imitation_loss(model, tree, reward)
    assert float(found.detach()) == pytest.approx(float(expected.detach()), rel=1e-7)
    assert float(imitation_loss(model, tree, torch.ones(1, 4).double()).detach()) == 0


def test_windows_that_do_not_fit_are_refused():
    with pytest.raises(UsageError, match="window"):
        FlowPlan(steps=6, start=3, depth=4)
    with pytest.raises(UsageError, match="noise"):
        FlowPlan(growth=-1.0)


def test_mode_toy():
    points, condition = mode_toy.data(np.random.default_rng(0), 20_000)
    near = np.linalg.norm(points - mode_toy.CENTRES[condition], axis=1) < 1.5
    assert near.mean() == pytest.approx(0.4 + 0.6 / 4, abs=0.01)
    assert mode_toy.reward(np.array([2.0, 1.0]), np.array(3)) == pytest.approx(math.exp(-1 / 4))


def test_improvement_spends_its_budget_and_raises_the_reward():
    model = VelocityNet(1, 1, width=16, seed=0)
    training = FlowTraining(FlowPlan(4, shift=1.0, start=1, depth=2), prompts=8, lr=3e-3, imitation=0.01)
    noise = torch.randn(200, 1, generator=torch.Generator().manual_seed(1))

    def reward(x, condition):
        return -((x[..., 0] - 1) ** 2)

    def score():
        return float(
            reward(finish(model, noise, torch.zeros(200, dtype=torch.long), training.plan), None).mean()
        )

    before = score()
    spent = improve(model, reward, training, torch.Generator().manual_seed(0), budget=15_000)
    one = 8 * (training.plan.sampling_evaluations() + 2 * training.plan.training_evaluations())
    assert spent.evaluations == spent.iterations * one
    assert 15_000 <= spent.evaluations < 15_000 + one
    assert score() > before + 0.2
