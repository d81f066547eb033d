"""Our hooks inside verl, with fakes of its registries and of its TransferQueue (verl needs its own environment)."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

from leadline.errors import UsageError
from leadline.train.adapters import verl
from leadline.train.aggregation import aggregate, weights
from leadline.train.hooks import Hooks, compose
from leadline.train.importance import truncated
from leadline.train.losses import ppo
from leadline.train.objectives import build

MASK = torch.tensor([[1, 1, 0], [1, 1, 1], [1, 0, 0], [1, 1, 0]])
LOGP = torch.tensor([[-0.6, -1, 0], [-1, -1.5, -0.9], [-0.5, 0, 0], [-1, -1, 0]])
OLD = -torch.ones(4, 3)
ROLL = torch.tensor([[-1.1, -1, 0], [-1, -1, -1.4], [-1, 0, 0], [-0.8, -1, 0]])
W_THR = torch.tensor([[0, 1.1, 1], [0.9, 1, 1], [1, 1, 1], [1, 1, 1]])
SCORES = torch.tensor([[0, 1.0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
UIDS = ["q", "q", "q", "q"]


class Base:
    """What verl's PPOTrainer does before us: writes its own advantages."""

    def __init__(self, objective):
        self.config = {"leadline": {"objective": objective}}

    def _compute_advantage(self, batch, metrics):
        return batch


class Queue:
    def __init__(self):
        self.data = {
            "uid": UIDS, "response_mask": MASK, "rm_scores": SCORES, "rollout_log_probs": ROLL, "old_log_probs": OLD,
        }  # fmt: skip

    def kv_batch_get(self, keys, partition_id, select_fields):
        return {name: self.data[name] for name in select_fields}

    def kv_batch_put(self, keys, partition_id, fields):
        self.data.update(fields)
        return "batch"


def advantages(objective):
    queue = Queue()
    trainer = verl.trainer_class(Base, queue, lambda padded, mask: padded)(objective)
    trainer.packed = lambda fields, n: fields
    metrics = {}
    trainer._compute_advantage(SimpleNamespace(keys=[1], partition_id="train"), metrics)
    assert metrics["leadline/mean_abs_advantage"] > 0
    return queue.data["advantages"]


def golden_methods(kind):
    thr = Hooks("thr", token_weight=(lambda rows, state: W_THR,))
    tis = Hooks("tis", is_weight=(lambda r, s: truncated(r.logp_old, r.logp_roll, r.mask, cap=2.0),))
    return {"plain": (), "thr": (thr,), "tis": (tis,), "both": (thr, tis)}[kind]


@pytest.mark.parametrize(
    ("kind", "token_mean", "sequence_mean", "constant"),
    [
        ("plain", -0.008941, 0.012319, -0.004470), ("thr", 0.098559, 0.120861, 0.049280),
        ("tis", -0.010240, 0.005358, -0.005120), ("both", 0.109880, 0.126520, 0.054940),
    ],
)  # fmt: skip
def test_golden_step_through_the_trainer(monkeypatch, kind, token_mean, sequence_mean, constant):
    hooks = compose(build("grpo:advantage=mean"), *golden_methods(kind))
    monkeypatch.setattr(verl, "build", lambda objective: hooks)
    mask = MASK.float()
    loss = ppo(LOGP, OLD, advantages("golden"), mask, high=0.28)
    for mode, expected in (
        ("token-mean", token_mean),
        ("seq-mean-token-mean", sequence_mean),
        ("rows-const", constant),
    ):
        assert float(aggregate(loss, weights(mask, mode, max_length=4))) == pytest.approx(expected, abs=1e-6)


def test_ragged_groups_by_uid():
    assert verl.group_ids(["b", "a", "b"]).tolist() == [0, 1, 0]
    a, _ = verl.estimator(
        SCORES, MASK, {"leadline_objective": "grpo:advantage=mean"}, index=["x", "x", "y", "y"]
    )
    assert a[0].tolist() == [0.5, 0.5, 0]
    assert a[2:].abs().sum() == 0


def test_what_verl_cannot_do_is_refused():
    with pytest.raises(UsageError, match="sample"):
        verl.refuse_slots(build("grpo+dars"))
    with pytest.raises(UsageError, match=r"loss \(by mine\)"):
        verl.refuse_slots(compose(build("grpo"), Hooks("mine", loss=ppo)))
    with pytest.raises(
        UsageError, match="verl keeps its own loss: grpo:high, kl_coef would do nothing there"
    ):
        verl.built("grpo:high=.28,advantage=mean,kl_coef=.1")
    with pytest.raises(UsageError, match=r"sample \(by deepsearch\)"):
        verl.built("deepsearch")
    with pytest.raises(UsageError, match="hidden"):
        verl.refuse_slots(build("grpo+thr"))
    with pytest.raises(UsageError, match="does not fit together"):
        verl.rows_of({"response_mask": MASK, "rm_scores": SCORES[:, :2]}, UIDS)


@pytest.fixture
def fake_verl(monkeypatch):
    core, v1 = ModuleType("verl.trainer.ppo.core_algos"), ModuleType("verl.trainer.ppo.v1.trainer_base")
    core.ADV_ESTIMATOR_REGISTRY, v1.TRAINER_REGISTRY = {}, {}
    core.register_adv_est = lambda name: lambda f: core.ADV_ESTIMATOR_REGISTRY.setdefault(name, f)
    v1.register_trainer = lambda name: lambda c: v1.TRAINER_REGISTRY.setdefault(name, c)
    v1.PPOTrainer, v1.tq, v1.response_to_nested = Base, Queue(), None
    for module in (core, v1):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return core, v1


def test_plugin_registers_both(fake_verl):
    core, v1 = fake_verl
    assert verl.registered() == []
    verl.register()
    assert verl.registered() == ["estimator", "trainer"]
    assert issubclass(v1.TRAINER_REGISTRY["leadline"], Base)
    assert core.ADV_ESTIMATOR_REGISTRY["leadline"] is verl.estimator


def test_the_entry_point_names_the_plugin():
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["verl.plugins"]["leadline"] == "leadline.train.adapters.verl_plugin"
