"""Keys of which the right one is rare in the corpus, and their exact chances."""

import numpy as np
import pytest
import torch

from leadline.train import worlds
from leadline.train.policies.alphabet import Alphabet
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rollouts import Rollouts
from leadline.train.worlds.key_sequence import LENGTH, LETTERS, RARE, chances, locks

torch.set_num_threads(1)


def test_shares_of_a_corpus():
    made = locks(200, 4, seed=0)
    assert all(len(set(lock.keys)) == 4 and {len(key) for key in lock.keys} == {LENGTH} for lock in made)
    assert all(sum(lock.shares) == pytest.approx(1) for lock in made)
    rare = np.array([lock.shares[0] for lock in made])
    assert RARE[0] <= rare.min() < 0.006 < 0.1 < rare.max() <= RARE[1]
    assert np.median(rare) == pytest.approx((RARE[0] * RARE[1]) ** 0.5, rel=0.5)  # log-uniform
    first, second, third = made[0].shares[1:]
    assert (first / second, first / third) == pytest.approx((2, 3))
    assert locks(200, 4, seed=0) == made


def test_the_corpus_shows_the_right_key_as_often_as_its_share_says():
    lock = locks(1, 4, seed=3)[0]
    drawn = worlds.get("key_sequence", prompts=1, keys=4, seed=3, skewed=True).draw(
        np.random.default_rng(0), 4000, "train"
    )
    shown = [task.metadata["demonstration"][0] for task in drawn]
    for key, share in zip(lock.keys, lock.shares, strict=True):
        assert shown.count(key) / 4000 == pytest.approx(share, abs=0.02)


def test_every_prompt_comes_once_before_any_comes_again():
    drawn = worlds.get("key_sequence", prompts=5).draw(np.random.default_rng(0), 12, "test")
    prompts = [task.prompt for task in drawn]
    assert sorted(prompts[:5]) == sorted(prompts[5:10]) == ["00:", "01:", "02:", "03:", "04:"]
    assert len(prompts) == 12


def test_chances_are_those_with_which_the_policy_says_the_keys():
    """A policy that knows nothing says each of 20 tokens alike; one with a bias says what sampling counts."""
    world = worlds.get("key_sequence", prompts=2)
    codec = Alphabet(world.alphabet)
    tasks = world.draw(np.random.default_rng(0), 2, "test")
    policy = Transformer(Shape(codec.size, layers=1, channels=8, heads=2, inner=16, context=16))
    with torch.no_grad():
        policy.norm.weight.zero_()
    assert chances(policy, codec, tasks).tolist() == pytest.approx(
        [(2 + 11 + len(LETTERS)) ** -LENGTH] * 2, rel=1e-4
    )
    with torch.no_grad():  # hidden states point at the letters of the first task's key, more or less
        policy.norm.weight.fill_(1)
        for letter in set(tasks[0].metadata["key"]):
            policy.embedding.weight[codec.encode(letter)[0]] = 1.0
    chance = float(chances(policy, codec, tasks)[0])
    n = 4000
    sampling = Rollouts(policy, codec, world, tasks, n, torch.Generator().manual_seed(0))
    counted = float(sampling.rollouts([0] * n).reward.mean())
    assert counted == pytest.approx(chance, abs=4 * (chance / n) ** 0.5 + 1e-3)
