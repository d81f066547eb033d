import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from leadline.runs.journal import SQLiteJournal
from leadline.runs.store import Run, find_run, list_runs, runs_folder, start_run
from leadline.runs.trace import Trace
from reports import make_report


def finished() -> Run:
    run = start_run("Who signs?", ["folder"], max_steps=9)
    trace = Trace(run.trace_path)
    trace.add("search", arguments={"query": "signs"}, summary="3 passages", seconds=0.25)
    trace.add("open", arguments={"document": "d1"}, summary="The lease", seconds=1.0)
    return run.finish(make_report())


def test_no_runs_yet(cli: Any) -> None:
    code, out, _ = cli("runs")
    assert code == 0
    assert out.startswith("No runs in ")
    assert cli("runs", "--json")[1] == "[]\n"


def test_runs_are_listed(cli: Any) -> None:
    run = finished()
    (runs_folder() / "broken").mkdir()
    code, out, _ = cli("runs")
    assert code == 0
    assert f"{run.record.id}" in out
    assert "answered" in out
    assert "broken: run.json is missing" in out
    assert out == cli("runs", "list")[1]
    rows = json.loads(cli("runs", "list", "--json")[1])
    assert [(row["question"], row["state"], row["broken"]) for row in rows] == [
        ("", "running", "run.json is missing"),
        ("Who signs?", "answered", ""),
    ]


def test_a_run_is_shown_as_a_timeline(cli: Any) -> None:
    run = finished()
    code, out, _ = cli("runs", "show", run.record.id[:12])
    assert code == 0
    assert "question   Who signs?" in out
    assert "limits     9 steps" in out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "1 0.00 search signs 3 passages" in lines
    assert "2 0.25 open d1 The lease" in lines
    shown = json.loads(cli("runs", "show", "last", "--json")[1])
    assert [step["kind"] for step in shown["steps"]] == ["search", "open"]


def test_a_run_is_deleted_once(cli: Any) -> None:
    run = finished()
    assert cli("runs", "delete", run.record.id) == (0, f"Deleted {run.record.id}.\n", "")
    code, _, err = cli("runs", "delete", run.record.id)
    assert code == 2
    assert "There is no run named" in err


def test_a_broken_run_is_not_resumed(cli: Any) -> None:
    (runs_folder() / "broken").mkdir(parents=True)
    code, _, err = cli("runs", "resume", "broken")
    assert code == 1
    assert err == "leadline: Run broken cannot be resumed: run.json is missing. Ask its question again.\n"
    assert cli("runs", "show", "broken")[0] == 0
    assert find_run("broken").broken


# ---- runs that go on ----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work" / "papers"
    folder.mkdir(parents=True)
    (folder / "lease.txt").write_text("The lease of the north quay ends on 30 June 2027.\n")
    (folder / "crane.md").write_text("# Crane\n\nThe crane of the north quay was repaired in May 2024.\n")
    monkeypatch.chdir(folder.parent)
    return folder


QUESTION = "When does the lease of the north quay end?"
KILLED = """
import os, signal
from leadline.cli import live
def add(self, step, add=live.Board.add):
    if step.n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
live.Board.add = add
from leadline.cli.main import main
main()
"""


def test_a_killed_run_is_listed_as_such_and_goes_on_where_it_was(cli: Any, folder: Path) -> None:
    assert cli("research", QUESTION, "papers", "--out", "whole")[0] == 0
    done = subprocess.run(
        [sys.executable, "-c", KILLED, "research", QUESTION, "papers", "--out", "killed"], check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert "interrupted" in cli("runs")[1]
    before = find_run("last").steps()
    assert [step.n for step in before] == [1, 2, 3]
    code, out, _ = cli("runs", "resume", "last")
    assert code == 0
    assert "30 June 2027" in out
    assert find_run("last").steps()[:3] == before
    reports = []
    for name in ("whole", "killed"):
        report = json.loads((folder.parent / name / "report.json").read_bytes())
        reports.append({**report, "run": {k: v for k, v in report["run"].items() if k not in VARYING}})
    assert reports[0] == reports[1]


VARYING = ("id", "started", "seconds")


def test_a_run_is_paused_and_cancelled_by_name(cli: Any) -> None:
    run = start_run("Who signs?")
    journal = SQLiteJournal(run.folder)  # somebody drives it
    assert cli("runs", "pause", "last") == (0, f"{run.record.id}: pausing.\n", "")
    assert json.loads(cli("runs", "cancel", "last", "--json")[1])["situation"] == "cancelling"
    assert cli("runs", "delete", "last")[0] == 1
    journal.close()
    assert cli("runs", "pause", run.record.id) == (0, f"{run.record.id}: paused.\n", "")
    assert cli("runs", "resume", "last", "--later") == (0, f"{run.record.id}: waiting.\n", "")


def test_a_fork_goes_its_own_way(cli: Any, folder: Path) -> None:
    cli("research", QUESTION, "papers", "--max-steps", "1")
    first = find_run("last").record
    code, out, _ = cli("runs", "fork", "last", "--at", "2", "--out", "second")
    assert code == 0
    assert "30 June 2027" in out
    assert (folder.parent / "second" / "report.html").exists()
    fork = find_run("last").record
    assert (fork.forked_from, fork.state) == (f"{first.id} at 2", "answered")
    assert find_run(first.id).record.state == "budget spent"
    assert f"forked     {first.id} at 2" in cli("runs", "show", "last")[1]
    code, _, err = cli("runs", "fork", first.id, "--at", "9")
    assert code == 2
    assert "has no step 9" in err


def test_all_of_a_step_is_shown(cli: Any, folder: Path) -> None:
    cli("research", QUESTION, "papers")
    shown = cli("runs", "show", "last", "--step", "2")[1]
    assert shown.startswith('search {"k":20,"query":"When does the lease of the north quay end?"}\n')
    assert "The lease of the north quay ends on 30 June 2027." in shown
    (call,) = json.loads(cli("runs", "show", "last", "--step", "2", "--json")[1])
    assert call["result"]["data"]["passages"][0]["rank"] == 1
    assert cli("runs", "show", "last", "--step", "99")[0] == 2


def test_a_worker_carries_on_what_was_left_for_later(cli: Any, folder: Path) -> None:
    code, said, _ = cli("research", QUESTION, "papers", "--later", "--out", "answer")
    run = find_run("last").record
    assert (code, said) == (0, f"{run.id}: waiting.\n")
    code, out, _ = cli("worker", "--until-empty")
    assert code == 0
    assert out == f"{run.id}  answered  {QUESTION}\n1 run ended here.\n"
    assert (folder.parent / "answer" / "report.md").exists()
    assert cli("research", QUESTION, "nowhere", "--later")[0] == 2
    assert cli("research", " ", "papers", "--later")[0] == 2
    assert cli("research", QUESTION, "papers", "--agent", "nobody", "--later")[0] == 2
    assert len(list_runs()) == 1
    assert cli("worker", "--until-empty", "--json") == (0, "", "")
