"""Many runs of the one agent loop in lockstep, so that a torch policy answers all of them in one batch.

Each run is a thread that waits in `act`; when all that are alive wait, one generation serves them in row order.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

from leadline.agents.base import Finish, Outcome, Task, View
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.loop import run
from leadline.environments.base import Action
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace
from leadline.train.policies.alphabet import Codec
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


class Workers:
    """Threads that are used again: to start hundreds costs more than what most episodes do.

    They have small stacks, end with the process, and are not those of a process that was forked.
    """

    def __init__(self) -> None:
        self.idle = deque[SimpleQueue[Callable[[], None]]]()
        os.register_at_fork(after_in_child=self.idle.clear)

    def begin(self, job: Callable[[], None]) -> None:
        """Have a thread do the job, soon."""
        (self.idle.pop() if self.idle else self.another()).put(job)

    def another(self) -> SimpleQueue[Callable[[], None]]:
        jobs = SimpleQueue[Callable[[], None]]()
        before = threading.stack_size(THREAD_STACK)
        try:
            threading.Thread(target=self.serve, args=(jobs,), daemon=True).start()
        finally:
            threading.stack_size(before)
        return jobs

    def serve(self, jobs: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            jobs.get()()
            self.idle.append(jobs)


WORKERS = Workers()


def in_lockstep(
    tasks: Sequence[Task], world: TaskSet, codec: Codec, answer: Callable[[Sequence[Episode]], None]
) -> list[Episode]:
    """Every task to its end; `answer` lets all episodes that wait `hear` what the policy says.

    An error in one run, or in `answer`, ends all of them and is raised here.
    """
    desk = Desk(len(tasks))
    episodes = [Episode(task, world, codec, desk) for task in tasks]
    for episode in episodes:
        WORKERS.begin(episode.play)
    order = {id(episode): i for i, episode in enumerate(episodes)}
    while batch := desk.batch():
        batch.sort(key=lambda episode: order[id(episode)])
        try:
            answer(batch)
        except BaseException as error:  # each run raises it where it waits
            for episode in batch:
                episode.failure = error
        for episode in batch:
            episode.waiting.set()
    for episode in episodes:
        if episode.failure is not None:
            raise episode.failure
    return episodes
