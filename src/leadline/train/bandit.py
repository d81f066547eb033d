"""The training loop for tables: the same hooks, rows and update as the trainer's, in seconds per experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from leadline.train.hooks import Hooks, State, filtered, prompts_left, token_advantages
from leadline.train.policies.candidates import CandidateTable
from leadline.train.policies.log_linear import LogLinear
from leadline.train.policies.table import SoftmaxTable
from leadline.train.rows import Rows
from leadline.train.samplers.base import Chunk, Verdict, sampled
from leadline.train.scores import fill
from leadline.train.threads import threads
from leadline.train.update import update

Exact = SoftmaxTable | LogLinear | CandidateTable
"""A policy whose success is known without sampling."""


@dataclass
class TableSampling:
    """Rollouts of a table, counted."""

    policy: Exact
    n: int
    rng: torch.Generator
    temperature: Callable[[Tensor, int], Tensor] | None = None
    step: int = 0
    rollouts_made: int = 0
    tokens: int = 0

    def rollouts(self, prompts: Sequence[int]) -> Rows:
        self.rollouts_made += len(prompts)
        self.tokens += len(prompts) * self.length
        return self.policy.rollouts(prompts, self.rng, self.temperature, self.step)

    @property
    def length(self) -> int:
        return (
            int(self.policy.right.shape[1]) if isinstance(self.policy, SoftmaxTable) else self.policy.length
        )

    def prefix(self, prompt: int) -> list[int]:
        return []

    def extend(
        self, prompts: Sequence[int], responses: Sequence[Sequence[int]], n: int, max_tokens: int
    ) -> list[list[Chunk]]:
        """Chunks of a table: positions are independent, so only the length of the response so far matters."""
        assert isinstance(self.policy, SoftmaxTable)
        found = []
        for prompt, response in zip(prompts, responses, strict=True):
            start, end = len(response), min(len(response) + max_tokens, self.length)
            with torch.no_grad():
                logp = torch.log_softmax(self.policy.logits[prompt, start:end], -1)
            ids = torch.multinomial(logp.exp(), n, replacement=True, generator=self.rng).T
            picked = logp.T.gather(0, ids)
            entropy = float(-(logp.exp() * logp).sum(-1).mean())
            self.tokens += ids.numel()
            ended = end == self.length
            found.append(
                [Chunk(i.tolist(), p.tolist(), entropy, ended) for i, p in zip(ids, picked, strict=True)]
            )
        return found

    def judge(self, prompt: int, response: Sequence[int]) -> Verdict:
        assert isinstance(self.policy, SoftmaxTable)
        right = bool(self.policy.right[prompt].gather(1, torch.tensor(response)[:, None]).all())
        return Verdict(float(right), right)


@dataclass
class TableRun:
    """`history` holds whatever `watch` returned after each step."""

    rollouts: int = 0
    tokens: int = 0
    steps: int = 0
    history: list[Any] = field(default_factory=list)


@threads(1)
def train_table(
    policy: Exact,
    hooks: Hooks,
    *,
    n: int,
    lr: float,
    steps: int = 10_000,
    epochs: float = float("inf"),
    max_rollouts: float = float("inf"),
    batch: int | None = None,
    seed: int = 0,
    reference: Exact | None = None,
    watch: Callable[[Any], Any] | None = None,
    rule: Literal["sgd", "adam"] = "sgd",
    per: Literal["row", "prompt"] = "row",
) -> TableRun:
    """Train in place until a limit is reached; `batch` prompts per step (all without it).

    With sgd the loss is multiplied by rows / n (per="row": every row weighs lr / n, however many there are) or by the
    number of prompts (per="prompt"), so that arms with different numbers of rows take comparable steps.
    """
    parameters = list(policy.parameters())
    optimizer = torch.optim.SGD(parameters, lr=lr) if rule == "sgd" else torch.optim.Adam(parameters, lr=lr)
    order, rng = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1)
    sampling, state, run = TableSampling(policy, n, rng, hooks.temperature), State(), TableRun()
    for prompts in epochs_of(len(policy.right), hooks, state, order, batch=batch, epochs=epochs):
        if run.steps >= steps or sampling.rollouts_made >= max_rollouts:
            break
        sampling.step = run.steps
        rows = filtered(sampled(prompts, sampling, hooks, state), hooks, state)
        run.steps += 1
        if len(rows):
            rows = fill(rows, policy, hooks.needs, reference, micro_rows=100_000)
            advantage = token_advantages(rows, hooks, state)
            scale = len(rows) / n if per == "row" else float(len(torch.unique(rows.group_id)))
            for group in optimizer.param_groups:
                group["lr"] = lr * (scale if rule == "sgd" else 1.0)
            update(
                rows, policy, optimizer, hooks, advantage, order, micro_rows=100_000, max_norm=float("inf")
            )
        if watch is not None:
            run.history.append(watch(policy))
    run.rollouts, run.tokens = sampling.rollouts_made, sampling.tokens
    return run


def epochs_of(
    n_prompts: int, hooks: Hooks, state: State, order: torch.Generator, *, batch: int | None, epochs: float
) -> Iterator[list[int]]:
    """Batches of prompts; each epoch passes once over what the hooks' data filter leaves."""
    epoch = 0
    while epoch < epochs:
        left = list(prompts_left(range(n_prompts), hooks, state))
        if batch is not None:
            left = [left[i] for i in torch.randperm(len(left), generator=order).tolist()]
        size = batch or len(left)
        yield from (left[i : i + size] for i in range(0, len(left), size))
        epoch += 1
