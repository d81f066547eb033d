"""The trainer: objective-blind. Warm-up, then sample, score, weigh, update, remember; everything else is in the hooks.

Each stage has its own seeded generator, so that two runs that differ in one stage share the others' randomness.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from leadline.agents.base import Task
from leadline.errors import CheckFailed, UsageError
from leadline.explore.decoding import Shape as CostShape
from leadline.train import checkpoint, metrics, worlds
from leadline.train.compute import sampling_flops, training_flops
from leadline.train.descend import adamw
from leadline.train.hooks import Hooks, State, filtered, prompts_left, token_advantages, whole
from leadline.train.objectives import build
from leadline.train.policies.alphabet import Alphabet
from leadline.train.policies.sized import sized
from leadline.train.policies.transformer import Transformer
from leadline.train.rollouts import Rollouts
from leadline.train.rows import Rows
from leadline.train.samplers.base import sampled
from leadline.train.scores import fill
from leadline.train.settings import Settings
from leadline.train.threads import threads
from leadline.train.update import update
from leadline.train.warmup import demonstrations, mixed_up, warm_up_step
from leadline.train.worlds.base import TaskSet

Progress = Callable[[int, int, str], object]
"""(done, total or 0, what is being done)"""
STAGES = ("order", "sample", "update", "warmup")
MAX_BAD_STEPS = 3


def unheard(done: int, total: int, what: str) -> None:
    """For whoever wants no progress."""


class Trainer:
    """One run. `out` holds metrics.jsonl and checkpoint.pt; without it nothing is written. `hooks` and `world` may be
    given instead of the names in the settings.
    """

    def __init__(
        self,
        settings: Settings,
        out: Path | None = None,
        *,
        hooks: Hooks | None = None,
        world: TaskSet | None = None,
    ) -> None:
        self.settings, self.out = settings.check(), out
        self.hooks = whole(hooks or build(settings.objective))
        self.world = world or worlds.get(settings.env)
        self.codec = Alphabet(self.world.alphabet)
        draw = np.random.default_rng(settings.seed)
        self.pool: list[Task] = self.drawn(draw, settings.pool, "train")
        self.held_out: list[Task] = self.drawn(draw, settings.eval_prompts, "test")
        self.policy = sized(settings.policy, self.codec.size, settings.seed)
        self.reference: Transformer | None = None
        self.optimizer = adamw(self.policy, settings.lr)
        self.rngs = {s: torch.Generator().manual_seed(settings.seed * 10 + i) for i, s in enumerate(STAGES)}
        self.state: State = {}
        self.done = 0
        self.bad_steps = 0
        self.total = {"tokens": 0, "forwards": 0, "rollouts": 0, "verifier_calls": 0, "flops": 0.0}
        self.records: list[dict[str, Any]] = []
        self.warm = False

    def drawn(self, rng: np.random.Generator, n: int, split: str) -> list[Task]:
        """n tasks of the world's split. UsageError when it gives another number."""
        found = self.world.draw(rng, n, split)
        if len(found) != n:
            raise UsageError(
                f"{self.world.name} drew {len(found)} tasks for {split}, and {n} were asked for.",
                remedy="Its draw(rng, n, split) has to give n of them; they may be drawn again.",
            )
        return found

    # -- warm-up -------------------------------------------------------------------------------------------------
    def warm_up(self, progress: Progress = unheard) -> None:
        """Supervised steps on fresh training tasks; then the frozen reference is what the policy is now."""
        settings, rng = self.settings, np.random.default_rng(self.settings.seed + 1_000_003)
        optimizer = adamw(self.policy, settings.warmup_lr)
        for done in range(settings.warmup_steps):
            progress(done, settings.warmup_steps, "warm-up")
            tasks = self.world.draw(rng, settings.warmup_batch, "train")
            rows = demonstrations(mixed_up(tasks, settings.warmup_noise, rng), self.world, self.codec)
            warm_up_step(self.policy, optimizer, rows)
        self.warm = True
        self.freeze_reference()

    def freeze_reference(self) -> None:
        self.reference = sized(self.settings.policy, self.codec.size, self.settings.seed)
        self.reference.load_state_dict(self.policy.state_dict())

    # -- one step ------------------------------------------------------------------------------------------------
    def sampling(self, pool: list[Task], stage: str = "sample", **more: Any) -> Rollouts:
        return Rollouts(self.policy, self.codec, self.world, pool, self.settings.n, self.rngs[stage], **more)

    def sample(self) -> tuple[Rows, Rollouts, list[int]]:
        """Rows of one step, what they were sampled with (and what that cost), and their prompts, drawn without
        replacement."""
        left = prompts_left(list(range(len(self.pool))), self.hooks, self.state)
        picked = torch.randperm(len(left), generator=self.rngs["order"])[: self.settings.prompts].tolist()
        prompts = [left[i] for i in picked]
        sampling = self.sampling(self.pool, temperature=self.hooks.temperature, step=self.done)
        return sampled(prompts, sampling, self.hooks, self.state), sampling, prompts

    def step(self) -> dict[str, Any]:
        """One RL step; its metrics. Raises CheckFailed after three steps in a row that were not finite."""
        began = time.perf_counter()
        rows, sampling, prompts = self.sample()
        sampled_at = time.perf_counter()
        seen = metrics.of_rows(rows, rows.mask, rows.mask)
        rows = filtered(rows, self.hooks, self.state)
        record: dict[str, Any] = {"step": self.done + 1, **seen, "kept_rows": len(rows)}
        if len(rows):
            record |= self.learn(rows.check())
        for replay in self.hooks.replay:
            replay(prompts, rows, self.state)
        self.done += 1
        self.account(sampling, rows)
        record |= {"seconds": time.perf_counter() - began, "sample_seconds": sampled_at - began, **self.total}
        return record

    def learn(self, rows: Rows) -> dict[str, Any]:
        """One update on the rows; its metrics."""
        settings, hooks = self.settings, self.hooks
        if hooks.needs - {"entropy"}:
            rows = fill(rows, self.policy, hooks.needs, self.reference, micro_rows=settings.micro_rows)
        advantage = token_advantages(rows, hooks, self.state)
        for group in self.optimizer.param_groups:
            group["lr"] = settings.lr * min(1.0, (self.done + 1) / max(1, settings.lr_warmup))
        assert hooks.advantage is not None
        base = hooks.advantage(rows, rows.reward)
        report = update(
            rows, self.policy, self.optimizer, hooks, advantage, self.rngs["update"],
            micro_rows=settings.micro_rows, max_norm=settings.max_norm,
        )  # fmt: skip
        self.total["forwards"] += report.forwards
        self.bad_steps = self.bad_steps + 1 if report.skipped and not report.steps else 0
        if self.bad_steps >= MAX_BAD_STEPS:
            self.give_up(rows, advantage)
        found = metrics.of_rows(rows, advantage, base[:, None] if base.dim() == 1 else base)
        kept = {name: found[name] for name in ("weight_scale", "is_ess", "entropy") if name in found}
        return kept | {"loss": report.loss, "grad_norm": report.grad_norm, "skipped": report.skipped}

    def give_up(self, rows: Rows, advantage: torch.Tensor) -> None:
        """Raises CheckFailed; the batch that did it is kept for whoever looks into it."""
        where = ""
        if self.out is not None:
            path = self.out / "not-finite.pt"
            checkpoint.save(path, {"rows": rows.row_tensors(), "advantage": advantage, "step": self.done})
            where = f" The batch is in {path}."
        raise CheckFailed(
            f"Loss or gradient was not finite in {MAX_BAD_STEPS} steps in a row, at step {self.done + 1}.{where}",
            remedy="Lower lr, or look for a reward or weight that overflows.",
        )

    def account(self, sampling: Rollouts, rows: Rows) -> None:
        """Add up tokens, forwards and operations of this step."""
        cost, size = sampling.compute, self.size()
        mean = float(rows.lengths.mean()) if len(rows) else 1.0
        for name in ("tokens", "forwards", "rollouts", "verifier_calls"):
            self.total[name] += getattr(cost, name)
        generated = sampling_flops(size, cost.tokens, mean)
        self.total["flops"] += generated + training_flops(size, float(rows.mask.sum()), mean)

    def size(self) -> CostShape:
        shape = self.policy.shape
        return CostShape(shape.channels, shape.layers, shape.inner, shape.channels, shape.vocabulary)

    # -- evaluation ----------------------------------------------------------------------------------------------
    def evaluate(self, samples: int | None = None) -> dict[str, float]:
        """pass@k on held-out tasks at temperature 1. The same random numbers each time, apart from training's."""
        rng = torch.Generator().manual_seed(self.settings.seed + 77)
        sampling = Rollouts(self.policy, self.codec, self.world, self.held_out, 1, rng)
        n = samples or self.settings.eval_samples
        rows = sampling.rollouts([p for p in range(len(self.held_out)) for _ in range(n)])
        table = metrics.pass_table(rows, sorted({1, n}))
        return {
            "pass_1": table["pass_1"],
            "pass_k": table[f"pass_{n}"],
            "k": n,
            "pass_1_half": table["pass_1_half"],
        }

    # -- the run -------------------------------------------------------------------------------------------------
    def run(
        self,
        listen: Callable[[dict[str, Any]], None] | None = None,
        *,
        progress: Progress = unheard,
        stop: Callable[[], object] = bool,
    ) -> list[dict[str, Any]]:
        """From where the run stands to `settings.steps`, or to the step after which `stop` says so; it can be resumed
        from there. Returns all records of this process. `progress` hears (done, total, what).
        """
        steps = self.settings.steps
        with threads(self.settings.threads):
            if not self.warm:
                self.warm_up(progress)
                progress(0, 0, "first evaluation")
                self.report({"step": 0, **self.evaluate()}, listen)
                self.save()
            stopped = False
            while self.done < steps and not stopped:
                progress(self.done, steps, "training")
                record = self.step()
                if self.done % self.settings.eval_every == 0 or self.done == steps:
                    record |= self.evaluate()
                self.report(record, listen)
                stopped = bool(stop())
                if self.done % self.settings.checkpoint_every == 0 or self.done == steps or stopped:
                    self.save()
        return self.records

    def report(self, record: dict[str, Any], listen: Callable[[dict[str, Any]], None] | None) -> None:
        self.records.append(record)
        if self.out is not None:
            metrics.write_line(self.out / "metrics.jsonl", record)
        if listen is not None:
            listen(record)

    # -- checkpoints ---------------------------------------------------------------------------------------------
    def record(self) -> dict[str, Any]:
        """Everything that the next step depends on."""
        return {
            "settings": msgspec.to_builtins(self.settings), "done": self.done, "warm": self.warm,
            "policy": self.policy.state_dict(), "optimizer": self.optimizer.state_dict(),
            "reference": self.reference.state_dict() if self.reference else None,
            "rngs": {s: rng.get_state() for s, rng in self.rngs.items()},
            "state": self.state, "total": self.total, "bad_steps": self.bad_steps,
        }  # fmt: skip

    def save(self) -> None:
        if self.out is not None:
            checkpoint.save(self.out / "checkpoint.pt", self.record())

    def resume(self, path: Path) -> None:
        """Continue from a checkpoint; metrics after it are dropped."""
        self.restore(checkpoint.load(path, self.settings))
        if self.out is not None:
            metrics.keep_until(self.out / "metrics.jsonl", self.done)

    def restore(self, record: dict[str, Any]) -> None:
        """Be the trainer that gave this `record`."""
        self.policy.load_state_dict(record["policy"])
        self.optimizer.load_state_dict(record["optimizer"])
        if record["reference"] is not None:
            self.freeze_reference()
            assert self.reference is not None
            self.reference.load_state_dict(record["reference"])
        for stage, rng in self.rngs.items():
            rng.set_state(record["rngs"][stage])
        self.done, self.warm, self.state = record["done"], record["warm"], record["state"]
        self.total, self.bad_steps = record["total"], record["bad_steps"]
