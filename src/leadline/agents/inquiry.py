"""What a run is asked (`Inquiry`, kept in its record), and what it has in this process (`Runtime`, kept nowhere)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from leadline.agents.base import Context, Policy
from leadline.environments.base import Environment
from leadline.environments.captures import Captures
from leadline.environments.granted import Approve
from leadline.environments.outside import NOTHING, Outside, opened
from leadline.environments.user import Person
from leadline.retrieval.collection import Collection
from leadline.runs.drive import Stop
from leadline.runs.record import RunRecord
from leadline.runs.steps import Steps
from leadline.runs.store import Run, start_run
from leadline.runs.trace import Step

INFINITY = float("inf")

Listener = Callable[[Step], None]
Progress = Callable[[int, int], Any]
OpenOutside = Callable[[Outside, str, Captures], AbstractContextManager[Sequence[Environment]]]
"""(grant, question, captures) -> the environments of a run's grant, while it goes."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question, where to look, who researches, within which limits, and what may be touched besides."""

    question: str
    sources: Sequence[str | Path] = ()
    """Files and folders, read into the collection first; without one, into a collection of their own."""
    collection: Collection | str | None = None
    out: str | Path | None = None
    """A folder for the report; `{run}` in it stands for the run's id."""
    max_steps: float = INFINITY
    max_seconds: float = INFINITY
    max_tokens: float = INFINITY
    """What the model may read and write."""
    max_usd: float = INFINITY
    """What the model may cost, where its spec has prices."""
    seed: int = 0
    agent: str = "extractive"
    model: str = ""
    """The agent by name and its model's spec, from which a recorded run is cast (`leadline.agents.durable`)."""
    offline: bool = False
    """Whether anything that needs the network is refused."""
    outside: Outside = NOTHING
    """What the run may touch beside the collection: the web, MCP servers, code."""

    @staticmethod
    def of(record: RunRecord) -> Inquiry:
        """What a recorded run is asked. Sources with a collection of their own find it again by their names."""
        own = Collection.name_of(record.sources)
        return Inquiry(
            record.question,
            [Path(source) for source in record.sources],
            collection=None if record.collection in ("", own) else record.collection,
            out=record.out or None,
            max_steps=_limit(record.max_steps),
            max_seconds=_limit(record.max_seconds),
            max_tokens=_limit(record.max_tokens),
            max_usd=_limit(record.max_usd),
            seed=record.seed,
            agent=record.agent,
            model=record.model,
            offline=record.offline,
            outside=msgspec.convert(record.outside, Outside),
        )

    def start(self, found: Collection | None = None) -> Run:
        """Record a new run of it; `found` is the collection that it asks, where that has been read already."""
        known = self.collection if found is None else found
        return start_run(
            self.question,
            self.sources,
            collection=known.name if isinstance(known, Collection) else known or "",
            seed=self.seed,
            max_steps=self.max_steps,
            max_seconds=self.max_seconds,
            max_tokens=self.max_tokens,
            max_usd=self.max_usd,
            out=self.out or "",
            agent=self.agent,
            model=self.model,
            offline=self.offline,
            outside=msgspec.to_builtins(self.outside) if self.outside.allow else {},
            index=found.index_id if found is not None else "",
        )


@dataclass(frozen=True, slots=True)
class Runtime:
    """Who researches in this process, who is told, and who is asked."""

    policy: Policy | None = None
    context: Context | None = None
    """Another agent than the extractive one, and what it sees of the past (`leadline.agents.roster.cast`)."""
    steps: Steps | None = None
    """What the policy's model keeps its calls in, where it does."""
    listen: Listener | None = None
    """Called with every step."""
    progress: Progress | None = None
    """Called with (done, total) while sources are read."""
    stop: Stop | None = None
    """Asked before each step whether the run is to end (True or "cancel") or to wait ("pause")."""
    person: Person | None = None
    """Answers what an agent may ask the one who wants to know."""
    approve: Approve | None = None
    """Asked before each call beyond the collection where the grant says `confirm`; nobody there means no."""
    open_outside: OpenOutside = opened
    """Makes environments of the grant."""


def _limit(recorded: float | None) -> float:
    """A limit of a record; JSON has no infinity."""
    return INFINITY if recorded is None else recorded
