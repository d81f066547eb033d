"""Many runs of the one agent loop in lockstep, so that a torch policy answers all of them in one batch.

Each run is a greenlet that waits in `act`; when all that are alive wait, one generation serves them in row order. They
take turns in one thread: thousands cost no more than their work, where as many threads would fight for the interpreter.
Tools that wait for a network therefore wait one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from greenlet import getcurrent, greenlet

from leadline.agents.base import Finish, Outcome, Task, View
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.loop import run
from leadline.environments.base import Action
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace
from leadline.train.policies.alphabet import Codec
from leadline.train.worlds.base import TaskSet


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
    shown: str = ""
    said: list[str] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    outcome: Outcome | None = None
    name: str = "torch"

    def act(self, view: View) -> Action | Finish:
        self.extend(self.tasks.render(view, self.said))
        getcurrent().parent.switch()  # until the policy was heard
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
        self.outcome = run(self.task, self, Transcript(), self.tasks.environment(self.task), budget, Trace())


def in_lockstep(
    tasks: Sequence[Task], world: TaskSet, codec: Codec, answer: Callable[[Sequence[Episode]], None]
) -> list[Episode]:
    """Every task to its end; `answer` lets all episodes that wait `hear` what the policy says.

    An error in one run, or in `answer`, ends all of them and is raised here.
    """
    episodes = [Episode(task, world, codec) for task in tasks]
    going = [(episode, greenlet(episode.play)) for episode in episodes]
    try:
        while going:
            for _, playing in going:
                playing.switch()
            going = [(episode, playing) for episode, playing in going if not playing.dead]
            if going:
                answer([episode for episode, _ in going])
    finally:
        for _, playing in going:
            playing.throw()  # what is still going ends where it waits
    return episodes
