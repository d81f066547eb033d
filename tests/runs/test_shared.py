"""The queue in PostgreSQL, on a server that the tests start; they are left out where its programs are not installed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks import postgres

from leadline.errors import Busy, NotFound, StoreError, UsageError
from leadline.evidence.model import Omissions, Report
from leadline.runs.journal import Entry
from leadline.runs.shared import SharedClaim, SharedQueue
from leadline.runs.store import Run, start_run
from leadline.runs.trace import Trace

pytestmark = pytest.mark.skipif(postgres.programs() is None, reason="PostgreSQL's programs are not installed")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture
def queue(url: str) -> Iterator[SharedQueue]:
    """An empty queue."""
    queue = SharedQueue(url)
    queue._session.execute("TRUNCATE leadline_runs CASCADE")
    yield queue
    queue.close()


def taken(queue: SharedQueue) -> SharedClaim:
    claim = queue.take()
    assert claim is not None
    return claim


def test_runs_are_taken_in_order_and_once(queue: SharedQueue, url: str) -> None:
    runs = [start_run(f"question {n}") for n in range(2)]
    for run in runs:
        queue.add(run)
    other = SharedQueue(url)
    first, second = taken(queue), taken(other)
    assert [first.run.record.id, second.run.record.id] == [run.record.id for run in runs]
    assert queue.take() is None
    assert [record.state for record in other.records()] == ["running", "running"]
    first._session.close()  # as when its process dies
    assert taken(other).run.record.id == runs[0].record.id
    other.close()


def test_steps_of_a_dead_worker_are_there_for_the_next_one(queue: SharedQueue) -> None:
    queue.add(start_run("why?"))
    claim = taken(queue)
    assert claim.steps.call(2, "search", {"query": "a\0b"}, lambda: ("found", 1), flush=True) == ("found", 1)
    claim._session.close()
    claim = taken(queue)
    assert claim.steps.is_known(2)
    assert claim.steps.call(2, "search", {"query": "a\0b"}, lambda: ("never", 0)) == ("found", 1)
    assert (claim.steps.n_replayed, claim.steps.n_made) == (1, 0)
    claim.put_back()
    assert [record.state for record in queue.records()] == ["waiting"]


def test_a_worker_that_lost_its_run_can_keep_nothing(queue: SharedQueue) -> None:
    queue.add(start_run("why?"))
    lost = taken(queue)
    queue._session.execute("SELECT pg_terminate_backend(%s)", (lost._session.info.backend_pid,))
    claim = taken(queue)
    with pytest.raises(StoreError, match="database says"):
        lost.steps.call(2, "search", {}, lambda: "found")
    with pytest.raises(StoreError):
        lost.done(lost.run.mark("failed"))
    assert [record.state for record in queue.records()] == ["running"]
    journal = claim.steps._journal
    assert journal is not None
    journal.add(Entry("2", "search {}", False, 0.0), b"1", flush=True)
    with pytest.raises(Busy):
        journal.add(Entry("2", "search {}", False, 0.0), b"2", flush=True)
    claim.put_back()


def test_how_a_run_ended_can_be_seen_elsewhere(
    queue: SharedQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.add(start_run("why?"))
    claim = taken(queue)
    Trace(claim.run.trace_path).add("search", arguments={"query": "q"})
    report = Report("why?", "answered", (), (), Omissions(), {"id": claim.run.record.id})
    claim.done(claim.run.finish(report))
    monkeypatch.setenv("LEADLINE_HOME", str(tmp_path / "elsewhere"))
    run = queue.fetch("last")
    assert run.folder.is_relative_to(tmp_path / "elsewhere")
    assert (run.record.state, run.report(), [step.kind for step in run.steps()]) == (
        "answered",
        report,
        ["search"],
    )
    assert queue.take() is None
    with pytest.raises(UsageError, match="is over"):
        queue.request("last", "pause")


def test_requests_reach_the_worker_or_the_line(queue: SharedQueue) -> None:
    run = start_run("why?")
    queue.add(run)
    id = run.record.id
    assert queue.request(id, "pause").state == "paused"
    assert queue.take() is None
    assert queue.request(id, None).state == "waiting"
    claim = taken(queue)
    assert claim.requested() is None
    assert queue.request(id[:12], "cancel").state == "running"
    assert claim.requested() == "cancel"
    queue.request(id, None)
    assert claim.requested() is None
    claim.put_back()
    with pytest.raises(NotFound):
        queue.request("nothing", "pause")


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(StoreError, match="Cannot reach the queue"):
        SharedQueue("postgresql://127.0.0.1:1/none?connect_timeout=1")


def test_workers_that_die_lose_and_repeat_nothing() -> None:
    """The small size of benchmarks/dying_workers.py."""
    command = [sys.executable, "-m", "benchmarks.durability", "workers", "--runs", "6", "--json"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env=os.environ.copy()
    )
    figures = json.loads(done.stdout)["workers"]
    assert (figures["runs"], figures["answered"], figures["reports that differ"]) == (6, 6, 0)
    assert figures["finished calls repeated"] == 0
    assert (
        figures["model calls made"] == figures["steps kept"] + figures["calls cut off by a kill and repeated"]
    )


def test_a_run_is_a_run(queue: SharedQueue) -> None:
    run: Run = start_run("why?", seed=4, max_steps=3, model="local", outside={"allow": ["web"]})
    queue.add(run)
    record = taken(queue).run.record
    assert (record.seed, record.max_steps, record.model, record.outside) == (
        4,
        3,
        "local",
        {"allow": ["web"]},
    )
    assert record.queued
