"""What a worker does: takes runs from a queue and carries them on, several at a time, until it is told to leave."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from leadline.agents.durable import carry_on
from leadline.errors import LeadlineError
from leadline.runs.control import Request
from leadline.runs.queue import Claim, Queue
from leadline.runs.store import Run

POLL_SECONDS = 0.5
"""Between two looks into an empty queue."""


def work(
    queue: Queue,
    *,
    at_once: int = 1,
    leave: Callable[[], bool] = lambda: False,
    until_empty: bool = False,
    tell: Callable[[Run], None] = lambda run: None,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Carry runs on, `at_once` at a time; gives how many ended here. `tell` hears of each as it ends.

    When `leave` says True, runs under way stop after their present step and are put back. `until_empty` ends when
    nothing waits and nothing goes on.
    """
    ended, under_way = 0, set[Future[Run | None]]()
    with ThreadPoolExecutor(at_once, thread_name_prefix="leadline-worker") as pool:
        while True:
            claim = queue.take() if len(under_way) < at_once and not leave() else None
            if claim is not None:
                under_way.add(pool.submit(_carry, claim, leave))
                continue
            if not under_way and (leave() or until_empty):
                return ended
            if under_way:
                done, under_way = wait(under_way, POLL_SECONDS, FIRST_COMPLETED)
                for run in filter(None, (future.result() for future in done)):
                    ended += 1
                    tell(run)
            else:
                sleep(POLL_SECONDS)


def _carry(claim: Claim, leave: Callable[[], bool]) -> Run | None:
    """Drive one run to its end; None when it was put back. What goes wrong in it is its own affair."""

    def stop() -> Request | bool:
        return "pause" if leave() else claim.requested() or False

    try:
        carry_on(claim.run, stop=stop, steps=claim.steps)
    except LeadlineError as error:
        return _end(claim, str(error))
    except Exception as error:  # a bug of ours ends this run, not the worker
        return _end(claim, f"{type(error).__name__}: {error}"[:500])
    if leave() and claim.run.now().record.state == "paused":
        claim.put_back()
        return None
    return _end(claim)


def _end(claim: Claim, trouble: str = "") -> Run:
    """Tell the queue how the run ended. An error before it had a driver (no model, no agent) is its end too."""
    claim.steps.close()
    run = claim.run.now()
    if trouble and run.record.state != "failed":
        run = run.mark("failed", reason=trouble)
    try:
        claim.done(run)
    except LeadlineError as error:  # the queue is out of reach: another worker will take the run up
        run = Run(run.folder, run.record, broken=str(error))
    return run
