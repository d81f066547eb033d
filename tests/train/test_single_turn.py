"""Single-turn puzzles on token ids: verified rollouts, and on-policy steps through the common hooks."""

import torch

from leadline.environments.ring_ops import prompts, solutions, verify, written
from leadline.train.objectives import build
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.single_turn import SingleTurn, reinforce
from leadline.train.supervised import build as supervised
from leadline.train.supervised.fit import fit
from leadline.train.worlds.ring_ops import FIRST, VOCABULARY, puzzle, taught

torch.set_num_threads(1)


def model(seed=0, vocabulary=VOCABULARY):
    return Transformer(Shape(vocabulary, layers=1, channels=16, heads=2, inner=32, context=16), seed)


def test_rollouts_keep_ids_and_their_log_probabilities():
    policy = model()
    rows = puzzle().rollouts(policy, [3, 3, 200], torch.Generator().manual_seed(0))
    assert rows.mask.tolist() == [[0.0] * 2 + [1.0] * 6] * 3
    assert rows.group_id.tolist() == [3, 3, 200]
    assert rows.ids[:, :2].tolist() == [
        [s + FIRST, t + FIRST] for s, t in (prompts()[i] for i in (3, 3, 200))
    ]
    assert torch.allclose(rows.logp_roll, policy.score(rows).logp, atol=1e-5)


def test_ids_are_verified_as_their_text_is():
    good = taught([5, 9], [solutions(*prompts()[i])[0] for i in (5, 9)])
    check = puzzle().verify
    assert check(torch.tensor([5, 9]), good.ids[:, 2:]).tolist() == [True, True]
    assert check(torch.tensor([9, 5]), good.ids[:, 2:]).tolist() == [False, False]
    assert verify(prompts()[5], written((good.ids[0, 2:] - FIRST).tolist()))


def lever():
    """Two prompts, one token: 2 is right for the first, 3 for the second."""
    return SingleTurn(torch.tensor([[4], [5]]), 1, lambda index, ids: ids[:, 0] == index + 2)


def test_reinforce_learns_a_lever():
    policy, rng = model(vocabulary=6), torch.Generator().manual_seed(0)
    seen = reinforce(
        policy, lever(), build("grpo"), [0, 1], n=16, batch=2, steps=60, lr=1e-2, seed=0,
        watch=lambda policy, step: step,
    )  # fmt: skip
    assert seen == list(range(60))
    assert float(lever().rollouts(policy, [0, 1] * 50, rng).reward.mean()) > 0.9


def test_runs_repeat_exactly():
    found = []
    for _ in range(2):
        policy = model(vocabulary=6)
        reinforce(policy, lever(), build("grpo"), [0, 1], n=4, batch=2, steps=3, lr=1e-2, seed=1)
        found.append(torch.cat([p.detach().flatten() for p in policy.parameters()]))
    assert torch.equal(*found)


def test_a_taught_model_answers():
    """Cross-entropy on a handful of canonical answers is enough to repeat them."""
    policy, which = model(), [0, 100, 200]
    rows = taught(which, [solutions(*prompts()[i])[0] for i in which])
    fit(policy, supervised("cross_entropy"), lambda step: rows, steps=150, lr=1e-2)
    asked = puzzle().rollouts(policy, which * 10, torch.Generator().manual_seed(0))
    assert float(asked.reward.mean()) > 0.9
