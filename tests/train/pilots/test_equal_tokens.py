"""Arms at equal generated tokens, on a policy of 40 thousand parameters that hardly ever answers right."""

from itertools import islice

import msgspec
import pytest
import torch

from leadline.environments.countdown import held_out
from leadline.errors import CheckFailed
from leadline.train.pilots.equal_tokens import Arm, endless, prepare, race
from leadline.train.settings import Settings

SETTINGS = Settings(
    policy="micro", warmup_steps=2, prompts=2, n=3, pool=6, eval_prompts=3, steps=3, lr_warmup=1, seed=4
)
TREE = "grpo+deepsearch:width=2,chunk=4,max_depth=4,every=2"
MAX_NEW = 16


@pytest.fixture(scope="module")
def start():
    return prepare(SETTINGS, max_new=MAX_NEW)


def test_hard_prompts_are_new_to_the_policy_and_distinct(start):
    tasks = [*start.pool, *start.held_out]
    assert len({task.id for task in tasks}) == 9
    assert all(held_out(task.metadata["puzzle"], by="numbers") for task in tasks)
    assert start.unsolved == set(range(6))
    assert start.share_unsolved == 1.0


def test_every_step_spends_what_the_leader_spent(start):
    tree, flat = race(start, TREE, "grpo", every=2)
    spent = [[cost["generated"] for cost in arm.costs] for arm in (tree, flat)]
    for step in (1, 2, 3):
        beyond = sum(spent[1][:step]) - sum(spent[0][:step])
        assert 0 <= beyond <= SETTINGS.n * MAX_NEW
    assert tree.total["tokens"] == sum(spent[0])
    assert all(cost["prompts"] == 2 and cost["rows"] == 6 for cost in tree.costs)


def test_arms_begin_alike_and_see_prompts_in_one_order(start):
    arms = [Arm(start, objective, every=2) for objective in (TREE, "grpo")]
    for name, weight in arms[0].policy.state_dict().items():
        assert torch.equal(weight, arms[1].policy.state_dict()[name])
        assert torch.equal(weight, start.weights[name])
    assert arms[0].take(9) == arms[1].take(9) == list(islice(endless(6, SETTINGS.seed), 9))


def test_a_round_drops_what_is_no_longer_hard(start):
    arm = Arm(start, "grpo", every=2)
    arm.pool = [
        msgspec.structs.replace(t, score=lambda o: 1.0) if i < 2 else t for i, t in enumerate(arm.pool)
    ]
    arm.next_round()
    assert arm.hard == {2, 3, 4, 5}
    assert set(arm.take(8)) == {2, 3, 4, 5}


def test_too_few_hard_prompts_are_refused_with_their_number():
    with pytest.raises(CheckFailed, match="Only 0 of 0 prompts are hard"):
        prepare(SETTINGS, max_new=MAX_NEW, max_draws=0)


def test_share_solved_counts_prompts_by_their_first_right_step(start):
    arm = Arm(start, "grpo", every=2)
    arm.first = {0: 1, 1: 20, 2: 21}
    assert arm.share_solved({0, 1, 2, 3}, 20) == 0.5


def test_equal_prefixes_are_read_once(start):
    sampling = Arm(start, "grpo", every=2).sampling(start.pool)
    sampling.extend([0, 0], [[], []], 3, 4)
    assert sampling.prefilled == len(sampling.prefix(0))
