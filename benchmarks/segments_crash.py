"""Kills a writing process at random moments and looks whether every acknowledged document is still there.

The writer commits batches of additions, replacements and deletions and prints the number of a batch only after its
commit returned. It is killed with SIGKILL after a random time. Then the index is opened with all checksums
compared: everything acknowledged must be found, and a batch is visible whole or not at all.

Run: python -m benchmarks.segments_crash [--kills 200]
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from leadline.errors import StoreError
from leadline.retrieval.lexical import LexicalIndex

BATCH = 20

WRITER = f"""
import sys
from leadline.retrieval.lexical import LexicalIndex
index = LexicalIndex.open(sys.argv[1])
for batch in range(int(sys.argv[2]), 10**9):
    with index.writer() as writer:
        for i in range({BATCH}):
            writer.add(f"n{{batch:06d}}-{{i}}", f"all batch{{batch}}")
            writer.add(f"r{{i}}", f"all turn{{batch}}")
        writer.delete(f"n{{batch - 1:06d}}-0")
        if batch % 5 == 0:
            writer.merge()
    print(batch, flush=True)
"""


class Result(NamedTuple):
    kills: int
    batches: int
    lost: int
    half_visible: int
    unreadable: int
    seconds: float


def crash_test(folder: Path, kills: int, seed: int, longest_s: float = 0.4) -> Result:
    """Kill `kills` writers, each after up to `longest_s` seconds of writing."""
    rng = random.Random(seed)
    started = time.monotonic()
    LexicalIndex.create(folder / "index", "none")
    acknowledged, lost, half, unreadable = -1, 0, 0, 0
    for _ in range(kills):
        acknowledged = max(
            acknowledged, _write_and_kill(folder / "index", acknowledged + 1, rng.random() * longest_s)
        )
        try:
            visible, torn = _look(folder / "index", acknowledged)
        except StoreError:
            unreadable += 1
            continue
        lost += max(0, acknowledged - visible)
        half += torn
        # A batch that was committed but not yet acknowledged may be there, whole.
        acknowledged = visible
    return Result(kills, acknowledged + 1, lost, half, unreadable, round(time.monotonic() - started, 1))


def _write_and_kill(folder: Path, first: int, wait_s: float) -> int:
    """The last acknowledged batch, -1 if none. The clock starts at the first acknowledgement or after start-up."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(first)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        head = process.stdout.readline()
        time.sleep(wait_s)
        process.kill()
        lines = (head + process.stdout.read()).splitlines()
    return int(lines[-1]) if lines else -1


def _look(folder: Path, acknowledged: int) -> tuple[int, int]:
    """The newest visible batch, and how many documents are not as they must be after exactly that batch."""
    index = LexicalIndex.open(folder, verify=True)
    ids = index.ids()
    newest = max((int(id[1:7]) for id in ids if id.startswith("n")), default=-1)
    expected = {f"r{i}" for i in range(BATCH)} if newest >= 0 else set()
    for batch in range(newest + 1):
        expected |= {f"n{batch:06d}-{i}" for i in range(int(batch < newest), BATCH)}
    torn = len(expected.symmetric_difference(ids))
    torn += (
        len({f"r{i}" for i in range(BATCH)}.symmetric_difference(index.search(f"turn{newest}", 1000).ids))
        if ids
        else 0
    )
    torn += len(index.search("all", 10**9).hits) != len(ids)
    return newest, torn


def main() -> None:
    from benchmarks.lexical_results import save

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = crash_test(Path(folder), arguments.kills, seed=0)
    save("segments_crash", "Killed writers", [result._asdict()])


if __name__ == "__main__":
    main()
