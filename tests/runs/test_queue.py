from leadline.runs.control import resume
from leadline.runs.journal import SQLiteJournal
from leadline.runs.queue import LocalQueue
from leadline.runs.store import start_run


def test_the_oldest_run_in_line_is_taken_once() -> None:
    start_run("not in line")
    first, second = resume(start_run("first")), resume(start_run("second"))
    queue = LocalQueue()
    claims = [queue.take(), queue.take()]
    assert [claim and claim.run.record.id for claim in claims] == [first.record.id, second.record.id]
    assert queue.take() is None
    assert LocalQueue().take() is None
    assert claims[0] is not None
    claims[0].steps.close()  # as when its process is killed
    again = queue.take()
    assert again is not None
    assert again.run.record.id == first.record.id


def test_a_run_that_was_ended_while_it_was_looked_at_is_left() -> None:
    run = resume(start_run("first"))
    run.mark("stopped")
    assert LocalQueue().take() is None
    run.mark("waiting")
    journal = SQLiteJournal(run.folder)  # somebody else drives it
    assert LocalQueue().take() is None
    journal.close()


def test_a_run_whose_worker_leaves_waits_again() -> None:
    resume(start_run("first"))
    queue = LocalQueue()
    claim = queue.take()
    assert claim is not None
    claim.run.mark("paused")
    claim.steps.close()
    claim.put_back()
    again = queue.take()
    assert again is not None
    assert again.run.record.state == "waiting"
    assert again.requested() is None
    again.steps.close()
