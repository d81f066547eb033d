"""The settings of a training run. A checkpoint belongs to exactly one of these."""

from __future__ import annotations

from typing import Any

import msgspec

from leadline.errors import UsageError

FREE = ("steps", "eval_every", "checkpoint_every", "eval_prompts", "eval_samples")
"""May differ between a checkpoint and the run that resumes it."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One training run; the defaults are those of `leadline train`."""

    env: str = "countdown"
    """A training environment with its settings ("countdown:n=4"), or a file (train/worlds)."""
    objective: str = "grpo"
    """A base and the methods on it ("grpo+dars:rule=hw"), each by name or a file (train/objectives)."""
    policy: str = "tiny"
    """tiny (0.8 M parameters), half (0.5 M), medium (1 M), small (3 M), micro (40 k, for tests)."""
    steps: int = 100
    """RL steps in all, those before a checkpoint included."""
    prompts: int = 32
    """Prompts per step."""
    n: int = 8
    """Rollouts per prompt of plain sampling."""
    pool: int = 512
    """Training tasks, drawn once."""
    lr: float = 3e-4
    """Of AdamW in the RL steps."""
    lr_warmup: int = 20
    """RL steps over which lr rises linearly: Adam's first steps are of full size whatever the gradient."""
    warmup_steps: int = 300
    """Supervised steps before the first RL step."""
    warmup_batch: int = 64
    warmup_lr: float = 1e-3
    warmup_noise: float = 0.0
    """Share of demonstrations that belong to another task of the batch: a base policy that is often wrong."""
    eval_every: int = 20
    """RL steps between two evaluations."""
    eval_prompts: int = 64
    """Tasks that are held out for them."""
    eval_samples: int = 16
    """Answers to each: the k of pass@k."""
    checkpoint_every: int = 20
    """RL steps between two checkpoints; the last step is always kept."""
    micro_rows: int = 128
    """Rows that are scored at once: it changes the memory that is needed, and results by rounding only."""
    max_norm: float = 1.0
    """Of the gradient of a step; a larger one is scaled down."""
    seed: int = 0
    threads: int = 1
    """Torch threads; the results depend on their number."""

    def check(self) -> Settings:
        """Itself. UsageError for what cannot be meant."""
        positive = (
            "prompts",
            "n",
            "pool",
            "warmup_batch",
            "eval_prompts",
            "eval_samples",
            "micro_rows",
            "threads",
            "eval_every",
            "checkpoint_every",
        )
        for name in positive:
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.steps < 0 or self.warmup_steps < 0:
            raise UsageError("steps and warmup_steps cannot be negative.")
        for name in ("lr", "warmup_lr"):
            if not 0 < getattr(self, name) < float("inf"):
                raise UsageError(f"{name} must be a number above 0, not {getattr(self, name)}.")
        if self.prompts > self.pool:
            raise UsageError(
                f"prompts ({self.prompts} per step) cannot be more than the {self.pool} training tasks of the pool."
            )
        if not 0 <= self.warmup_noise < 1:
            raise UsageError(f"warmup_noise must be in [0, 1), not {self.warmup_noise}.")
        return self


def differences(saved: dict[str, Any], now: Settings) -> list[str]:
    """Settings that differ and may not, as "name: saved -> now"."""
    mine = msgspec.to_builtins(now)
    return [f"{k}: {saved.get(k)!r} -> {v!r}" for k, v in mine.items() if k not in FREE and saved.get(k) != v]
