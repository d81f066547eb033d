"""Leadline's objectives inside TRL 1.16: a GRPOTrainer whose advantages are A * W of composed hooks.

TRL has no registry of advantages (users are told to subclass), but its loss takes advantages of shape (B, T), and by
the folding lemma every token weight is part of that tensor. So this subclass overrides two private methods: it keeps
the rewards, builds Rows, runs the hooks, and puts the result where TRL's own advantages were.

What stays TRL's: sampling, clipping, aggregation, KL, mini-batches. Hooks that own those slots are refused, with the
TRL option that does the same. Private names are pinned: trl 1.16.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from leadline.errors import UsageError, need
from leadline.train.adapters.kept import owned, refuse_settings
from leadline.train.hooks import Hooks, State, token_advantages
from leadline.train.objectives import build
from leadline.train.policies.huggingface import HuggingFace, packed, unpacked
from leadline.train.rows import Rows
from leadline.train.scores import fill
from leadline.train.worlds.base import TaskSet

TRL_HAS = {
    "sample": "rollout_func", "temperature": "rollout_func with logprobs", "regularise": "beta (k3 only)",
    "schedule": "num_iterations and steps_per_generation", "data_filter": "the data set",
    "loss": "epsilon, epsilon_high and importance_sampling_level", "aggregate": "loss_type",
}  # fmt: skip
"""Slots that TRL keeps, and where to set them there."""
CONFIG = "loss_type, epsilon, epsilon_high, beta and num_iterations of GRPOConfig"


def refuse_slots(hooks: Hooks) -> None:
    """UsageError for hooks that own what TRL keeps, or that change the number of rows."""
    taken = owned(hooks, TRL_HAS)
    if taken:
        what = "; ".join(f"{slot} (by {owner}): use {TRL_HAS[slot]}" for slot, owner in taken.items())
        raise UsageError(f"TRL's trainer keeps these: {what}.", remedy="Or use Leadline's own trainer.")
    if hooks.row_filter or hooks.replay:
        raise UsageError(
            "TRL's batches have a fixed number of rows: row filters and replay need Leadline's trainer."
        )


def rows_of(output: Mapping[str, Any], rewards: Tensor, n: int, *, correct_at: float = 1.0) -> Rows:
    """Rows of TRL's batch dict, completions only; groups are contiguous runs of `n` rows.

    `sampling_per_token_logps` is TRL's name for the behaviour policy's, `old_per_token_logps` for the old policy's.
    """
    mask = output["completion_mask"] * output.get("tool_mask", 1)
    count = len(mask)
    if len(rewards) != count:
        raise UsageError(f"There are {len(rewards)} rewards for {count} completions.")
    group = torch.arange(count, device=mask.device) // n
    return Rows(
        group, output["completion_ids"], mask.to(rewards.dtype), rewards, rewards >= correct_at, prompt_id=group,
        logp_roll=output.get("sampling_per_token_logps"), logp_old=output.get("old_per_token_logps"),
    )  # fmt: skip


def with_advantages(output: dict[str, Any], rows: Rows, hooks: Hooks, state: State) -> dict[str, Any]:
    """The dict with (B, T) advantages A * W in place of TRL's."""
    return {**output, "advantages": token_advantages(rows, hooks, state)}


@lru_cache(maxsize=1)
def trainer_class() -> Any:
    """LeadlineGRPOTrainer; a function, because importing TRL costs 11 s."""
    base = need("trl", "train", "The TRL adapter").GRPOTrainer

    class LeadlineGRPOTrainer(base):  # type: ignore[misc, valid-type]
        """GRPOTrainer(..., objective="grpo:advantage=mean+thr"). One process: groups must be whole on each."""

        def __init__(
            self, *args: Any, objective: str | Hooks = "grpo", correct_at: float = 1.0, **more: Any
        ) -> None:
            if isinstance(objective, str):
                refuse_settings(objective, "TRL", CONFIG)
            self.hooks = build(objective) if isinstance(objective, str) else objective
            refuse_slots(self.hooks)
            self.correct_at, self.hook_state = correct_at, State()
            super().__init__(*args, **more)

        def _calculate_rewards(self, inputs: Any, prompts: Any, completions: Any, ids: Any) -> Tensor:
            found: Tensor = super()._calculate_rewards(inputs, prompts, completions, ids)
            self.last_rewards = (found * self.reward_weights.to(found.device)).nansum(1)
            return found

        def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
            output = super()._generate_and_score_completions(inputs)
            rows = rows_of(output, self.last_rewards, self.num_generations, correct_at=self.correct_at)
            needs = self.hooks.needs & {"hidden", "probs", "logp_roll"}
            if needs:
                rows = self.scored(rows, output, needs)
            return with_advantages(output, rows, self.hooks, self.hook_state)

        def scored(self, rows: Rows, output: dict[str, Any], needs: frozenset[str]) -> Rows:
            """What the hooks need from one more plain forward (TRL's own gives neither hidden states nor logits)."""
            full, place = packed(
                output["prompt_ids"],
                output["prompt_mask"],
                output["completion_ids"],
                output["completion_mask"],
                rows,
            )
            full = fill(full, HuggingFace(self.accelerator.unwrap_model(self.model)), needs)
            for name in ("logp_old", "hidden", "probs"):
                value = getattr(full, name)
                if value is not None and getattr(rows, name) is None:
                    setattr(rows, name, unpacked(value, place))
            rows.sub_ids = full.sub_ids
            return rows

    return LeadlineGRPOTrainer


def reward_function(world: TaskSet, tasks: Mapping[str, Any]) -> Callable[..., list[float]]:
    """A TRL reward function that scores completions of a single-turn world; `tasks` by prompt text."""
    from leadline.agents.base import Outcome

    def reward(prompts: Sequence[str], completions: Sequence[str], **columns: Any) -> list[float]:
        return [tasks[p].score(Outcome(c, "finished")) for p, c in zip(prompts, completions, strict=True)]

    reward.__name__ = f"{world.name}_reward"
    return reward


def rollout_function(sampling: Any) -> Callable[..., dict[str, Any]]:
    """A TRL rollout_func over Leadline's rollouts: prompt ids, completion ids, their logprobs as sampled, env_mask.

    `sampling` is a train.rollouts.Rollouts whose pool holds the prompts' tasks. TRL repeats each prompt n times and
    wants one completion per entry.
    """
    index = {task.prompt: i for i, task in enumerate(sampling.pool)}

    def rollout(prompts: Sequence[str], trainer: Any = None, **more: Any) -> dict[str, Any]:
        rows = sampling.rollouts([index[p] for p in prompts])
        found: dict[str, Any] = {"prompt_ids": [], "completion_ids": [], "logprobs": [], "env_mask": []}
        for r in range(len(rows)):
            used = (rows.mask[r] > 0).nonzero().flatten()
            start, end = int(used[0]), int(used[-1]) + 1
            found["prompt_ids"].append(rows.ids[r, :start].tolist())
            found["completion_ids"].append(rows.ids[r, start:end].tolist())
            found["logprobs"].append(rows.logp_roll[r, start:end].tolist())
            found["env_mask"].append(rows.mask[r, start:end].int().tolist())
        return found

    return rollout
