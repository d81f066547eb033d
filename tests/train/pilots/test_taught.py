"""Arms start from the same weights, and are compared on tasks that nobody saw."""

import pytest
import torch

from leadline.bench.metrics.sampling import pass_at_k
from leadline.train.pilots.taught import Taught, learn, pass_at, right
from leadline.train.settings import Settings

torch.set_num_threads(1)
SETTINGS = Settings(policy="micro", warmup_steps=3, warmup_batch=8, prompts=2, n=4, pool=8, eval_prompts=6)


@pytest.fixture(scope="module")
def taught():
    return Taught.by_demonstrations(SETTINGS)


def test_arms_start_from_equal_weights_and_do_not_touch_each_others(taught):
    before = {name: value.clone() for name, value in taught.weights.items()}
    one, two = taught.arm("grpo", lr=0.1), taught.arm("grpo:advantage=mean")
    assert [t.id for t in one.pool] == [t.id for t in two.pool]
    learn(one, steps=2)
    learn(taught.arm("grpo+dars", lr=0.1), steps=1)
    assert one.done == 2
    for name, value in before.items():
        assert torch.equal(taught.weights[name], value)
        assert torch.equal(two.policy.state_dict()[name], value)
        assert torch.equal(one.reference.state_dict()[name], value)


def test_nothing_that_is_held_out_is_taught(taught):
    assert not {t.id for t in taught.held_out} & {t.id for t in taught.arm("grpo").pool}


def test_pass_at_k_is_that_of_the_same_answers(taught):
    arm = taught.arm("grpo")
    flags = right(arm, taught.held_out, 4, seed=1)
    assert flags.shape == (6, 4)
    assert torch.equal(flags, right(arm, taught.held_out, 4, seed=1))
    expected = sum(pass_at_k(4, int(c), 2) for c in flags.sum(1)) / 6
    assert pass_at(arm, taught.held_out, 4, (1, 2), seed=1)[2] == expected


def test_hard_tasks_are_those_that_the_base_rarely_solves(taught):
    assert taught.hard(4, 1.1) == taught.held_out
    assert taught.hard(4, 0.0) == []


def test_a_budget_of_rollouts_is_spent_and_not_exceeded_by_more_than_a_step(taught):
    spent = learn(taught.arm("grpo"), rollouts=20).total["rollouts"]
    assert 20 <= spent < 20 + SETTINGS.prompts * SETTINGS.n
