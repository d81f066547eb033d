"""A few long-lived worker processes over pipes. A worker that is late or dead is replaced; its file is the failure.

Processes are started by `subprocess`, not by `multiprocessing`: a script without a main guard must not run twice.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

import msgspec

import leadline
from leadline.evidence.model import Failure
from leadline.sources.worker import Answer, Job, memory_spent, write_frame

WINDOW = 32
"""Answers that may wait for an earlier, slower file, per worker."""
START_S = 120.0
"""For the interpreter of a worker on a busy machine."""
_START = "import sys; sys.path.append(sys.argv[1]); from leadline.sources.worker import main; main()"
_answers = msgspec.msgpack.Decoder(Answer)
_encoder = msgspec.msgpack.Encoder()


class Worker:
    """One process and what it is doing."""

    def __init__(self) -> None:
        package = str(Path(leadline.__path__[0]).parent)
        # -P: a docx.py in the folder that is being read must never be imported.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, package],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self.process.stdout is not None
        os.set_blocking(self.process.stdout.fileno(), False)
        self.job: Job | None = None
        self.number = -1
        self.ready = False
        self.deadline = 0.0
        self.received = bytearray()

    def give(self, number: int, job: Job) -> None:
        self.number, self.job = number, job
        self.deadline = time.monotonic() + (job.limits.max_seconds if self.ready else START_S)
        assert self.process.stdin is not None
        # A worker that died while it was idle shows by the end of its output.
        with contextlib.suppress(BrokenPipeError):
            write_frame(self.process.stdin, _encoder.encode(job))

    def take(self) -> Answer | None:
        """The answer if all of it is here. EOFError when the process is gone."""
        assert self.process.stdout is not None
        chunk = os.read(self.process.stdout.fileno(), 1 << 20)
        if not chunk:
            raise EOFError
        self.received += chunk
        if not self.ready and self.received.startswith(b"\0\0\0\0"):
            del self.received[:4]
            self.ready = True
            self.deadline = time.monotonic() + (self.job.limits.max_seconds if self.job else 0)
        size = int.from_bytes(self.received[:4], "big")
        if len(self.received) < 4 or len(self.received) < size + 4:
            return None
        frame, self.received = self.received[4:], bytearray()
        return _answers.decode(frame)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class Pool:
    """`n_workers` at most, started when there is work for them."""

    def __init__(self, n_workers: int) -> None:
        self.n_workers = max(1, n_workers)
        self.workers: list[Worker] = []
        self.selector = selectors.DefaultSelector()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in list(self.workers):
            self._remove(worker)
        self.selector.close()

    def run(self, jobs: Sequence[Job]) -> Iterator[Answer]:
        """One answer per job, in the order of the jobs."""
        waiting = deque(enumerate(jobs))
        answers: dict[int, Answer] = {}
        for number in range(len(jobs)):
            while number not in answers:
                while (
                    waiting and waiting[0][0] < number + WINDOW * self.n_workers and (worker := self._idle())
                ):
                    worker.give(*waiting.popleft())
                answers.update(self._collect())
            yield answers.pop(number)

    def _idle(self) -> Worker | None:
        for worker in self.workers:
            if worker.job is None:
                return worker
        if len(self.workers) < self.n_workers:
            worker = Worker()
            self.workers.append(worker)
            self.selector.register(worker.process.stdout, selectors.EVENT_READ, worker)  # type: ignore[arg-type]
            return worker
        return None

    def _collect(self) -> Iterator[tuple[int, Answer]]:
        """Wait until something happens: answers, deaths, time limits."""
        busy = [worker for worker in self.workers if worker.job is not None]
        patience = min(worker.deadline for worker in busy) - time.monotonic()
        for key, _ in self.selector.select(max(0.0, patience)):
            worker: Worker = key.data
            try:
                found = worker.take()
            except (EOFError, OSError):
                if worker.job is not None:
                    yield worker.number, _died(worker)
                self._remove(worker)
            else:
                if found is not None:
                    worker.job = None
                    yield worker.number, found
        for worker in [
            worker for worker in self.workers if worker.job and time.monotonic() > worker.deadline
        ]:
            assert worker.job is not None
            yield worker.number, _late(worker.job)
            self._remove(worker)

    def _remove(self, worker: Worker) -> None:
        self.selector.unregister(worker.process.stdout)  # type: ignore[arg-type]
        self.workers.remove(worker)
        worker.stop()


def _died(worker: Worker) -> Answer:
    job = worker.job
    assert job is not None
    code = worker.process.wait()
    # Libraries in C abort when they get no memory; the limit is the likely reason.
    reason, remedy = memory_spent(job.limits) if code in (-6, 134) else (
        f"Its reader broke down ({f'signal {-code}' if code < 0 else f'exit code {code}'}).",
        "The file may be damaged or hostile: open it in its own program and save it again.",
    )  # fmt: skip
    return Answer(failure=Failure(job.uri, reason, remedy))


def _late(job: Job) -> Answer:
    return Answer(
        failure=Failure(
            job.uri,
            f"Reading it took longer than {job.limits.max_seconds:g} seconds and was ended.",
            "The file may be hostile; if you trust it, raise max_seconds.",
        )
    )
