from pathlib import Path

import msgspec
import pytest

from fakes import FakeClock, FakeDisk, Killed
from leadline.errors import NotFound, StoreError, UsageError
from leadline.evidence.model import Omissions, Report
from leadline.runs.store import delete_run, find_run, list_runs, read_report, run_id, runs_folder, start_run
from leadline.runs.trace import Trace

NOON = 1_764_072_000.0


def report(run: str, status: str = "answered") -> Report:
    return Report("why?", status, (), (), Omissions(), {"id": run})  # type: ignore[arg-type]


def test_ids_sort_by_age_and_are_unique_within_a_millisecond() -> None:
    clock = FakeClock(NOON)
    ids = [start_run("why?", clock=clock).record.id for _ in range(3)]
    assert ids == ["20251125-120000-000", "20251125-120000-001", "20251125-120000-002"]
    assert run_id(NOON - 1) < ids[0] < run_id(NOON + 60)


def test_a_run_keeps_what_is_needed_to_ask_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    start_run("why?", ["folder"], collection="c", seed=7, max_steps=5, out="o", clock=FakeClock(NOON))
    record = find_run("last").record
    assert (record.question, record.collection, record.seed, record.state) == ("why?", "c", 7, "running")
    assert record.sources == (str(tmp_path / "folder"),)
    assert (record.max_steps, record.max_seconds, record.out) == (5, None, str(tmp_path / "o"))
    assert record.started == "2025-11-25T12:00:00+00:00"


def test_the_folder_of_the_report_may_name_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    record = start_run("why?", out="leadline-report/{run}").record
    assert record.out == str(tmp_path / "leadline-report" / record.id)


def test_a_finished_run_has_its_report_and_state() -> None:
    run = start_run("why?")
    assert run.report() is None
    assert run.finish(report(run.record.id, "budget spent")).record.state == "budget spent"
    kept = find_run(run.record.id)
    assert kept.record.state == "budget spent"
    assert kept.report() == report(run.record.id, "budget spent")


def test_steps_come_back_without_a_torn_last_line() -> None:
    run = start_run("why?")
    assert run.steps() == []
    trace = Trace(run.trace_path, disk=FakeDisk(at=2, how="tear"))
    trace.add("search", arguments={"query": "q"})
    with pytest.raises(Killed):
        trace.add("open")
    assert [step.kind for step in run.steps()] == ["search"]


def test_broken_folders_are_listed_and_hide_nothing() -> None:
    good = start_run("why?", clock=FakeClock(NOON))
    for name, content in (
        ("a-empty", None),
        ("b-torn", b'{"id": "b-to'),
        ("c-new", b'{"id":"c","question":"","version":9}'),
    ):
        (runs_folder() / name).mkdir()
        if content is not None:
            (runs_folder() / name / "run.json").write_bytes(content)
    (runs_folder() / "stray-file").write_text("x")
    by_id = {run.record.id: run.broken for run in list_runs()}
    assert by_id.pop(good.record.id) == ""
    assert by_id["a-empty"] == "run.json is missing"
    assert "cannot be read" in by_id["b-torn"]
    assert "newer Leadline" in by_id["c-new"]
    assert len(by_id) == 3


def test_a_run_killed_while_it_starts_is_listed_as_broken() -> None:
    with pytest.raises(Killed):
        start_run("why?", disk=FakeDisk(at=1, how="tear"))
    assert [run.broken for run in list_runs()] == ["run.json is missing"]


def test_a_run_killed_while_it_finishes_keeps_its_record() -> None:
    run = start_run("why?")
    with pytest.raises(Killed):
        run.finish(report("x"), FakeDisk(at=2, how="tear"))
    kept = find_run("last")
    assert (kept.record.state, kept.broken) == ("running", "")
    assert kept.report() is not None


def test_runs_are_found_by_the_start_of_their_id() -> None:
    first = start_run("a", clock=FakeClock(NOON))
    second = start_run("b", clock=FakeClock(NOON + 60))
    assert find_run("20251125-1201").record == second.record
    assert find_run("last").record == second.record
    with pytest.raises(UsageError, match="2 runs start with '20251125'"):
        find_run("20251125")
    with pytest.raises(NotFound, match="no run named 'zzz'"):
        find_run("zzz")
    delete_run(second)
    assert [run.record for run in list_runs()] == [first.record]


def test_no_runs_yet() -> None:
    assert list_runs() == []
    with pytest.raises(NotFound, match="no run yet"):
        find_run("last")


def test_a_home_that_cannot_be_written_names_the_remedy(leadline_home: Path) -> None:
    leadline_home.write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="Set LEADLINE_HOME"):
        start_run("why?")


def test_what_is_not_a_report_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_report(tmp_path / "none.json")
    (tmp_path / "x.json").write_text('{"question": 1}')
    with pytest.raises(UsageError, match="not a report of Leadline"):
        read_report(tmp_path / "x.json")


def test_the_record_survives_a_round_trip_through_json() -> None:
    record = start_run("why?", ["a"], max_seconds=2.5).record
    assert msgspec.json.decode(msgspec.json.encode(record), type=type(record)) == record
