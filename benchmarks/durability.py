"""Runs that lose nothing: killed at every step and at random, shared by workers that die, and what a kept step costs.

kills    the scripted run of 41 steps, killed at every boundary and at three points inside each step, and at random
         (resumed runs are killed again); each report must equal the undisturbed one byte by byte, and no call whose
         answer was kept may be made again
resume   a fresh process: seconds until the first new call of an interrupted run, beside what importing DBOS takes
steps    seconds that one step costs more, bare, kept in SQLite, kept in PostgreSQL, and as a step of DBOS on SQLite
workers  runs on PostgreSQL with two workers on machines of their own, one of them killed again and again

Run: python -m benchmarks.durability [PART...] [--random 200] [--runs 100] [--every 1]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.scripted_run import (
    POINTS,
    STEPS,
    Book,
    in_child,
    make_collection,
    new_run,
    play,
)

from leadline.runs.journal import SQLiteJournal
from leadline.runs.steps import Steps
from leadline.runs.store import Run

PARTS = ("kills", "resume", "steps", "workers")
LINES = """What must hold: every report byte-equal to the undisturbed one, no finished call repeated, an interrupted run
at its first new call within a second, a kept step at most 15 ms more at p95, every run on the queue answered once.
Calls cut off are those under way at a kill: they had no answer that could have been kept, and are made again.

DBOS Transact was the first choice. Its steps are quick enough on an idle machine, but its import alone takes longer
than the second that a resume may take; so steps are kept in SQLite and PostgreSQL directly, and DBOS stands beside.
Resume and steps were measured on an idle machine, kills and workers while other work kept it busy.
"""
N_STEPS = 1000


# ---- kills ------------------------------------------------------------------------------------------


def kills(every: int, n_random: int, seed: int = 0) -> dict[str, Any]:
    """Every `every`-th step at each point, then random kills."""
    home = Path(os.environ["LEADLINE_HOME"])
    make_collection()
    run = new_run()
    play(run, home / "book-whole")
    whole = run.report_path.read_bytes()
    planned = [(n, point) for n in range(1, STEPS + 1, every) for point in POINTS]
    result = {
        "kills": 0,
        "came to their end": 0,
        "byte-equal": 0,
        "finished calls repeated": 0,
        "calls cut off and repeated": 0,
    }
    for n, point in planned:
        _start_anew(run)
        book = home / f"book-{n}-{POINTS.index(point)}"
        assert in_child(lambda n=n, point=point, book=book: play(run, book, die=(n, point))) == signal.SIGKILL
        _look(result, run, book, whole, [Death(run, book)])
    rng = random.Random(seed)
    _start_anew(run)
    deaths: list[Death] = []
    book = home / "book-random"
    while n_random:
        if _killed_after(lambda: play(run.now(), home / "book-random", pause_s=0.002), rng.uniform(0.0, 0.6)):
            n_random -= 1
            deaths.append(Death(run, book))
            if n_random:
                continue
        _look(result, run, book, whole, deaths)
        _start_anew(run)
        deaths, _ = [], book.unlink(missing_ok=True)
    return result


class Death:
    """What was finished and what was called when a run died."""

    def __init__(self, run: Run, book: Path) -> None:
        journal = SQLiteJournal(run.folder)
        self.finished = len(journal.entries())
        journal.close()
        self.called = len(Book(book).calls())


def _start_anew(run: Run) -> None:
    shutil.rmtree(run.folder)
    new_run()


def _killed_after(action: Callable[[], object], seconds: float) -> bool:
    """Whether a child that does this was still at it after so long, and was killed."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException:
            os._exit(1)
        os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _look(result: dict[str, Any], run: Run, book: Path, whole: bytes, deaths: Sequence[Death]) -> None:
    """Resume, and count what is not as it must be."""
    result["kills"] += len(deaths)
    result["came to their end"] += in_child(lambda: play(run.now(), book)) == 0
    result["byte-equal"] += run.report_path.exists() and run.report_path.read_bytes() == whole
    calls = Book(book).calls()
    # A step is kept after its call: at each death at most one call was made whose answer was not kept.
    cut_off = sum(_cut_off(deaths))
    result["calls cut off and repeated"] += cut_off
    result["finished calls repeated"] += len(calls) - cut_off - STEPS


def _cut_off(deaths: Sequence[Death]) -> list[int]:
    """At each death, the calls made since the one before, less the steps finished since."""
    before = [(0, 0)] + [(death.called, death.finished) for death in deaths]
    return [
        b.called - called - (b.finished - finished)
        for (called, finished), b in zip(before, deaths, strict=False)
    ]


# ---- resume -----------------------------------------------------------------------------------------

_RESUME = """
import sys
from pathlib import Path
from benchmarks.scripted_run import play
from leadline.runs.store import find_run
play(find_run("last"), Path(sys.argv[1]))
"""


def resume(times: int = 7) -> dict[str, Any]:
    """Seconds from the start of a process until the first new call, with 30 steps to give back."""
    home = Path(os.environ["LEADLINE_HOME"])
    make_collection()
    run, book = new_run(), home / "book-resume"
    seconds, cpu = [], []
    for _ in range(times):
        _start_anew(run)
        book.unlink(missing_ok=True)
        in_child(lambda: play(run, book, die=(30, POINTS[3])))
        known = len(Book(book).calls())
        began = time.time()
        subprocess.run([sys.executable, "-c", _RESUME, str(book)], check=True)
        at, used, _ = book.read_text().splitlines()[known].split(" ", 2)
        seconds.append(float(at) - began)
        cpu.append(float(used))
    imports = {
        name: _fresh(f"import {name}", times) for name in ("leadline.agents.research", "sqlite3", "dbos")
    }
    launch = _fresh(
        "from dbos import DBOS; DBOS(config={'name': 'leadline', 'log_level': 'ERROR', 'system_database_url': "
        f"'sqlite:///{home}/dbos.sqlite'}}); DBOS.launch(); DBOS.destroy()",
        times,
    )
    return {
        "leadline, until the first new call": _spread(seconds) | {"cpu s": round(statistics.median(cpu), 3)},
        "bare Python": _fresh("pass", times),
        **{f"import {name}": figures for name, figures in imports.items()},
        "import and launch DBOS": launch,
    }  # fmt: skip


def _fresh(code: str, times: int) -> dict[str, float]:
    """Wall and CPU seconds of a fresh process."""
    wall, cpu = [], []
    for _ in range(times):
        began, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        after = os.times()
        wall.append(time.perf_counter() - began)
        cpu.append(
            after.children_user + after.children_system - before.children_user - before.children_system
        )
    return _spread(wall) | {"cpu s": round(statistics.median(cpu), 3)}


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    return {
        "median s": round(statistics.median(seconds), 3),
        "least s": round(min(seconds), 3),
        "most s": round(max(seconds), 3),
    }


# ---- steps ------------------------------------------------------------------------------------------

_DBOS = """
import json, sys, time
from dbos import DBOS, SetWorkflowID
DBOS(config={"name": "leadline", "log_level": "ERROR", "system_database_url": "sqlite:///" + sys.argv[1]})
took = []

@DBOS.step()
def effect(n):
    return {"text": "x" * 2000, "n": n}

@DBOS.workflow()
def go(n_steps):
    for n in range(n_steps):
        began = time.perf_counter()
        effect(n)
        took.append(time.perf_counter() - began)

DBOS.launch()
with SetWorkflowID("one"):
    go(int(sys.argv[2]))
print(json.dumps(took))
DBOS.destroy()
"""


def steps(n_steps: int = N_STEPS) -> dict[str, Any]:
    """Milliseconds of each of many steps with a result of 2 kB."""
    import benchmarks.postgres as postgres

    home = Path(os.environ["LEADLINE_HOME"])
    found = {"bare": _timed(Steps(), n_steps, flush=False)}
    for name, flush in (
        ("SQLite, a reading of the own collection", False),
        ("SQLite, flushed to the disk", True),
    ):
        kept = Steps()
        folder = home / f"steps-{flush}"
        folder.mkdir(parents=True)
        kept.open(SQLiteJournal(folder))
        found[name] = _timed(kept, n_steps, flush=flush)
        kept.close()
    if postgres.programs():
        from leadline.runs.shared import SharedQueue

        with postgres.server() as url:
            queue = SharedQueue(url)
            queue.add(new_run())
            claim = queue.take()
            assert claim is not None
            found["PostgreSQL"] = _timed(claim.steps, n_steps, flush=True)
            claim.put_back()
            queue.close()
    done = subprocess.run(
        [sys.executable, "-c", _DBOS, str(home / "dbos-steps.sqlite"), str(n_steps)],
        check=True,
        capture_output=True,
    )
    found["DBOS on SQLite"] = _percentiles(json.loads(done.stdout.splitlines()[-1]))
    return found


def _timed(kept: Steps, n_steps: int, *, flush: bool) -> dict[str, float]:
    took = []
    for n in range(1, n_steps + 1):
        began = time.perf_counter()
        kept.call(n, "search", {"query": f"q{n}"}, lambda n=n: {"text": "x" * 2000, "n": n}, flush=flush)
        took.append(time.perf_counter() - began)
        kept.traced(n)
    return _percentiles(took)


def _percentiles(took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {
        "p50 ms": round(1000 * ordered[len(ordered) // 2], 3),
        "p95 ms": round(1000 * ordered[int(len(ordered) * 0.95)], 3),
        "p99 ms": round(1000 * ordered[int(len(ordered) * 0.99)], 3),
    }


# ---- all --------------------------------------------------------------------------------------------


def measure(parts: Sequence[str], *, every: int, n_random: int, runs: int) -> dict[str, Any]:
    """The figures of some parts, each with an empty LEADLINE_HOME of its own."""
    from benchmarks.dying_workers import workers

    does: dict[str, Callable[[], dict[str, Any]]] = {
        "kills": lambda: kills(every, n_random),
        "resume": resume,
        "steps": steps,
        "workers": lambda: workers(runs),
    }
    found, before = {}, os.environ.get("LEADLINE_HOME")
    for part in parts:
        with tempfile.TemporaryDirectory() as home:
            os.environ["LEADLINE_HOME"] = home
            began = time.monotonic()
            found[part] = does[part]() | {"seconds": round(time.monotonic() - began, 1)}
    os.environ.pop("LEADLINE_HOME") if before is None else os.environ.update(LEADLINE_HOME=before)
    return found


def publish(found: dict[str, Any]) -> None:
    """Keep the figures; parts that were not measured now keep theirs."""
    from benchmarks.record import RESULTS, record, table

    kept = RESULTS / "durability.json"
    known = json.loads(kept.read_bytes()) if kept.exists() else {}
    figures = {part: found.get(part, known.get(part)) for part in PARTS if part in {*found, *known}}
    text = [LINES]
    for part, said in figures.items():
        deep = {name: value for name, value in said.items() if isinstance(value, dict)}
        columns = list(dict.fromkeys(key for value in deep.values() for key in value))
        text.append(f"## {part}\n")
        if deep:
            rows = [[name, *(value.get(column, "") for column in columns)] for name, value in deep.items()]
            text.append(table([part, *columns], rows) + "\n")
        else:
            text.append(table(["what", "figure"], list(said.items())) + "\n")
    record("durability", "Runs that lose nothing", "\n".join(text), figures)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--every", type=int, default=1, help="Kill at every so many-th step.")
    parser.add_argument("--random", type=int, default=200, help="Random kills.")
    parser.add_argument("--runs", type=int, default=100, help="Runs for the workers.")
    parser.add_argument("--json", action="store_true", help="Print the figures and keep none.")
    asked = parser.parse_args()
    found = measure(asked.parts, every=asked.every, n_random=asked.random, runs=asked.runs)
    if asked.json:
        print(json.dumps(found))
    else:
        publish(found)


if __name__ == "__main__":
    main()
