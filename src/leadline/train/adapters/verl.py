"""Leadline's objectives inside verl 0.9 (Ray, FSDP, vLLM): an advantage estimator and a V1 trainer.

verl is not a dependency: it needs an environment of its own. There, `pip install leadline` is enough: the entry point
`verl.plugins` imports verl_plugin.py, which calls `register()`. verl hides errors of plugins at debug level, so ask
`registered()` before a long run. Launch:

    python -m verl.trainer.main_ppo trainer.use_v1=true trainer.v1.trainer_mode=leadline \\
        +leadline.objective="grpo:advantage=mean" actor_rollout_ref.actor.loss_agg_mode=token-mean ...

The trainer replaces what `_compute_advantage` wrote by A * W of the hooks. Sampling, clipping, aggregation and KL are
verl's own settings; hidden states would need a worker method of their own, so hooks that ask for them are refused.
Not run here: real verl workers (no GPU); the parts are tested with fakes of its registries and its TransferQueue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from leadline.errors import UsageError
from leadline.train.adapters.kept import owned, refuse_settings
from leadline.train.hooks import Hooks, State, token_advantages
from leadline.train.objectives import build
from leadline.train.rows import Rows

NAME = "leadline"
FIELDS = ("uid", "response_mask", "rm_scores", "rollout_log_probs", "old_log_probs")
KEPT = ("sample", "temperature", "regularise", "schedule", "data_filter", "loss", "aggregate")
"""Slots that stay verl's: agent loops, rollout settings, kl and distillation losses, mini-batches, samplers, and
policy_loss with loss_agg_mode."""
CONFIG = "policy_loss, clip_ratio, loss_agg_mode, kl_loss_coef and ppo_epochs of actor_rollout_ref.actor"


def group_ids(uids: Sequence[Any]) -> Tensor:
    """Equal uids, equal group; numbered by first appearance."""
    seen: dict[Any, int] = {}
    return torch.tensor([seen.setdefault(uid, len(seen)) for uid in uids])


def rows_of(data: Mapping[str, Any], uids: Sequence[Any], *, correct_at: float = 1.0) -> Rows:
    """Rows of verl's padded tensors [R, T]: response_mask, rm_scores or token_level_rewards, and log probabilities.

    A row's reward is the sum of its token rewards.
    """
    mask = data["response_mask"].float()
    scores = data["token_level_rewards"] if "token_level_rewards" in data else data["rm_scores"]
    if scores.shape != mask.shape or len(uids) != len(mask):
        raise UsageError(
            f"verl's batch does not fit together: rewards {tuple(scores.shape)}, mask {tuple(mask.shape)}, "
            f"{len(uids)} uids."
        )
    reward = (scores * mask).sum(1)
    group = group_ids(uids)
    return Rows(
        group, torch.zeros_like(mask, dtype=torch.long), mask, reward, reward >= correct_at, prompt_id=group,
        logp_roll=data.get("rollout_log_probs"), logp_old=data.get("old_log_probs"),
    )  # fmt: skip


def refuse_slots(hooks: Hooks) -> None:
    """UsageError for hooks that own what verl keeps or need what its driver process does not have."""
    taken = [f"{slot} (by {owner})" for slot, owner in owned(hooks, KEPT).items()]
    if taken or hooks.row_filter:
        what = ", ".join([*taken, *(["row filters"] if hooks.row_filter else [])])
        raise UsageError(f"These stay verl's: {what}.", remedy="Set them in verl's configuration.")
    missing = hooks.needs - {"logp_roll"}
    if missing:
        raise UsageError(f"verl's driver has no {', '.join(sorted(missing))}: {hooks.name} cannot run there.")


def built(objective: str) -> Hooks:
    """The hooks of an objective, or UsageError for what would do nothing in verl."""
    refuse_settings(objective, "verl", CONFIG)
    hooks = build(objective)
    refuse_slots(hooks)
    return hooks


def advantages_of(data: Mapping[str, Any], uids: Sequence[Any], hooks: Hooks, state: State) -> Tensor:
    """[R, T] A * W."""
    return token_advantages(rows_of(data, uids), hooks, state)


def estimator(
    token_level_rewards: Tensor, response_mask: Tensor, config: Any = None, index: Any = None, **more: Any
) -> tuple[Tensor, Tensor]:
    """verl's estimator interface, for algorithm.adv_estimator=leadline with any of its trainers.

    The objective is `config.leadline_objective` (default grpo). It sees rewards and groups only.
    """
    objective = config.get("leadline_objective", "grpo") if config is not None else "grpo"
    hooks = built(objective)
    if hooks.needs:
        raise UsageError(
            f"{objective} needs log probabilities: use the trainer, trainer.v1.trainer_mode={NAME}."
        )
    uids = list(range(len(response_mask))) if index is None else list(index)
    data = {"response_mask": response_mask, "token_level_rewards": token_level_rewards}
    found = advantages_of(data, uids, hooks, State())
    return found, found


def trainer_class(base: type, queue: Any, nested: Any) -> type:
    """LeadlinePPOTrainer over verl's PPOTrainer; `queue` is transfer_queue, `nested(padded, mask)` its packing."""

    class LeadlinePPOTrainer(base):
        def _compute_advantage(self, batch: Any, metrics: dict[str, Any]) -> Any:
            batch = super()._compute_advantage(batch, metrics)
            if not hasattr(self, "leadline_hooks"):
                self.leadline_hooks = built(self.config.get("leadline", {}).get("objective", "grpo"))
                self.leadline_state = State()
            data = queue.kv_batch_get(
                keys=batch.keys, partition_id=batch.partition_id, select_fields=list(FIELDS)
            )
            uids = data["uid"].tolist() if hasattr(data["uid"], "tolist") else list(data["uid"])
            mask = data["response_mask"]
            padded = {name: as_padded(data[name]) for name in FIELDS[1:] if name in data}
            found = advantages_of(padded, uids, self.leadline_hooks, self.leadline_state)
            metrics["leadline/mean_abs_advantage"] = float(found.abs().sum() / padded["response_mask"].sum())
            fields = self.packed(
                {"advantages": nested(found, mask), "returns": nested(found, mask)}, len(uids)
            )
            return queue.kv_batch_put(keys=batch.keys, partition_id=batch.partition_id, fields=fields)

        def packed(self, fields: dict[str, Any], n: int) -> Any:
            return import_module("tensordict").TensorDict(fields, batch_size=n)

    return LeadlinePPOTrainer


def as_padded(value: Any) -> Tensor:
    """A nested (jagged) tensor padded with 0, or the tensor itself."""
    return torch.nested.to_padded_tensor(value, 0.0) if value.is_nested else value


def register() -> None:
    """Make `leadline` known to verl's registries of advantage estimators and V1 trainers."""
    import_module("verl.trainer.ppo.core_algos").register_adv_est(NAME)(estimator)
    v1 = import_module("verl.trainer.ppo.v1.trainer_base")
    v1.register_trainer(NAME)(trainer_class(v1.PPOTrainer, v1.tq, v1.response_to_nested))


def registered() -> list[str]:
    """Which of the two registrations took, for a check before a long run."""
    core = import_module("verl.trainer.ppo.core_algos")
    v1 = import_module("verl.trainer.ppo.v1.trainer_base")
    found = ["estimator"] if NAME in core.ADV_ESTIMATOR_REGISTRY else []
    return found + (["trainer"] if NAME in v1.TRAINER_REGISTRY else [])
