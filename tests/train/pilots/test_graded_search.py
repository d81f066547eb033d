"""Three levels of search episodes: what they pay, what a base model reads, and what loss on observations adds."""

import numpy as np
import pytest
import torch

from leadline.agents.base import Outcome, Turn
from leadline.environments.base import Action, Observation
from leadline.train.pilots.graded_search import (
    HOPS,
    base_model,
    levelled,
    measure,
    reinforced,
    supervised,
    tagged,
    unmasked,
    untaught,
)
from leadline.train.pilots.taught import learn
from leadline.train.policies.alphabet import Alphabet
from leadline.train.settings import Settings
from leadline.train.warmup import demonstrations

torch.set_num_threads(1)
SETTINGS = Settings(
    policy="micro", warmup_steps=2, warmup_batch=4, prompts=2, n=2, pool=8, eval_prompts=6, seed=1000
)


@pytest.fixture(scope="module")
def base():
    return base_model(SETTINGS)


def searched(query, found):
    return Turn(Action("search", {"query": query}), Observation(found))


def test_an_episode_as_the_rule_reads_it():
    outcome = Outcome("cd", "finished", (searched("ab p", "cd"),))
    assert tagged(outcome) == "<search>ab p</search><information>cd</information><answer>cd</answer>"
    assert tagged(Outcome("", "budget spent")) == ""


def test_what_episodes_pay():
    (task,) = levelled(1000, hops=(1,)).draw(np.random.default_rng(0), 1, "train")
    gold, wrong = task.metadata["gold"], "zz"
    seen = (searched("ab p", gold),)
    assert task.score(Outcome(gold, "finished")) == 1.2
    assert task.score(Outcome(wrong, "finished", seen)) == pytest.approx(0.3)
    assert task.score(Outcome(wrong, "finished")) == 0.2
    assert task.score(Outcome("", "budget spent", seen)) == 0
    (bare,) = levelled(1000, hops=(1,), bonus=0.0).draw(np.random.default_rng(0), 1, "train")
    assert bare.score(Outcome(wrong, "finished", seen)) == 0.2


def test_the_teacher_searches_once_per_hop_and_is_right():
    world = levelled(1000)
    for task in world.draw(np.random.default_rng(1), 20, "train"):
        *searches, last = task.metadata["demonstration"]
        assert len(searches) == task.metadata["hops"]
        assert last == f"a {task.metadata['gold']}"


def test_the_base_model_reads_at_most_one_search():
    asked = untaught(levelled(1000)).draw(np.random.default_rng(1), 400, "train")
    lengths = [len(task.metadata["demonstration"]) for task in asked]
    assert set(lengths) == {1, 2}
    assert np.mean([n == 2 for n in lengths]) == pytest.approx(0.3, abs=0.07)


def test_without_the_mask_observations_count_and_prompts_do_not():
    world = levelled(1000, hops=(2,))
    task = world.draw(np.random.default_rng(2), 1, "train")[0]
    codec = Alphabet(world.alphabet)
    rows = demonstrations([task], world, codec)
    loose = unmasked(rows).mask[0]
    prompt = len(codec.encode(task.prompt))
    assert loose.tolist() == [0.0] * prompt + [1.0] * (rows.width - prompt)
    assert int(loose.sum() - rows.mask.sum()) == 2 * 3  # two results, "cd\n" each


def test_held_out_tasks_are_a_third_of_each_level(base):
    assert [task.metadata["hops"] for task in base.held_out] == [h for h in HOPS for _ in range(2)]


def test_arms_leave_their_start_alone(base):
    before = {name: value.clone() for name, value in base.weights.items()}
    tight, loose = (supervised(base, 2, masked=masked) for masked in (True, False))
    assert any(not torch.equal(tight.weights[name], loose.weights[name]) for name in before)
    arm = learn(reinforced(loose, masked=False), steps=1)
    assert arm.hooks.name == "grpo+unmasked"
    assert all(torch.equal(base.weights[name], value) for name, value in before.items())
    found = measure(arm, base.held_out)
    assert found == measure(arm, base.held_out)
    assert 0 <= found.accuracy <= 1
    assert 0 <= found.searches <= 1
    assert found.loss > 0
