"""One process drives a run: it holds the journal, hears requests, and leaves a state that tells how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leadline.errors import LeadlineError
from leadline.evidence.model import Report
from leadline.runs.control import BECOMES, Request, requested, withdraw
from leadline.runs.journal import SQLiteJournal
from leadline.runs.record import State
from leadline.runs.steps import Steps
from leadline.runs.store import Run

Stop = Callable[[], "Request | bool"]
"""Asked before each step: a request, or True, which is `cancel`."""


class Drive:
    """A run under way in this process; `run` is its record as it was written last."""

    def __init__(self, run: Run, steps: Steps, stop: Stop | None = None) -> None:
        self.run, self.steps, self._stop = run, steps, stop
        self.request: Request | None = None
        """Why the run was ended early, when somebody asked for it."""

    def stop(self) -> bool:
        """Whether the run is to end now. Not while finished steps are given back: they cost nothing and are kept."""
        if self.request is None and not self.steps.replaying:
            said = self._stop() if self._stop is not None else False
            self.request = requested(self.run.folder) or (("cancel" if said is True else said) or None)
        return self.request is not None

    def finish(self, report: Report) -> Run:
        """Keep the report, with the state of a run that ended so. One that its model left in the lurch has failed: it
        can be resumed once the model is back."""
        trouble = str(report.run.get("trouble", ""))
        if self.request is not None and report.status == "budget spent":
            self.run = self.run.finish(report, state=BECOMES[self.request])
        elif trouble:
            self.run = self.run.finish(report, state="failed", reason=trouble)
        else:
            self.run = self.run.finish(report)
        return self.run


@contextmanager
def driving(run: Run, steps: Steps, stop: Stop | None = None) -> Iterator[Drive]:
    """Be the one who drives `run`. StoreError when another process does. An error marks the run as failed."""
    if not steps.kept:
        steps.open(SQLiteJournal(run.folder))
    try:
        withdraw(run.folder)
        drive = Drive(run if run.record.state == "running" else run.mark("running"), steps, stop)
        try:
            yield drive
        except BaseException as error:
            state = _ended_by(error)
            drive.run.mark(state, reason=_reason(error) if state == "failed" else "")
            raise
        withdraw(run.folder)
    finally:
        steps.close()


def _ended_by(error: BaseException) -> State:
    """The state of a run that an error ended: a second Ctrl-C, a second SIGTERM, or a failure."""
    if isinstance(error, KeyboardInterrupt):
        return "stopped"
    return "paused" if isinstance(error, SystemExit) else "failed"


def _reason(error: BaseException) -> str:
    return str(error) if isinstance(error, LeadlineError) else f"{type(error).__name__}: {error}"[:500]
