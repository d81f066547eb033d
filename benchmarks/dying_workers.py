"""Many runs on one PostgreSQL queue, two workers on machines of their own, one of them killed every few seconds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from benchmarks.scripted_run import QUESTION, TURNS, make_collection, reply

from leadline.evidence.model import Report
from leadline.models.base import Message

LATENCY_S = 0.02
AT_ONCE = 4
"""Runs of one worker at the same time: 8 with two."""


class Call(NamedTuple):
    """A question that reached the model server: for which run (each has a model of its own name, so that no answer is
    shared), after how many results, when."""

    model: str
    turn: int
    at: float


class Server(ThreadingHTTPServer):
    """A scripted OpenAI-compatible server that notes every call."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.calls: list[Call] = []


class _Answers(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        messages = [Message(m["role"], m["content"]) for m in asked["messages"]]
        turn = sum(m.content.startswith("<data>") for m in messages)
        self.server.calls.append(Call(asked["model"], turn, time.time()))
        time.sleep(LATENCY_S)
        body = json.dumps(
            {"choices": [{"message": {"role": "assistant", "content": reply(messages)}}], "usage": {}}
        ).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def workers(n_runs: int, *, every_s: float = 3.0, limit_s: float = 900.0) -> dict[str, Any]:
    """How many runs finish, which calls were made twice, and whether all reports say the same."""
    from benchmarks.postgres import server

    from leadline.runs.shared import SharedQueue
    from leadline.runs.store import start_run

    make_collection()
    home = Path(os.environ["LEADLINE_HOME"])
    model = Server()
    threading.Thread(target=model.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{model.server_address[1]}/v1"
    with server() as url:
        queue = SharedQueue(url)
        for n in range(n_runs):
            run = start_run(QUESTION, collection="gauges", agent="react", model=f"{address}#gauges-{n}")
            queue.add(run)
        shutil.rmtree(home / "runs")
        homes = [shutil.copytree(home, home.with_name(f"{home.name}-{name}")) for name in "ab"]
        began = time.monotonic()
        try:
            kills = _kill_until_done(queue, url, homes, every_s, began + limit_s, model.calls)
            seconds = time.monotonic() - began
            records = queue.records()
            reports = [queue.fetch(record.id).report() for record in records]
            kept = _kept(queue)
        finally:
            for one in homes:
                shutil.rmtree(one, ignore_errors=True)
            queue.close()
    model.shutdown()
    by_call = Counter((call.model, call.turn) for call in model.calls)
    late = [c for c in model.calls if c.at > kept.get((c.model, c.turn), float("inf"))]
    return {
        "runs": n_runs,
        "answered": sum(record.state == "answered" for record in records),
        "reports that differ": len({_plain(report) for report in reports}) - 1,
        "workers killed": kills,
        "steps kept": len(kept),
        "model calls made": len(model.calls),
        "calls cut off by a kill and repeated": sum(count - 1 for count in by_call.values()),
        "finished calls repeated": len(late),
        "runs per second": round(n_runs / seconds, 2),
    }


def _kill_until_done(
    queue: Any, url: str, homes: list[Path], every_s: float, until: float, calls: Sequence[Call]
) -> int:
    """Keep two workers alive, killing one in turn, until nothing waits; how many were killed.

    `every_s` counts from the first call of a model after the last kill: on a busy computer, where a worker takes
    longer to start, none would ever come to work otherwise.
    """
    alive = [_worker(url, home) for home in homes]
    kills, seen, last = 0, 0, float("inf")
    try:
        while any(record.state in ("waiting", "running") for record in queue.records()):
            if time.monotonic() > until:
                break
            if last == float("inf") and len(calls) > seen:
                last = time.monotonic()
            if time.monotonic() - last > every_s:
                which, seen, last = kills % 2, len(calls), float("inf")
                alive[which].send_signal(signal.SIGKILL)
                alive[which].wait()
                alive[which] = _worker(url, homes[which])
                kills += 1
            time.sleep(0.2)
    finally:
        for worker in alive:
            worker.terminate()
            worker.wait()
    return kills


def _worker(url: str, home: Path) -> subprocess.Popen[bytes]:
    code = "from leadline.cli.main import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "worker", "--queue", url, "--at-once", str(AT_ONCE)],
        env={**os.environ, "LEADLINE_HOME": str(home)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _kept(queue: Any) -> dict[tuple[str, int], float]:
    """When the answer to each question of each run was kept: (model, results shown before) -> seconds."""
    models = {record.id: record.model.partition("#")[2] for record in queue.records()}
    rows = queue._session.execute(
        "SELECT run, path, kept FROM leadline_steps WHERE path LIKE '%/%'"
    ).fetchall()
    found: dict[tuple[str, int], float] = {}
    for run, path, kept in rows:
        assert isinstance(kept, datetime)
        found[models[run], int(path.partition("/")[0]) - 1] = kept.timestamp()
    assert len(found) <= len(models) * (TURNS // 2 + 1)
    return found


def _plain(report: Report | None) -> bytes:
    """A report without what may differ between the runs."""
    assert report is not None
    kept = {k: v for k, v in report.run.items() if k not in ("id", "agent", "started", "seconds")}
    return msgspec.json.encode(msgspec.structs.replace(report, run=kept))
