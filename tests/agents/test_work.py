from pathlib import Path
from typing import Any

import pytest

from leadline.agents.work import work
from leadline.runs.control import pause, resume
from leadline.runs.queue import LocalQueue
from leadline.runs.store import Run, find_run, start_run

QUESTION = "Where was the winch moved to?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "harbour"
    folder.mkdir()
    (folder / "yard.txt").write_text("The winch was moved to shed 4 by the crew.\n")
    return folder


def in_line(folder: Path, **fields: Any) -> Run:
    return resume(start_run(QUESTION, [folder], **fields))


def state(run: Run) -> str:
    return run.now().record.state


def test_a_worker_carries_on_what_waits_and_leaves(folder: Path) -> None:
    runs, told = [in_line(folder) for _ in range(3)], list[Run]()
    other = start_run("not in line", [folder])
    assert work(LocalQueue(), at_once=2, until_empty=True, tell=told.append) == 3
    assert sorted(run.record.id for run in told) == [run.record.id for run in runs]
    assert [state(run) for run in runs] == ["answered"] * 3
    assert all(run.report_path.exists() for run in runs)
    assert state(other) == "running"


def test_a_run_that_cannot_start_says_why_and_the_next_one_goes_on(folder: Path) -> None:
    bad = [
        in_line(folder, agent="nobody"),
        in_line(folder / "nowhere"),
        in_line(folder, agent="react", model="ollama:x"),
    ]
    bad[2].change(model="nothing:x")
    good = in_line(folder)
    assert work(LocalQueue(), until_empty=True) == 4
    assert [state(run) for run in [*bad, good]] == ["failed", "failed", "failed", "answered"]
    reasons = [run.now().record.reason for run in bad]
    assert "nobody" in reasons[0]
    assert "does not exist" in reasons[1]
    assert "nothing" in reasons[2]


def test_a_worker_that_leaves_puts_its_run_back(folder: Path) -> None:
    run, asked = in_line(folder), 0

    def leave() -> bool:
        """After the run's second step."""
        nonlocal asked
        asked += run.trace_path.exists() and run.trace_path.read_bytes().count(b"\n") >= 2
        return asked > 0

    assert work(LocalQueue(), leave=leave) == 0
    assert state(run) == "waiting"
    assert len(run.steps()) > 1
    assert work(LocalQueue(), until_empty=True) == 1
    assert state(run) == "answered"


def test_a_paused_run_is_not_taken(folder: Path) -> None:
    run = in_line(folder)
    pause(run)
    assert work(LocalQueue(), until_empty=True) == 0
    assert find_run(run.record.id).record.state == "paused"
