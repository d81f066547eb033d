"""The worked numbers of the retrieval process, and what must not leak from the future into a key."""

import pytest
import torch

from leadline.train.pilots.latents import gaussian_kl
from leadline.train.pilots.q_networks import RetrievalQ
from leadline.train.pilots.retrieval_process import (
    RetrievalProcess,
    Summaries,
    Trajectories,
    attend,
    two_level_topk,
)

KEYS = torch.tensor([[[1.0, 0], [0, 1]], [[1, 1], [2, 0]], [[-1, 0], [0, -1]]])
VALUES = torch.tensor([[[1.0, 0], [2, 0]], [[0, 1], [0, 3]], [[5, 5], [5, 5]]])
QUERY = torch.tensor([1.0, 0.5])
LOGITS = KEYS @ QUERY / 2**0.5


def test_logits_and_scores_of_the_worked_example():
    expected = [0.707107, 0.353553, 1.060660, 1.414214, -0.707107, -0.353553]
    assert LOGITS.flatten().tolist() == pytest.approx(expected, abs=1e-6)
    alpha = LOGITS.flatten().softmax(0).view(3, 2)
    assert alpha.flatten().tolist() == pytest.approx(
        [0.174102, 0.122252, 0.247942, 0.353098, 0.042327, 0.060279], abs=1e-6
    )
    assert alpha.sum(1).tolist() == pytest.approx([0.296354, 0.601040, 0.102606], abs=1e-6)


def test_two_trajectories_and_two_states_are_kept():
    weights = two_level_topk(LOGITS, 2, 2)
    assert weights[1].tolist() == pytest.approx([0.412521, 0.587479], abs=1e-6)
    assert float(weights.sum()) == pytest.approx(1)


def test_states_come_from_kept_trajectories_only():
    """The best state is alone in its trajectory; another trajectory scores more as a whole."""
    logits = torch.tensor([[2.0, -9, -9], [1.5, 1.5, 1.5]])
    assert (two_level_topk(logits, 1, 2)[0] == 0).all()
    assert float(two_level_topk(logits, 2, 1)[0, 0]) == 1.0


def test_trajectories_can_be_chosen_by_what_they_earned():
    weights = two_level_topk(LOGITS, 1, 2, torch.tensor([1.0, 2, 5]))
    assert weights[2].tolist() == pytest.approx(LOGITS[2].softmax(0).tolist())
    assert (weights[:2] == 0).all()
    torch.manual_seed(1)
    network = RetrievalQ(3, 4, hidden=8, channels=6, by_return=True)
    assert torch.equal(network.summarise(batch()).worth, batch().reward.sum(-1))


def test_more_than_there_is_keeps_everything():
    assert torch.allclose(two_level_topk(LOGITS, 9, 9).flatten(), LOGITS.flatten().softmax(0))


def test_gradients_flow_through_the_kept_states_only():
    logits = LOGITS.clone().requires_grad_()
    (two_level_topk(logits, 2, 2) * torch.arange(6.0).view(3, 2)).sum().backward()
    assert (logits.grad[[0, 2]] == 0).all()
    assert (logits.grad[1] != 0).all()


def process(**sizes):
    torch.manual_seed(0)
    return RetrievalProcess(2, 2, slots=1, k_traj=2, k_states=2, **sizes)


def test_what_is_retrieved():
    tested = process()
    for layer in (tested.query, tested.key, tested.value):
        torch.nn.init.eye_(layer.weight)
    found = tested.retrieve(QUERY.view(1, 1, 1, 2), Summaries(KEYS[None], VALUES[None]))
    assert found.flatten().tolist() == pytest.approx([0, 2.174958], abs=1e-6)


def test_information_of_a_slot():
    mu, sigma = torch.tensor([0.5, -0.2]), torch.tensor([0.5, 1.0])
    prior = torch.zeros(2), torch.tensor([1.0, 1.5])
    terms = [
        float(gaussian_kl(mu[i : i + 1], sigma[i : i + 1], *(p[i : i + 1] for p in prior))) for i in (0, 1)
    ]
    assert terms == pytest.approx([0.4431472, 0.1365762], abs=1e-6)
    total = float(gaussian_kl(mu, sigma, *prior))
    assert total == pytest.approx(0.5797234, abs=1e-6)
    assert 0.3 * total == pytest.approx(0.1739170, abs=1e-6)


def test_the_agent_reads_the_slots():
    z = torch.tensor([[1.0, 0], [0, 2]])
    u = attend(torch.tensor([[1.0, 0]]), z, z)
    assert u.flatten().tolist() == pytest.approx([0.669762, 0.660477], abs=1e-6)
    assert (torch.tensor([0.2, 0.1]) + u).flatten().tolist() == pytest.approx([0.869762, 0.760477], abs=1e-6)


def test_the_mean_passes_where_there_is_no_noise():
    tested, state, slots = process(), torch.ones(1, 1, 2), torch.ones(1, 1, 1, 2)
    summaries = Summaries(KEYS[None], VALUES[None])
    torch.nn.init.zeros_(tested.posterior.out.weight[2:])
    with torch.no_grad():
        tested.posterior.out.bias[2:] = -20.0
    drawn = tested(state, slots, summaries, torch.Generator().manual_seed(0)).z
    assert torch.allclose(drawn, tested(state, slots, summaries, None).z, atol=1e-3)


def batch(seed=0, groups=2, n=5, steps=6):
    rng = torch.Generator().manual_seed(seed)
    shape = groups, n, steps
    action = torch.randint(4, shape, generator=rng)
    reward = (torch.rand(shape, generator=rng) < 0.5).float()
    return Trajectories(
        torch.randn(*shape, 3, generator=rng), action, reward, reward, action.roll(1, -1), reward.roll(1, -1)
    )


def network():
    torch.manual_seed(1)
    return RetrievalQ(3, 4, hidden=8, channels=6)


def summaries_with(**changed):
    with torch.no_grad():
        return network().summarise(batch()._replace(**changed))


def test_keys_know_the_past_and_values_the_future():
    now = batch().observation.clone()
    now[:, :, 3] += 1
    before, changed = summaries_with(), summaries_with(observation=now)
    assert torch.equal(before.past[:, :, :3], changed.past[:, :, :3])
    assert not torch.isclose(before.past[:, :, 3:], changed.past[:, :, 3:]).all(-1).any()
    assert torch.equal(before.future[:, :, 4:], changed.future[:, :, 4:])
    assert not torch.isclose(before.future[:, :, :4], changed.future[:, :, :4]).all(-1).any()


@torch.no_grad()
def test_matching_uses_the_past_and_answers_with_the_future():
    tested = process()
    torch.nn.init.eye_(tested.value.weight)
    ask = torch.ones(1, 1, 1, 2)
    where = torch.stack([torch.arange(6.0), torch.ones(6)], -1).view(1, 3, 2, 2)
    weights = two_level_topk(
        (tested.key(KEYS) @ tested.query(ask).flatten()).view(3, 2) / 2**0.5, 2, 2
    )  # of the past alone
    found = tested.retrieve(ask, Summaries(KEYS[None], where)).flatten()
    assert found.tolist() == pytest.approx([float(weights.flatten() @ torch.arange(6.0)), 1.0], abs=1e-5)


@pytest.mark.parametrize("told", ["before_reward", "before_action"])
def test_summaries_say_what_was_done_and_what_it_brought(told):
    """Without rewards and actions no buffer could tell a hidden task."""
    changed = summaries_with(**{told: 1 - getattr(batch(), told).clamp(max=1)})
    assert not torch.isclose(summaries_with().past, changed.past).all(-1).all()


def test_the_order_of_trajectories_does_not_matter():
    asked, rng = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(3)), torch.Generator()
    tested = network()
    slots = tested.fresh(2, 7, rng.manual_seed(0))
    order = torch.tensor([3, 0, 4, 1, 2])
    with torch.no_grad():
        found = tested(asked, slots, tested.summarise(batch()))
        again = tested(asked, slots, tested.summarise(Trajectories(*(part[:, order] for part in batch()))))
    for one, other in zip(found, again, strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_each_group_reads_its_own_trajectories():
    asked, tested = torch.zeros(2, 1, 3), network()
    slots = torch.zeros(2, 1, 2, 6)
    with torch.no_grad():
        both = tested(asked, slots, tested.summarise(batch())).values
        first = tested(asked[:1], slots[:1], tested.summarise(Trajectories(*(p[:1] for p in batch())))).values
    assert torch.allclose(both[:1], first, atol=1e-6)
    assert not torch.allclose(both[0], both[1])


def test_without_a_retrieval_batch_no_information_flows():
    torch.manual_seed(1)
    tested = RetrievalQ(3, 4, hidden=8, channels=6, retrieves=False)
    slots = tested.fresh(1, 2, torch.Generator().manual_seed(0))
    found = tested(torch.ones(1, 2, 3), slots)
    assert (found.kl == 0).all()
    assert not torch.equal(found.slots, slots)
