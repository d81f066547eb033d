from pathlib import Path

import pytest

from leadline.errors import StoreError, UsageError
from leadline.evidence.model import Omissions, Report
from leadline.runs.control import cancel, is_driven, pause, requested, resume, situation, withdraw
from leadline.runs.journal import Entry, SQLiteJournal
from leadline.runs.store import Run, runs_folder, start_run


@pytest.fixture
def run() -> Run:
    return start_run("why?")


def test_a_run_that_nobody_drives_changes_its_state_at_once(run: Run) -> None:
    assert situation(run) == "interrupted"
    pause(run)
    assert situation(run.now()) == "paused"
    cancel(run)
    assert situation(run.now()) == "stopped"
    assert requested(run.folder) is None
    assert situation(resume(run)) == "waiting"


def test_a_driven_run_is_asked_and_the_request_can_be_taken_back(run: Run) -> None:
    journal = SQLiteJournal(run.folder)
    assert (is_driven(run), situation(run)) == (True, "running")
    pause(run)
    assert (requested(run.folder), situation(run)) == ("pause", "pausing")
    cancel(run)
    assert (requested(run.folder), situation(run)) == ("cancel", "cancelling")
    assert resume(run).record.state == "running"
    assert (requested(run.folder), situation(run)) == (None, "running")
    withdraw(run.folder)
    journal.close()
    assert (is_driven(run), situation(run)) == (False, "interrupted")


def test_a_damaged_request_pauses(run: Run) -> None:
    (run.folder / "request").write_bytes(b"\xff\x00")
    assert requested(run.folder) == "pause"


def test_a_run_that_is_over_takes_no_request(run: Run) -> None:
    run.finish(Report("why?", "answered", (), (), Omissions(), {}))
    for ask in (pause, cancel, resume):
        with pytest.raises(UsageError, match="is over \\(answered\\)"):
            ask(run)
    (runs_folder() / "broken").mkdir()
    with pytest.raises(StoreError, match=r"run\.json is missing"):
        pause(Run(runs_folder() / "broken", run.record))


def test_two_drivers_of_one_run_are_refused(run: Run) -> None:
    first = SQLiteJournal(run.folder)
    with pytest.raises(StoreError, match=f"Run {run.record.id} is under way in another process"):
        SQLiteJournal(run.folder)
    first.close()
    SQLiteJournal(run.folder).close()


def test_finished_steps_are_kept_in_their_order_and_once(run: Run) -> None:
    entries = [Entry("1", "reset", False, 0.5), Entry("2/ab.1", "model", True, 0.75)]
    journal = SQLiteJournal(run.folder)
    for entry, flush in zip(entries, (False, True), strict=True):
        journal.add(entry, entry.path.encode(), flush=flush)
    with pytest.raises(StoreError, match="UNIQUE"):
        journal.add(entries[0], b"again", flush=False)
    journal.close()
    journal = SQLiteJournal(run.folder)
    assert journal.entries() == entries
    assert [journal.result(entry.path) for entry in entries] == [b"1", b"2/ab.1"]
    journal.drop("1")
    assert journal.entries() == entries[1:]
    journal.close()


def test_a_file_that_is_no_journal(run: Run) -> None:
    Path(run.folder / "steps.sqlite").write_bytes(b"not SQLite, and long enough to be looked at" * 50)
    assert not is_driven(run)
    with pytest.raises(StoreError, match=r"steps\.sqlite is damaged: file is not a database"):
        SQLiteJournal(run.folder)
