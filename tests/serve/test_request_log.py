"""What the request log does with time and with a disk that refuses. (Contents: tests/bench/logs.)"""

import asyncio

import pytest

from leadline.bench.logs.sessions import read_log
from leadline.errors import StoreError
from leadline.serve import request_log
from leadline.serve.request_log import RequestLog


def add(log, query):
    log.add(client="c", endpoint="/search", query=query, k=3, seconds=0.1, doc_ids=["d"], evidence="text")


async def until(true):
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


def test_requests_reach_the_disk_while_the_server_runs(tmp_path):
    async def go():
        log = RequestLog(tmp_path / "log")
        writing = asyncio.create_task(log.keep_writing(0.05))
        add(log, "first")
        await until(lambda: log.rows == [])
        writing.cancel()

    asyncio.run(go())
    assert [row.query for row in read_log(tmp_path / "log")] == ["first"]


def test_what_the_disk_refuses_is_kept_and_written_later(tmp_path, caplog):
    place = tmp_path / "log"
    place.write_text("a file where the folder should be")

    async def go():
        log = RequestLog(place, rows_per_file=2)
        for number in range(5):
            add(log, f"q{number}")
        with pytest.raises(StoreError, match="Cannot write"):
            log.flush()
        writing = asyncio.create_task(log.keep_writing(0.05))
        await until(lambda: "The request log waits: Cannot write" in caplog.text)
        place.unlink()
        await until(lambda: log.rows == [])
        writing.cancel()

    asyncio.run(go())
    rows = sorted(read_log(place), key=lambda row: row.request_id)
    assert [row.query for row in rows] == [f"q{number}" for number in range(5)]
    assert len({row.request_id for row in rows}) == 5


def test_memory_is_bounded_while_the_disk_refuses(tmp_path, monkeypatch):
    monkeypatch.setattr(request_log, "MOST_FILES", 2)
    (tmp_path / "log").write_text("")

    async def go():
        log = RequestLog(tmp_path / "log", rows_per_file=2)
        for number in range(9):
            add(log, f"q{number}")
        writing = asyncio.create_task(log.keep_writing(0.02))
        await until(lambda: len(log.rows) == 4)
        writing.cancel()
        return [row["query"] for row in log.rows]

    assert asyncio.run(go()) == ["q5", "q6", "q7", "q8"]
