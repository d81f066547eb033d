import pytest

from leadline.errors import StoreError, UsageError
from leadline.runs.fork import fork_run
from leadline.runs.journal import Entry, SQLiteJournal
from leadline.runs.store import Run, start_run
from leadline.runs.trace import Trace


@pytest.fixture
def run() -> Run:
    """Two turns: the model was asked before each, and once more at the end."""
    run = start_run("why?", out="report/{run}", max_steps=5)
    journal, trace = SQLiteJournal(run.folder), Trace(run.trace_path)
    trace.add("reset")
    for n, path in enumerate(("1/aa.1", "2", "2/bb.1", "3", "3/cc.1")):
        journal.add(Entry(path, f"call {path}", False, float(n)), path.encode(), flush=False)
        if path.isdigit():
            trace.add("search", arguments={"query": path})
    trace.add("end")
    journal.close()
    return run.mark("budget spent")


@pytest.mark.parametrize(
    ("at", "paths", "kinds"),
    [
        (0, [], []),
        (1, [], ["reset"]),
        (2, ["1/aa.1", "2"], ["reset", "search"]),
        (3, ["1/aa.1", "2", "2/bb.1", "3"], ["reset", "search", "search"]),
    ],
)
def test_a_fork_has_the_steps_until_there(run: Run, at: int, paths: list[str], kinds: list[str]) -> None:
    fork = fork_run(run, at, max_steps=9)
    journal = SQLiteJournal(fork.folder)
    assert [entry.path for entry in journal.entries()] == paths
    assert [journal.result(path) for path in paths] == [path.encode() for path in paths]
    journal.close()
    assert [step.kind for step in fork.steps()] == kinds
    record = fork.now().record
    assert (record.state, record.max_steps, record.question) == ("paused", 9, "why?")
    assert record.forked_from == f"{run.record.id} at {at}"
    assert record.out.endswith(f"report/{record.id}")
    assert run.now() == run


def test_the_report_of_the_first_run_stays(run: Run) -> None:
    fork = fork_run(run.change(out="reports/answer"), 2)
    assert fork.record.out == f"reports/answer-{fork.record.id}"


def test_a_step_that_is_not_there_and_a_run_under_way(run: Run) -> None:
    with pytest.raises(UsageError, match=r"has no step 4\. It has 3;"):
        fork_run(run, 4)
    journal = SQLiteJournal(run.folder)
    with pytest.raises(StoreError, match="under way"):
        fork_run(run, 2)
    journal.close()
