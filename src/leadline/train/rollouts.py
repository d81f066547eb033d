"""Rollouts: a pool of tasks answered by one torch policy, as rows to train on (samplers/base.py is the contract).

What the policy is shown is text; what is trained on are the token ids that it really produced (they are kept, never
tokenised again) with their log probabilities as sampled. Observations stand between them with mask 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from leadline.agents.base import Outcome, Task
from leadline.errors import UsageError
from leadline.train.lockstep import Episode, Sample, in_lockstep
from leadline.train.policies.alphabet import Codec
from leadline.train.policies.generate import Generated, Temperature, generate
from leadline.train.rows import Rows, padded
from leadline.train.samplers.base import Chunk, Verdict
from leadline.train.worlds.base import TaskSet


@dataclass
class Compute:
    """What sampling cost."""

    tokens: int = 0
    forwards: int = 0
    rollouts: int = 0
    verifier_calls: int = 0

    def add(self, made: Generated) -> None:
        self.tokens += int(made.mask.sum())
        self.forwards += made.forwards


@dataclass
class Rollouts:
    """Sampling from a pool of tasks with one policy (samplers/base.py is the contract)."""

    policy: Any
    codec: Codec
    tasks: TaskSet
    pool: Sequence[Task]
    n: int
    rng: torch.Generator
    temperature: Temperature | None = None
    step: int = 0
    greedy: bool = False
    correct_at: float = 1.0
    sampler: Callable[..., Generated] = generate
    """policies/generate.py for our own networks, policies/huggingface.py's for transformers models."""
    compute: Compute = field(default_factory=Compute)

    def rollouts(self, prompts: Sequence[int]) -> Rows:
        episodes = self.play([self.pool[p] for p in prompts])
        self.compute.rollouts += len(prompts)
        self.compute.verifier_calls += len(prompts)
        return self.rows(prompts, episodes)

    def play(self, tasks: Sequence[Task]) -> list[Episode]:
        """Every task to its end. An error in one run ends all of them and is raised here."""
        return in_lockstep(tasks, self.tasks, self.codec, self.answer)

    def answer(self, batch: Sequence[Episode]) -> None:
        """One generation for all that wait."""
        made = self.generate([e.samples[-1].ids for e in batch], self.tasks.max_new)
        columns = [x.tolist() for x in (made.ids, made.logp, made.tau, made.entropy)]
        lengths = made.mask.sum(1).long().tolist()
        for episode, n, *values in zip(batch, lengths, *columns, strict=True):
            episode.hear(*(x[:n] for x in values))

    def generate(
        self, prefixes: Sequence[Sequence[int]], max_new: int, start: Sequence[int] | None = None
    ) -> Generated:
        made = self.sampler(
            self.policy, prefixes, max_new, self.rng,
            temperature=self.temperature, step=self.step, greedy=self.greedy, start=start,
        )  # fmt: skip
        self.compute.add(made)
        return made

    def rows(self, prompts: Sequence[int], episodes: Sequence[Episode]) -> Rows:
        """One row per sample, with "round" and "rounds" in meta; rows of a trajectory share its reward."""
        flat = [(p, e, s) for p, e in zip(prompts, episodes, strict=True) for s in e.samples]
        rewards = [e.outcome.reward if e.outcome else 0.0 for _, e, _ in flat]
        group = torch.tensor([p for p, _, _ in flat])
        reward = torch.tensor(rewards, dtype=torch.float32)
        for (_, e, _), value in zip(flat, rewards, strict=True):
            if not math.isfinite(value):
                raise UsageError(
                    f"The score of task {e.task.id} gave {value} for {e.said[-1][:60]!r}.",
                    remedy="A reward is a finite number.",
                )
        return Rows(
            group, padded([s.ids for _, _, s in flat], torch.long), padded([s.mask for _, _, s in flat]), reward,
            reward >= self.correct_at, prompt_id=group, stage_id=torch.ones_like(group),
            source=torch.zeros_like(group), tau=padded([s.tau for _, _, s in flat]),
            logp_roll=padded([s.logp for _, _, s in flat]), entropy=padded([s.entropy for _, _, s in flat]),
            meta=[about(e, s) for _, e, s in flat],
        )  # fmt: skip

    def prefix(self, prompt: int) -> list[int]:
        return self.codec.encode(self.pool[prompt].prompt)

    def extend(
        self, prompts: Sequence[int], responses: Sequence[Sequence[int]], n: int, max_tokens: int
    ) -> list[list[Chunk]]:
        flat = [(p, r) for p, r in zip(prompts, responses, strict=True) for _ in range(n)]
        prefixes = [[*self.prefix(p), *r] for p, r in flat]
        made = self.generate(prefixes, max_tokens, [len(r) for _, r in flat])
        chunks = []
        for row in range(len(flat)):
            length = int(made.mask[row].sum())
            mean = float(made.entropy[row, :length].mean())
            ids, logp = made.ids[row, :length].tolist(), made.logp[row, :length].tolist()
            chunks.append(Chunk(ids, logp, mean, bool(made.ended[row])))
        return [chunks[i : i + n] for i in range(0, len(chunks), n)]

    def judge(self, prompt: int, response: Sequence[int]) -> Verdict:
        """Score a response of one turn."""
        self.compute.verifier_calls += 1
        task = self.pool[prompt]
        assert task.score is not None
        reward = task.score(Outcome(self.codec.decode(response), "finished"))
        return Verdict(reward, reward >= self.correct_at)


def about(episode: Episode, sample: Sample) -> dict[str, Any]:
    outcome = episode.outcome
    calls = sum(turn.observation.cost.get("calls", 0.0) for turn in outcome.turns) if outcome else 0.0
    last = sample.rounds[-1] if sample.rounds else 1
    return {"round": last, "rounds": len(episode.said), "calls": calls, "said": list(episode.said)}
