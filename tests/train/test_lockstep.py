"""Runs in lockstep: threads serve one run after the other, and never another process."""

import os
import threading
import time

from leadline.train.lockstep import Workers


def until(condition) -> None:
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.002)
    raise AssertionError("it never came")


def test_threads_are_used_again():
    workers, seen, gate = Workers(), [], threading.Event()

    def job() -> None:
        gate.wait()
        seen.append(threading.get_ident())

    for _ in range(3):
        workers.begin(job)
    gate.set()
    until(lambda: len(workers.idle) == 3)
    first = set(seen)
    assert len(first) == 3
    for _ in range(3):
        workers.begin(job)
    until(lambda: len(workers.idle) == 3)
    assert set(seen[3:]) == first


def test_a_forked_process_does_not_wait_for_threads_it_does_not_have():
    workers = Workers()
    workers.begin(lambda: None)
    until(lambda: workers.idle)
    child = os.fork()
    if not child:
        os._exit(len(workers.idle))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(workers.idle) == 1
