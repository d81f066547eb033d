"""Pause, cancel and resume a run, from the process that drives it or from any other one.

    >>> from leadline.runs.store import find_run
    >>> pause(find_run("last"))  # doctest: +SKIP

A request is one word in the run's folder. The loop looks for it before each step, so a step that has begun is
finished and kept; then the run writes what it has found as a partial report and gets the state `paused` or
`stopped`. A run that no process drives (it waits for a worker, or its process was killed) gets that state at once.

`resume` is for both: it takes a request back that was not honoured yet, and puts a run that nobody drives in line
for `leadline worker`. Whoever wants to drive it himself calls `leadline.agents.durable.carry_on(run)` instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from leadline.errors import StoreError, UsageError
from leadline.files import DISK, Disk
from leadline.runs.journal import is_held
from leadline.runs.record import State
from leadline.runs.store import Run

Request = Literal["pause", "cancel"]
Situation = Literal[State, "pausing", "cancelling", "interrupted"]
"""A run's state as it is now: `pausing` and `cancelling` until the request is honoured, `interrupted` when run.json
says `running` and no process drives it."""

BECOMES: dict[Request, State] = {"pause": "paused", "cancel": "stopped"}
OVER = ("answered", "nothing found")


def pause(run: Run, disk: Disk = DISK) -> None:
    """Ask the run to stop after its present step, to be resumed later. UsageError when it is over."""
    _ask(run, "pause", disk)


def cancel(run: Run, disk: Disk = DISK) -> None:
    """Ask the run to stop for good after its present step (it can still be resumed). UsageError when it is over."""
    _ask(run, "cancel", disk)


def resume(run: Run, disk: Disk = DISK) -> Run:
    """Take a request back, and put the run in line if nobody drives it. UsageError when it is over."""
    now = _not_over(run, "resumed")
    withdraw(now.folder)
    return now if is_driven(now) else now.change(disk, state="waiting", reason="", queued=True)


def requested(folder: Path) -> Request | None:
    """The request that waits in a run's folder. A damaged one counts as `pause`: nothing is lost by it."""
    try:
        word = (folder / "request").read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"Cannot read {folder / 'request'}: {error.strerror or error}.") from error
    return "cancel" if word == "cancel" else "pause"


def withdraw(folder: Path) -> None:
    """Take away the request, if there is one."""
    (folder / "request").unlink(missing_ok=True)


def is_driven(run: Run) -> bool:
    """Whether a living process drives the run now."""
    return is_held(run.folder)


def situation(run: Run) -> Situation:
    """What to tell a person about a run as it was read; `run.now()` reads it anew.

    `paused`, `stopped`, `budget spent`, `failed` and `interrupted` runs can be resumed.
    """
    state = run.record.state
    if state != "running":
        return state
    if not is_driven(run):
        return "interrupted"
    request = requested(run.folder)
    return state if request is None else "pausing" if request == "pause" else "cancelling"


def _ask(run: Run, request: Request, disk: Disk) -> None:
    now = _not_over(run, "paused" if request == "pause" else "cancelled")
    if is_driven(now):
        disk.write(now.folder / "request", request.encode())
    elif now.record.state in ("running", "waiting", "paused"):
        now.mark(BECOMES[request], disk)


def _not_over(run: Run, participle: str) -> Run:
    now = run.now().whole(participle)
    if now.record.state in OVER and not is_driven(now):
        raise UsageError(
            f"Run {now.record.id} is over ({now.record.state}) and cannot be {participle}.",
            remedy="`leadline runs show` shows it; `leadline runs fork` tries another way from one of its steps.",
        )
    return now
