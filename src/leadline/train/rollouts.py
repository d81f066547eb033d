"""Rollouts: many runs of the one agent loop in lockstep, so that a torch policy answers all of them in one batch.

Each run is a thread that waits in `act`; when all that are alive wait, one generation serves them in row order. What
the policy is shown is text; what is trained on are the token ids that it really produced (they are kept, never
tokenised again) with their log probabilities as sampled. Observations stand between them with mask 0.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from leadline.agents.base import Finish, Outcome, Task, View
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.loop import run
from leadline.environments.base import Action
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace
from leadline.train.policies.alphabet import Codec
from leadline.train.policies.generate import Generated, Temperature, generate
from leadline.train.rows import Rows
from leadline.train.samplers.base import Chunk, Verdict
from leadline.train.worlds.base import TaskSet

THREAD_STACK = 512 * 1024


@dataclass
class Sample:
    """One sequence to train on. A context that rewrites the past makes several per trajectory."""

    ids: list[int]
    mask: list[float]
    logp: list[float]
    tau: list[float]
    entropy: list[float]
    rounds: list[int]


@dataclass
class Episode:
    """One run: a policy for the loop, and the record of what it produced."""

    task: Task
    tasks: TaskSet
    codec: Codec
    desk: Desk
    shown: str = ""
    said: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    waiting: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome | None = None
    failure: BaseException | None = None
    name: str = "torch"

    def act(self, view: View) -> Action | Finish:
        text = self.tasks.render(view, self.said)
        self.extend(text)
        self.desk.wait(self)
        return self.tasks.parse(self.said[-1])

    def conclude(self, view: View) -> Finish:
        return Finish("")

    def extend(self, text: str) -> None:
        """Append what is new to the last sample; start another one where the past was rewritten."""
        if self.samples and text.startswith(self.shown):
            new = self.codec.encode(text[len(self.shown) :])
            sample = self.samples[-1]
            for values in (sample.mask, sample.logp, sample.entropy):
                values += [0.0] * len(new)
            sample.tau += [1.0] * len(new)
            sample.ids += new
        else:
            ids = self.codec.encode(text)
            n = len(ids)
            self.samples.append(Sample(ids, [0.0] * n, [0.0] * n, [1.0] * n, [0.0] * n, []))
        self.shown = text

    def hear(self, ids: list[int], logp: list[float], tau: list[float], entropy: list[float]) -> None:
        """What the policy produced in this turn."""
        sample = self.samples[-1]
        sample.ids += ids
        sample.mask += [1.0] * len(ids)
        sample.logp += logp
        sample.tau += tau
        sample.entropy += entropy
        sample.rounds.append(len(self.said) + 1)
        text = self.codec.decode(ids)
        self.said.append(text)
        self.shown += text

    def play(self) -> None:
        budget = Budget(max_steps=self.tasks.max_turns)
        try:
            self.outcome = run(
                self.task, self, Transcript(), self.tasks.environment(self.task), budget, Trace()
            )
        except BaseException as error:  # handed to the main thread, which raises it
            self.failure = error
        finally:
            self.desk.leave()


class Desk:
    """Where episodes wait for the next batch."""

    def __init__(self, n: int) -> None:
        self.lock = threading.Condition()
        self.alive, self.queue = n, list[Episode]()

    def wait(self, episode: Episode) -> None:
        with self.lock:
            self.queue.append(episode)
            episode.waiting.clear()
            self.call()
        episode.waiting.wait()
        if episode.failure is not None:
            raise episode.failure

    def leave(self) -> None:
        with self.lock:
            self.alive -= 1
            self.call()

    def call(self) -> None:
        """Wake who waits for the batch, once it is complete: not for each of its episodes."""
        if len(self.queue) == self.alive:
            self.lock.notify()

    def batch(self) -> list[Episode]:
        """All episodes once none is thinking; empty when all have left."""
        with self.lock:
            self.lock.wait_for(lambda: len(self.queue) == self.alive)
            queue, self.queue = self.queue, []
        return queue


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
        desk = Desk(len(tasks))
        episodes = [Episode(task, self.tasks, self.codec, desk) for task in tasks]
        order = {id(episode): i for i, episode in enumerate(episodes)}
        before = threading.stack_size(THREAD_STACK)
        threads = [threading.Thread(target=episode.play, daemon=True) for episode in episodes]
        try:
            for thread in threads:
                thread.start()
        finally:
            threading.stack_size(before)
        while batch := desk.batch():
            batch.sort(key=lambda episode: order[id(episode)])
            self.answer(batch)
        for thread in threads:
            thread.join()
        for episode in episodes:
            if episode.failure is not None:
                raise episode.failure
        return episodes

    def answer(self, batch: Sequence[Episode]) -> None:
        """One generation for all that wait."""
        try:
            made = self.generate([e.samples[-1].ids for e in batch], self.tasks.max_new)
            columns = [x.tolist() for x in (made.ids, made.logp, made.tau, made.entropy)]
            lengths = made.mask.sum(1).long().tolist()
            for episode, n, *values in zip(batch, lengths, *columns, strict=True):
                episode.hear(*(x[:n] for x in values))
        except BaseException as error:
            for episode in batch:
                episode.failure = error
        for episode in batch:
            episode.waiting.set()

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


def padded(values: Sequence[Sequence[Any]], dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """[R, T] right-padded with 0."""
    tensors = [torch.tensor(v, dtype=dtype) for v in values]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)
