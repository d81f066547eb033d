"""From question to report: `python -m benchmarks.speed --data DIR`

Collections of 100, 1,000 and 10,000 passages (nq-oracle, then 2wiki-101, then scifact, in file order), each in a
process of its own. Indexed once; then the first question of a fresh process (cold: everything is loaded) and 100
more (warm), each answered by `research` with report.json, .md, .html and the trace written to disk.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.questions import data_folder, evaluation_questions
from benchmarks.record import record, table

SIZES, N_QUESTIONS = (100, 1_000, 10_000), 100
SETS = ("nq-oracle", "2wiki-101", "scifact")


def corpus_of(data: Path, n: int, place: Path) -> None:
    """The first n lines of the sets as one corpus in BEIR layout; ids do not clash."""
    lines = (line for name in SETS for line in (data / name / "corpus.jsonl").open(encoding="utf-8"))
    place.mkdir(parents=True)
    (place / "corpus.jsonl").write_text("".join(islice(lines, n)), encoding="utf-8")
    (place / "queries.jsonl").write_text("")


def measure(data: Path, folder: Path) -> dict[str, Any]:
    """Seconds to index, of the first question and of the warm ones; megabytes at most."""
    began = time.perf_counter()
    from leadline import Collection, research

    collection = Collection.of([folder])
    indexed = time.perf_counter() - began
    questions = [one.text for one in evaluation_questions(data / "nq-oracle")][: N_QUESTIONS + 1]
    seconds, steps = [], []
    for question in questions:
        start = time.perf_counter()
        report = research(question, collection=collection, out=folder.parent / "out")
        seconds.append(time.perf_counter() - start)
        steps.append(report.run["steps"])
    warm = np.array(seconds[1:])
    return {
        "passages": sum(1 for _ in collection.passages()),
        "index_s": indexed,
        "cold_s": seconds[0],
        "p50_s": float(np.median(warm)),
        "p95_s": float(np.quantile(warm, 0.95)),
        "most_s": float(warm.max()),
        "steps": float(np.mean(steps)),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def in_child(data: Path, n: int) -> dict[str, Any]:
    """Measure in two fresh processes: the first indexes, the second opens what is there."""
    with tempfile.TemporaryDirectory() as home:
        corpus_of(data, n, Path(home) / "corpus")
        command = [
            sys.executable,
            "-m",
            "benchmarks.speed",
            "--data",
            str(data),
            "--folder",
            f"{home}/corpus",
        ]
        runs = [
            json.loads(
                subprocess.run(
                    command, check=True, capture_output=True, env={**os.environ, "LEADLINE_HOME": home}
                ).stdout
            )
            for _ in range(2)
        ]
    return runs[1] | {"index_s": runs[0]["index_s"], "open_s": runs[1]["index_s"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    data = data_folder(options.data)
    if options.folder:
        print(json.dumps(measure(data, options.folder)))
        return
    figures = [in_child(data, n) for n in SIZES]
    columns = ["passages", "index_s", "open_s", "cold_s", "p50_s", "p95_s", "most_s", "steps", "peak_mb"]
    text = table(columns, [[row[name] for name in columns] for row in figures])
    text += (
        f"\n\nopen: the collection in a fresh process, libraries included; cold: its first question; p50, p95, most: "
        f"{N_QUESTIONS} further questions of nq-oracle, report and trace written; steps: calls per question."
    )
    record("speed", "From question to report", text, {"sizes": figures})


if __name__ == "__main__":
    main()
