"""Runs that wait for a worker, in $LEADLINE_HOME/runs. A database makes the same queue for many machines: `shared.py`.

Whoever takes a run holds its lock first and then looks at its state again, so no run is taken twice.
"""

from __future__ import annotations

from typing import Protocol

from leadline.errors import StoreError
from leadline.runs.control import Request
from leadline.runs.journal import SQLiteJournal, is_held
from leadline.runs.steps import Steps
from leadline.runs.store import Run, list_runs


class Claim(Protocol):
    """A run that this process has taken. `steps` hold its lock until they are closed, which driving it does."""

    run: Run
    steps: Steps

    def requested(self) -> Request | None:
        """What somebody asked of it, through the queue."""
        ...

    def done(self, run: Run) -> None:
        """Tell the queue how the run ended: its record, report and trace."""
        ...

    def put_back(self) -> None:
        """The worker leaves: another one is to go on with it."""
        ...


class Queue(Protocol):
    """Where a worker takes runs from."""

    def take(self) -> Claim | None:
        """The oldest run that waits or whose worker died, or None."""
        ...

    def close(self) -> None: ...


class LocalClaim:
    """A run of this machine: its folder says it all."""

    def __init__(self, run: Run, steps: Steps) -> None:
        self.run, self.steps = run, steps

    def requested(self) -> Request | None:
        return None  # the folder's own request is heard by the driver

    def done(self, run: Run) -> None:
        pass

    def put_back(self) -> None:
        self.run.now().mark("waiting")


class LocalQueue:
    """The runs of this machine; several workers may take from it."""

    def take(self) -> LocalClaim | None:
        for run in reversed(list_runs()):
            if not _is_due(run) or is_held(run.folder):
                continue
            steps = Steps()
            try:
                steps.open(SQLiteJournal(run.folder))
            except StoreError:  # another worker has it, or it cannot be read
                continue
            now = run.now()
            if _is_due(now):
                return LocalClaim(now, steps)
            steps.close()
        return None

    def close(self) -> None:
        pass


def _is_due(run: Run) -> bool:
    """Whether a run waits, or says that it goes on: then only its lock tells whether that is true."""
    state = run.record.state
    return not run.broken and run.record.queued and state in ("waiting", "running")
