"""The trainer: resume is exact, accumulation is exact, bad input is refused with the reason."""

import json
from dataclasses import replace

import pytest
import torch

from leadline.errors import CheckFailed, UsageError
from leadline.train import checkpoint
from leadline.train.hooks import token_advantages
from leadline.train.objectives import build
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rows import Rows
from leadline.train.scores import fill
from leadline.train.settings import Settings
from leadline.train.trainer import Trainer
from leadline.train.update import accumulate, batch_loss, update

torch.set_num_threads(1)
SMALL = {
    "env": "sums", "policy": "micro", "prompts": 4, "n": 4, "pool": 16, "warmup_steps": 60, "warmup_lr": 1e-2,
    "eval_prompts": 4, "eval_samples": 4, "checkpoint_every": 2, "eval_every": 2,
}  # fmt: skip


def settings(**more):
    return Settings(**{**SMALL, **more})


def weights(trainer):
    return torch.cat([p.detach().flatten() for p in trainer.policy.parameters()])


@pytest.mark.parametrize(
    "objective", ["grpo", "grpo+dars+verl_hidden_state:stride=1", "grpo+ead:preset=paper,cutoff=0"]
)
def test_four_steps_equal_two_steps_a_checkpoint_and_two_more(tmp_path, objective):
    whole = Trainer(settings(objective=objective, steps=4), tmp_path / "whole")
    whole.run()
    first = Trainer(settings(objective=objective, steps=2), tmp_path / "halves")
    first.run()
    second = Trainer(settings(objective=objective, steps=4), tmp_path / "halves")
    second.resume(tmp_path / "halves" / "checkpoint.pt")
    second.run()
    assert torch.equal(weights(whole), weights(second))
    assert whole.total == second.total
    lines = [json.loads(x) for x in (tmp_path / "halves" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [0, 1, 2, 3, 4]


def test_a_run_that_was_killed_between_checkpoints_resumes_and_reports_no_step_twice(tmp_path):
    whole = Trainer(settings(steps=4), tmp_path / "whole")
    whole.run()

    def kill(record):
        if record["step"] == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Trainer(settings(steps=4), tmp_path / "killed").run(kill)
    again = Trainer(settings(steps=4), tmp_path / "killed")
    again.resume(tmp_path / "killed" / "checkpoint.pt")
    assert again.done == 2
    again.run()
    assert torch.equal(weights(whole), weights(again))
    lines = [json.loads(x)["step"] for x in (tmp_path / "killed" / "metrics.jsonl").read_text().splitlines()]
    assert lines == [0, 1, 2, 3, 4]


def test_a_checkpoint_of_another_configuration_shows_the_difference(tmp_path):
    Trainer(settings(steps=0, warmup_steps=1), tmp_path).run()
    with pytest.raises(UsageError, match=r"lr: 0.0003 -> 0.1"):
        Trainer(settings(lr=0.1, warmup_steps=1)).resume(tmp_path / "checkpoint.pt")


def test_a_broken_checkpoint_is_refused(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(Exception, match="cannot be read"):
        checkpoint.load(tmp_path / "checkpoint.pt", settings())


def test_a_state_that_could_not_be_read_again_is_refused_when_it_is_saved(tmp_path):
    with pytest.raises(UsageError, match="state of the method mine cannot be kept in a checkpoint"):
        checkpoint.save(tmp_path / "checkpoint.pt", {"state": {"mine": {"cache": Settings()}}})
    checkpoint.save(tmp_path / "checkpoint.pt", {"state": {"mine": {"n": 1, "x": torch.ones(2)}}})


def test_three_steps_that_are_not_finite_stop_the_run_with_a_dump(tmp_path):
    hooks = build("grpo:advantage=mean")
    broken = hooks.__class__(
        **{**vars(hooks), "token_weight": (lambda rows, state: torch.full_like(rows.mask, torch.inf),)}
    )
    trainer = Trainer(settings(steps=10, warmup_steps=1), tmp_path, hooks=broken)
    with pytest.raises(CheckFailed, match="3 steps in a row"):
        trainer.run()
    assert (tmp_path / "not-finite.pt").exists()


def test_one_step_that_is_not_finite_is_skipped_and_counted_and_training_goes_on():
    hooks, calls = build("grpo:advantage=mean"), []

    def broken(rows, state):
        calls.append(1)
        return torch.full_like(rows.mask, torch.inf if len(calls) == 2 else 1.0)

    trainer = Trainer(settings(steps=4, warmup_steps=1), hooks=replace(hooks, token_weight=(broken,)))
    records = [r for r in trainer.run() if r["step"]]
    assert [r["skipped"] for r in records] == [0, 1, 0, 0]
    assert trainer.bad_steps == 0


def batch(seed=0, groups=4, n=4, width=9):
    rng = torch.Generator().manual_seed(seed)
    r = groups * n
    ids = torch.randint(2, 12, (r, width), generator=rng)
    mask = torch.zeros(r, width)
    for i in range(r):
        mask[i, 2 : 3 + int(torch.randint(1, width - 3, (1,), generator=rng))] = 1
    reward = (torch.rand(r, generator=rng) < 0.4).float()
    reward[0], reward[1] = 1, 0
    return Rows(
        torch.arange(groups).repeat_interleave(n),
        ids,
        mask,
        reward,
        reward > 0,
        logp_roll=torch.zeros(r, width),
    )


def gradient(rows, objective, micro_rows, advantage=None):
    policy = Transformer(Shape(12, layers=2, channels=16, heads=2, inner=32, context=32), seed=1)
    hooks = build(objective)
    rows = fill(rows, policy, hooks.needs, Transformer(policy.shape, seed=1))
    advantage = token_advantages(rows, hooks, {}) if advantage is None else advantage
    accumulate(rows, policy, hooks, advantage, micro_rows=micro_rows)
    return torch.cat([p.grad.flatten() for p in policy.parameters()])


@pytest.mark.parametrize(
    "mode", ["token-mean", "seq-mean-token-mean", "seq-mean-token-sum", "rows-const", "group-mean"]
)
@pytest.mark.parametrize("micro_rows", [1, 3, 7])
def test_any_split_of_a_batch_gives_the_gradient_of_the_whole(mode, micro_rows):
    whole = gradient(batch(), f"grpo:aggregate={mode},max_length=20", 100)
    split = gradient(batch(), f"grpo:aggregate={mode},max_length=20", micro_rows)
    assert float((whole - split).abs().max()) < 1e-6


def test_padding_columns_change_nothing():
    plain = gradient(batch(), "grpo+thr:tau=none", 100)
    padded = gradient(batch().with_width(17), "grpo+thr:tau=none", 100)
    assert float((plain - padded).abs().max()) < 1e-6


def test_permuting_rows_changes_nothing():
    order = torch.randperm(16, generator=torch.Generator().manual_seed(3))
    a, b = gradient(batch(), "grpo+thr", 100), gradient(batch().select(order), "grpo+thr", 100)
    assert float((a - b).abs().max()) < 1e-6


def test_groups_without_a_signal_have_no_gradient():
    rows = batch()
    rows.reward[:] = 1.0
    assert float(gradient(rows, "grpo", 100).abs().max()) == 0.0


def float64_batch():
    """Two mixed groups, one all wrong, one all right; and a policy in float64."""
    rows = batch()
    rows.reward = torch.tensor([1.0, 0, 0, 0] + [0.0] * 4 + [1.0, 1, 0, 0] + [1.0] * 4, dtype=torch.float64)
    rows.correct, rows.mask, rows.logp_roll = rows.reward > 0, rows.mask.double(), None
    return rows, Transformer(Shape(12, layers=2, channels=16, heads=2, inner=32, context=32), seed=1).double()


def all_rows(rows, policy, hooks, advantage):
    """The plain path: every row in one forward, the old log probabilities from a forward of their own."""
    rows = fill(rows, policy, frozenset())
    batch_loss(rows, policy, hooks, advantage, hooks.aggregate(rows)).backward()
    return torch.cat([p.grad.flatten() for p in policy.parameters()])


@pytest.mark.parametrize(
    "objective",
    [
        "grpo",
        "grpo:aggregate=group-mean",
        "grpo:loss=gspo",
        "grpo:loss=cispo",
        "grpo:aggregate=rows-const,dual=3",
    ],
)
def test_leaving_out_rows_without_an_advantage_and_the_old_forward_changes_nothing(objective):
    rows, policy = float64_batch()
    hooks = build(objective)
    advantage = token_advantages(rows, hooks, {})
    expected = all_rows(rows, policy, hooks, advantage)
    policy.zero_grad()
    seen = []
    score = policy.score
    policy.score = lambda some, needs: (seen.append(len(some)), score(some, needs))[1]
    accumulate(rows, policy, hooks, advantage, micro_rows=3)
    assert sum(seen) == 8  # of 16
    found = torch.cat([p.grad.flatten() for p in policy.parameters()])
    assert float((found - expected).abs().max()) < 1e-12


def test_a_divergence_acts_on_rows_without_an_advantage_too():
    rows, policy = float64_batch()
    hooks = build("grpo:entropy_coef=.1")
    advantage = token_advantages(rows, hooks, {})
    expected = all_rows(rows, policy, hooks, advantage)
    policy.zero_grad()
    accumulate(rows, policy, hooks, advantage, micro_rows=5)
    found = torch.cat([p.grad.flatten() for p in policy.parameters()])
    assert float((found - expected).abs().max()) < 1e-12


def test_momentum_acts_in_a_step_without_any_advantage():
    rows, policy = float64_batch()
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)
    hooks, rng = build("grpo"), torch.Generator()
    update(rows, policy, optimizer, hooks, token_advantages(rows, hooks, {}), rng)
    before = policy.embedding.weight.detach().clone()
    report = update(rows, policy, optimizer, hooks, torch.zeros_like(rows.mask), rng)
    assert (report.steps, report.loss, report.grad_norm, report.forwards) == (1, 0.0, 0.0, 0)
    assert float((policy.embedding.weight - before).detach().abs().max()) > 1e-3


@pytest.mark.parametrize("objective", ["grpo", "grpo:minibatch=6,epochs=2"])
def test_old_log_probabilities_are_those_before_the_first_step_whoever_computes_them(objective):
    found = []
    for asked in (True, False):
        rows, policy = float64_batch()
        hooks, rng = build(objective), torch.Generator().manual_seed(0)
        rows = fill(rows, policy, frozenset()) if asked else rows
        advantage = token_advantages(rows, hooks, {})
        update(
            rows, policy, torch.optim.SGD(policy.parameters(), lr=1.0), hooks, advantage, rng, micro_rows=4
        )
        found.append(torch.cat([p.detach().flatten() for p in policy.parameters()]))
    assert float((found[0] - found[1]).abs().max()) < 1e-12


@pytest.mark.parametrize(
    "neutral",
    [
        "grpo+thr:p=0,tau=none",
        "grpo+verl_hidden_state:lam=0,stride=1",
        "grpo+ead:constant=1,cap=0",
        "grpo+repexp:beta=0",
    ],
)
def test_methods_at_their_neutral_setting_are_grpo_exactly(neutral):
    assert torch.equal(gradient(batch(), neutral, 100), gradient(batch(), "grpo", 100))


def test_cli_trains_and_refuses_to_overwrite(cli, tmp_path):
    flags = [
        "--env",
        "sums",
        "--policy",
        "micro",
        "--prompts",
        "2",
        "--warmup-steps",
        "2",
        "--out",
        str(tmp_path / "run"),
    ]
    code, out, _ = cli("train", *flags, "--steps", "1", "--objective", "grpo+dars", "--json")
    assert code == 0
    assert [json.loads(line)["step"] for line in out.splitlines()] == [0, 1]
    assert (tmp_path / "run" / "metrics.svg").exists()
    code, _, err = cli("train", *flags, "--steps", "1")
    assert code == 2
    assert "--resume" in err


def test_cli_names_near_objectives_and_environments(cli):
    assert "dars" in cli("train", "--objective", "grpo+dasr")[2]
    assert "countdown" in cli("train", "--env", "countdwn")[2]


def test_settings_out_of_range_are_refused():
    with pytest.raises(UsageError, match="prompts must be at least 1"):
        settings(prompts=0).check()
