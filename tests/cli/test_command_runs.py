import json
from typing import Any

from leadline.runs.store import Run, find_run, runs_folder, start_run
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
