"""The golden step of README-objectives, section 4: every method meets here, and so must every adapter."""

import itertools
from dataclasses import replace
from functools import partial

import pytest
import torch

from leadline.train import aggregation
from leadline.train.aggregation import aggregate
from leadline.train.hooks import Hooks, compose, token_advantages
from leadline.train.importance import truncated
from leadline.train.losses import ppo
from leadline.train.objectives import get
from leadline.train.rows import Rows
from leadline.train.scores import Scores
from leadline.train.update import accumulate

torch.set_num_threads(1)
MASK = torch.tensor([[1, 1, 0], [1, 1, 1], [1, 0, 0], [1, 1, 0]], dtype=torch.float64)
LOGP = torch.tensor([[-0.6, -1, 0], [-1, -1.5, -0.9], [-0.5, 0, 0], [-1, -1, 0]], dtype=torch.float64)
OLD = -torch.ones(4, 3, dtype=torch.float64)
ROLL = torch.tensor([[-1.1, -1, 0], [-1, -1, -1.4], [-1, 0, 0], [-0.8, -1, 0]], dtype=torch.float64)
W_THR = torch.tensor([[0, 1.1, 1], [0.9, 1, 1], [1, 1, 1], [1, 1, 1]], dtype=torch.float64)
MODES = ("token-mean", "seq-mean-token-mean", "seq-mean-token-sum", "rows-const")
GOLDEN = {
    "plain": (-0.008941, 0.012319, -0.017882, -0.004470),
    "thr": (0.098559, 0.120861, 0.197118, 0.049280),
    "tis": (-0.010240, 0.005358, -0.020480, -0.005120),
    "both": (0.109880, 0.126520, 0.219761, 0.054940),
}


def golden_rows():
    reward = torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)
    return Rows(
        torch.zeros(4, dtype=torch.long), torch.zeros(4, 3, dtype=torch.long), MASK, reward, reward > 0,
        logp_roll=ROLL, logp_old=OLD,
    )  # fmt: skip


def golden_hooks(kind):
    thr = Hooks("thr", token_weight=(lambda rows, state: W_THR,))
    tis = Hooks(
        "tis", is_weight=(lambda rows, state: truncated(rows.logp_old, rows.logp_roll, rows.mask, cap=2.0),)
    )
    methods = {"plain": (), "thr": (thr,), "tis": (tis,), "both": (thr, tis)}[kind]
    return compose(get("grpo", advantage="mean", high=0.28), *methods)


def loss(kind, mode, max_length=None):
    rows = golden_rows()
    advantage = token_advantages(rows, golden_hooks(kind), {})
    weight = aggregation.weights(rows.mask, mode, max_length=max_length)
    return float(aggregate(ppo(LOGP, OLD, advantage, rows.mask, high=0.28), weight))


@pytest.mark.parametrize(("kind", "column"), itertools.product(GOLDEN, range(4)))
def test_golden_step(kind, column):
    assert loss(kind, MODES[column], max_length=4) == pytest.approx(GOLDEN[kind][column], abs=1e-6)


class Golden:
    """A policy whose log probabilities are those of the golden step."""

    def parameters(self):
        return []

    def score(self, rows, needs=frozenset()):
        return Scores(LOGP[rows.prompt_id][:, : rows.width].clone().requires_grad_())


@pytest.mark.parametrize(("kind", "column", "micro_rows"), itertools.product(GOLDEN, range(4), (1, 3, 100)))
def test_golden_step_through_our_update(kind, column, micro_rows):
    weights = partial(aggregation.weights, mode=MODES[column], max_length=4)
    hooks = replace(golden_hooks(kind), aggregate=lambda rows: weights(rows.mask))
    rows = replace(golden_rows(), prompt_id=torch.arange(4))
    advantage = token_advantages(rows, hooks, {})
    found, _ = accumulate(rows, Golden(), hooks, advantage, micro_rows=micro_rows)
    assert found == pytest.approx(GOLDEN[kind][column], abs=1e-6)


def test_golden_token_losses():
    advantage = token_advantages(golden_rows(), golden_hooks("plain"), {})
    found = ppo(LOGP, OLD, advantage, MASK, high=0.28)[MASK > 0].tolist()
    assert found == pytest.approx([-0.96, -0.75, 0.25, 0.2, 0.276293, 0.412180, 0.25, 0.25], abs=1e-6)


def test_golden_importance_weights():
    found = truncated(OLD, ROLL, MASK, cap=2.0)[MASK > 0].tolist()
    assert found == pytest.approx([1.105171, 1, 1, 1, 1.491825, 1, 0.818731, 1], abs=1e-6)
