"""How fast sources are read: `python -m benchmarks.reading [--rounds 3]`

Each type is read in this process (`sources.parse`), types interleaved round by round, so the figures are CPU seconds of
one thread and do not hold the start of worker processes. The whole sample folder then goes through `read_sources`:
cold, with two workers that have to start, and again with every file known.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from benchmarks.record import record, table

from leadline.sources.limits import MIB
from leadline.sources.parse import parse
from leadline.sources.read import read_sources

SAMPLE = Path(__file__).resolve().parents[1] / "sample"
SLICE_S = 0.4
"""A type's files are read over and over for this long in each round."""


class Rate(NamedTuple):
    """Of one type in one round."""

    files: float
    mib: float
    characters: float


def by_type(folder: Path) -> dict[str, list[tuple[str, bytes]]]:
    """Suffix -> (URI, content); a PDF without a text layer counts as a scan."""
    found = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            kind = "scan (PDF)" if "scan" in path.stem else path.suffix
            found[kind].append((str(path.relative_to(folder.parent)), path.read_bytes()))
    return dict(sorted(found.items()))


def rate(files: list[tuple[str, bytes]]) -> Rate:
    """Files, MiB and characters per CPU second."""
    n = size = characters = 0
    began = time.process_time()
    while (spent := time.process_time() - began) < SLICE_S or not n:
        uri, data = files[n % len(files)]
        documents, _ = parse(data, uri)
        characters += sum(len(document.text) for document in documents)
        n, size = n + 1, size + len(data)
    return Rate(n / spent, size / MIB / spent, characters / spent)


def folder_seconds(folder: Path, workers: int) -> tuple[float, float, int]:
    """Wall seconds to read a folder, seconds to find that nothing changed, number of files."""
    began = time.perf_counter()
    known = {reading.uri: reading.sha256 for reading in read_sources([folder], workers=workers)}
    cold = time.perf_counter() - began
    began = time.perf_counter()
    again = list(read_sources([folder], known=known))
    assert all(reading.unchanged for reading in again)
    return cold, time.perf_counter() - began, len(again)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    files = by_type(SAMPLE)
    for some in files.values():
        parse(some[0][1], some[0][0])  # libraries and weights are loaded once per worker: not part of a rate
    rates: dict[str, list[Rate]] = {kind: [] for kind in files}
    for _ in range(rounds):
        for kind, some in files.items():
            rates[kind].append(rate(some))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cold, warm, n = folder_seconds(SAMPLE, 2)
    rows = []
    for kind, seen in rates.items():
        middle = [statistics.median(column) for column in zip(*seen, strict=True)]
        spread = f"{min(r.files for r in seen):.3g}-{max(r.files for r in seen):.3g}"
        rows.append(
            [kind, len(files[kind]), f"{middle[0]:.3g}", spread, f"{middle[1]:.3g}", f"{middle[2]:,.0f}"]
        )
    columns = ["type", "files", "files / cpu-s", "least-most", "MiB / cpu-s", "characters / cpu-s"]
    text = (
        f"Medians of {rounds} rounds, one thread.\n\n{table(columns, rows)}\n\n"
        f"The sample ({n} files): {cold:.1f} s wall cold with two workers, {warm:.3f} s when nothing changed. "
        f"Peak memory of a process that has read every type: {peak:.0f} MiB."
    )
    kept = {kind: [one._asdict() for one in seen] for kind, seen in rates.items()}
    record("reading", "Reading", text, {"rates": kept, "cold_s": cold, "warm_s": warm, "peak_mib": peak})


if __name__ == "__main__":
    main()
