"""Work that goes on behind the pages: runs, one after the other, and collections that read new sources.

A run lives on the disk (runs.store); what is kept here is only how to stop it and how far reading has come, so a
page can be loaded again, opened twice, or read after a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Lock

from leadline.agents.research import research
from leadline.agents.roster import cast
from leadline.agents.verify import Verification
from leadline.errors import LeadlineError
from leadline.models.cached import CachedModel
from leadline.models.specs import model_from
from leadline.retrieval.collection import Collection
from leadline.retrieval.update import Update
from leadline.runs.store import Run, start_run

INFINITY = float("inf")


class Job:
    """A run under way. `reading` is (done, total) while sources are read."""

    def __init__(self) -> None:
        self.stop = Event()
        self.reading = (0, 0)


class Reading:
    """A collection that reads sources: how far, and how it ended."""

    def __init__(self) -> None:
        self.at = (0, 0)
        self.done: Update | None = None
        self.problem = ""

    @property
    def over(self) -> bool:
        return self.done is not None or bool(self.problem)


class Jobs:
    """All work of one server."""

    def __init__(self) -> None:
        self.runs: dict[str, Job] = {}
        self.readings: dict[str, Reading] = {}
        self.verdicts: dict[str, Verification] = {}
        self.leaving = Event()
        """Set when the server is told to stop: streams end."""
        self._lock = Lock()
        self._one = ThreadPoolExecutor(1, thread_name_prefix="leadline-run")
        self._other = ThreadPoolExecutor(1, thread_name_prefix="leadline-read")

    # ---- runs ---------------------------------------------------------------------------------------

    def start(
        self,
        question: str,
        sources: Sequence[Path],
        *,
        collection: str = "",
        agent: str = "extractive",
        model: str = "",
        seed: int = 0,
        max_steps: float = INFINITY,
        max_seconds: float = INFINITY,
    ) -> Run:
        """Put a run in line. What cannot start (no model, no such agent) is raised at once; nothing is recorded."""
        policy, context = cast(agent, CachedModel(model_from(model)) if model else None, seed=seed)
        run = start_run(
            question,
            sources,
            collection=collection,
            seed=seed,
            max_steps=max_steps,
            max_seconds=max_seconds,
            agent=agent,
            model=model,
        )
        job = self.runs[run.record.id] = Job()

        def progress(done: int, total: int) -> None:
            job.reading = (done, total)

        def work() -> None:
            try:
                research(
                    question, sources, collection=collection or None, seed=seed, max_steps=max_steps,
                    max_seconds=max_seconds, progress=progress, stop=job.stop.is_set, policy=policy,
                    context=context, record=run,
                )  # fmt: skip
            except LeadlineError as error:
                run.mark("failed", reason=str(error))
            except Exception as error:  # a bug of ours ends this run, not the server
                run.mark("failed", reason=f"{type(error).__name__}: {error}"[:500])
            finally:
                self.runs.pop(run.record.id, None)

        self._one.submit(work)
        return run

    def again(self, run: Run) -> Run:
        """Ask the question of a run again, as it was asked: same sources, seed, agent and limits."""
        record = run.record
        return self.start(
            record.question,
            [Path(source) for source in record.sources],
            collection=record.collection if not record.sources else "",
            agent=record.agent,
            model=record.model,
            seed=record.seed,
            max_steps=INFINITY if record.max_steps is None else record.max_steps,
            max_seconds=INFINITY if record.max_seconds is None else record.max_seconds,
        )

    def cancel(self, id: str) -> bool:
        """Ask a run to end with what it has; False when it is not under way here."""
        job = self.runs.get(id)
        if job is not None:
            job.stop.set()
        return job is not None

    def state(self, run: Run) -> str:
        """The state of a run, as a person would say it."""
        if run.record.state != "running":
            return run.record.state
        return "running" if run.record.id in self.runs else "interrupted"

    # ---- collections --------------------------------------------------------------------------------

    def read(self, name: str, sources: Sequence[Path]) -> Reading:
        """Read sources into a collection, which is made when it is not there; one at a time per collection."""
        with self._lock:
            known = self.readings.get(name)
            if known is not None and not known.over:
                return known
            reading = self.readings[name] = Reading()

        def progress(done: int, total: int) -> None:
            reading.at = (done, total)

        def work() -> None:
            try:
                reading.done = Collection.open(name, create=True).update(sources, progress)
            except LeadlineError as error:
                reading.problem = str(error)
            except Exception as error:  # shown on the collection's page
                reading.problem = f"{type(error).__name__}: {error}"[:500]

        self._other.submit(work)
        return reading

    def close(self) -> None:
        """Ask everything to end with what it has."""
        for job in list(self.runs.values()):
            job.stop.set()
        self._one.shutdown(wait=True, cancel_futures=True)
        self._other.shutdown(wait=False, cancel_futures=True)
