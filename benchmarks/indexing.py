"""Reading and indexing: `python -m benchmarks.indexing`

The sample folder by file type (files/s and MB/s from bytes to a searchable collection, two reader processes), an update
in which nothing changed, and search in synthetic collections of 100, 1,000 and 10,000 passages: opening, first
question (everything is loaded) and warm questions, p50 and p95, with the process's peak memory.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.record import record, table

SAMPLE = Path(__file__).parent.parent / "sample"
SIZES = (100, 1_000, 10_000)


def by_type(folder: Path) -> list[dict[str, Any]]:
    """One collection per suffix."""
    from leadline.retrieval.collection import Collection

    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            files[path.suffix.lower() or "none"].append(path)
    rows = []
    for suffix, paths in sorted(files.items()):
        size = sum(path.stat().st_size for path in paths)
        collection = Collection.open(f"type-{suffix.strip('.')}", create=True)
        began = time.perf_counter()
        done = collection.update(paths)
        seconds = time.perf_counter() - began
        rows.append({"type": suffix, "files": len(paths), "megabytes": size / 1e6, "seconds": seconds,
                     "files_per_second": len(paths) / seconds, "megabytes_per_second": size / 1e6 / seconds,
                     "passages": collection.manifest.n_passages, "failures": len(done.failures)})  # fmt: skip
    return rows


def whole(folder: Path) -> dict[str, float]:
    """The whole folder, and again with nothing changed."""
    from leadline.retrieval.collection import Collection

    collection = Collection.open("whole", create=True)
    times = []
    for _ in range(2):
        began = time.perf_counter()
        collection.update([folder])
        times.append(time.perf_counter() - began)
    return {"first_seconds": times[0], "unchanged_seconds": times[1], "documents": len(collection)}


def latency(n: int) -> dict[str, Any]:
    """In a process of its own: index, then open afresh and ask."""
    from leadline.bench.retrieval_synthetic import synthetic_collection
    from leadline.retrieval.beir import write_beir
    from leadline.retrieval.collection import Collection

    data = synthetic_collection(n, min(100, n), seed=1)
    with tempfile.TemporaryDirectory() as place:
        write_beir(Path(place) / "corpus", data.documents, data.queries, data.qrels)
        began = time.perf_counter()
        Collection.open("latency", create=True).update([Path(place) / "corpus"])
        indexed = time.perf_counter() - began
    began = time.perf_counter()
    collection = Collection.open("latency")
    opened = time.perf_counter() - began
    times = []
    for query in data.queries.values():
        began = time.perf_counter()
        for hit in collection.search(query, 10).hits:
            collection.passage(hit.id)
        times.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    warm = np.array(times[1:]) * 1000
    return {"passages": n, "index_seconds": indexed, "passages_per_second": n / indexed, "open_ms": 1000 * opened,
            "first_ms": 1000 * times[0], "p50_ms": float(np.quantile(warm, 0.5)),
            "p95_ms": float(np.quantile(warm, 0.95)), "peak_megabytes": peak}  # fmt: skip


def _apart(n: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "benchmarks.indexing", str(n)]
        done = subprocess.run(
            command, capture_output=True, check=True, env={**os.environ, "LEADLINE_HOME": home}
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def main() -> int:
    if len(sys.argv) > 1:
        print(json.dumps(latency(int(sys.argv[1]))))
        return 0
    if not SAMPLE.is_dir():
        print("There is no sample folder: run python examples/make_sample.py first.")
        return 2
    with tempfile.TemporaryDirectory() as home:
        os.environ["LEADLINE_HOME"] = home
        types, folder = by_type(SAMPLE), whole(SAMPLE)
    sizes = [_apart(n) for n in SIZES]
    text = table(
        ["type", "files", "MB", "files/s", "MB/s", "passages", "not read"],
        [[r["type"], r["files"], r["megabytes"], r["files_per_second"], r["megabytes_per_second"], r["passages"],
          r["failures"]] for r in types],
    )  # fmt: skip
    text += (
        f"\n\nWhole sample folder: {folder['documents']} documents in {folder['first_seconds']:.1f} s; "
        f"again with nothing changed {folder['unchanged_seconds']:.2f} s.\n\n"
    )
    text += table(
        ["passages", "passages/s indexed", "open ms", "first question ms", "p50 ms", "p95 ms", "peak MB"],
        [[r["passages"], f"{r['passages_per_second']:.0f}", r["open_ms"], r["first_ms"], r["p50_ms"], r["p95_ms"],
          f"{r['peak_megabytes']:.0f}"] for r in sizes],
    )  # fmt: skip
    record(
        "indexing",
        "Reading and indexing",
        text,
        {"types": types, "folder": folder, "sizes": sizes, "seed": 1},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
