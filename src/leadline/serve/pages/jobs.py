"""Work that goes on behind the pages: runs, one after the other, and collections that read new sources.

A run lives on the disk (runs.store); what is kept here is only how to stop it and how far reading has come, so a
page can be loaded again, opened twice, or read after a restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock
from typing import Literal

from leadline.agents.durable import carry_on
from leadline.agents.inquiry import Inquiry
from leadline.agents.roster import cast
from leadline.agents.verify import Verification
from leadline.errors import LeadlineError
from leadline.models.specs import model_from
from leadline.retrieval.collection import Collection
from leadline.retrieval.update import Update
from leadline.runs import control
from leadline.runs.store import Run
from leadline.serve.pages.calls import WatchedSteps
from leadline.serve.pages.grants import check_outside


class Job:
    """A run in line or under way. `reading` is (done, total) while sources are read."""

    def __init__(self) -> None:
        self.reading = (0, 0)
        self.left = Event()
        """Set when the line has let go of the run."""

    def progress(self, done: int, total: int) -> None:
        self.reading = (done, total)


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
        """Set when the server is told to stop: streams end, and the run under way is paused."""
        self._lock = Lock()
        self._one = ThreadPoolExecutor(1, thread_name_prefix="leadline-run")
        self._other = ThreadPoolExecutor(1, thread_name_prefix="leadline-read")

    # ---- runs ---------------------------------------------------------------------------------------

    def start(self, inquiry: Inquiry) -> Run:
        """Put a run in line. What cannot start (no model, no such agent, a grant that may not be given) is raised at
        once; nothing is recorded."""
        check_outside(inquiry.outside, offline=inquiry.offline)
        model = model_from(inquiry.model, offline=inquiry.offline) if inquiry.model else None
        cast(inquiry.agent, model, seed=inquiry.seed)
        run = inquiry.start()
        self._drive(run)
        return run

    def _drive(self, run: Run) -> None:
        """Put a recorded run in line; it goes on after its last finished step."""
        id = run.record.id
        with self._lock:
            if id in self.runs:
                return
            job = self.runs[id] = Job()

        def work() -> None:
            try:
                now = run.now()
                if (
                    now.record.state == "running" and not self.leaving.is_set()
                ):  # else it was paused in the line
                    carry_on(now, progress=job.progress, stop=self._stop, steps=WatchedSteps(run.folder))
            except LeadlineError as error:
                self._failed(run, str(error))
            except Exception as error:  # a bug of ours ends this run, not the server
                self._failed(run, f"{type(error).__name__}: {error}"[:500])
            finally:
                self.runs.pop(id, None)
                job.left.set()

        self._one.submit(work)

    def _stop(self) -> Literal["pause"] | bool:
        """Asked before each step: a server that stops pauses its run."""
        return "pause" if self.leaving.is_set() else False

    def _failed(self, run: Run, reason: str) -> None:
        """Mark a run that ended before it had a driver; one that had says why by itself."""
        now = run.now()
        if now.record.state == "running" and not control.is_driven(now):
            now.mark("failed", reason=reason)

    def resume(self, run: Run) -> Run:
        """Go on with a run after its last finished step; a request to stop it that was not honoured yet is withdrawn.

        UsageError for one that is over; StoreError for one that another process drives.
        """
        now = control.resume(run)
        if not control.is_driven(now):
            now = now.mark("running")
            self._drive(now)
        return now

    def again(self, run: Run) -> Run:
        """Ask the question of a run again from its start, as it was asked: sources, seed, agent, limits and grant.

        The grant is checked as if it were new: an MCP server must still be an approved one.
        """
        return self.start(replace(Inquiry.of(run.record), out=None))

    def pause(self, run: Run) -> Run:
        """Ask a run to stop after its present step, to be resumed later."""
        control.pause(run)
        return run

    def cancel(self, run: Run) -> Run:
        """Ask a run to stop after its present step and keep what it found."""
        control.cancel(run)
        return run

    def is_busy(self, run: Run) -> bool:
        """Whether a run is in line or under way. One whose report is written is let go of in a moment: wait for it."""
        job = self.runs.get(run.record.id)
        return job is not None and not (run.report_path.exists() and job.left.wait(5))

    def state(self, run: Run) -> str:
        """The state of a run, as a person would say it."""
        state = control.situation(run)
        if state == "interrupted" and run.record.id in self.runs:
            return "running"  # in line: nobody drives it yet
        return state

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
        """Pause the run under way; those in line stay where they are, to be resumed."""
        self.leaving.set()
        self._one.shutdown(wait=True, cancel_futures=True)
        self._other.shutdown(wait=False, cancel_futures=True)
