"""BM25 over a million synthetic passages beside bm25s (numba) and tantivy

Run: python -m benchmarks.bm25_large --folder DIR [--documents 1000000] [--only indexing,building,queries,memory]

Passages of 100 words, queries of 4, words with Zipf frequencies (500,000 words). One thread; processor seconds, so
that other programs on the machine do not count.

indexing  both engines on the same documents (--index of them), each in a fresh process in turn, medians of three;
          from a standing start everything counts that the process does but the making of the texts: starting Python,
          importing the engine (and NumPy, for both) and loading compiled code, which lies in caches as after any
          first run; bm25_start.py
building  the collection and the bm25s model for what follows; kept in DIR and not built again
queries   in one process, engines in turn, medians of three rounds; every ranking compared with exhaustive scoring
memory    each engine in a fresh process that opens what was built and answers; the most that was ever resident
          (VmHWM), which counts every page of a mapped file that was touched, and how much of it came on top of the
          imports. bm25s holds its arrays in memory, as it does by default.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.bm25 import bm25s_index, bm25s_search, build, in_turn, rates
from benchmarks.bm25_start import LENGTH, passages, peak_mb, zipf
from benchmarks.lexical_results import FOLDER, save

from leadline.retrieval.lexical import LexicalIndex


def questions(n: int) -> list[str]:
    return list(zipf(n, 4, seed=1))


# ---- what a fresh process does -----------------------------------------------------------------------


def build_leadline(folder: Path, n: int) -> dict[str, float]:
    index = LexicalIndex.create(folder / "leadline", "none")

    def write() -> None:
        with index.writer() as writer:
            for i, text in enumerate(zipf(n, LENGTH, seed=0)):
                writer.add(f"{i:08d}", text)

    making = _timed(lambda: sum(1 for _ in zipf(n, LENGTH, seed=0)))["seconds"]
    found = _timed(write)
    return found | {"seconds": found["seconds"] - making}


def build_bm25s(folder: Path, n: int) -> dict[str, float]:
    texts = passages(n)[1]
    return _timed(lambda: bm25s_index(texts, plain=True)[0].save(folder / "bm25s"))


def search_leadline(folder: Path, n: int) -> dict[str, float]:
    queries = questions(n)
    with tempfile.TemporaryDirectory() as small:
        build(small, ["a"], ["w0 w1"], "none")
        LexicalIndex.open(small, engine="numba").rank_batch(queries[:1], 10)
    before = peak_mb()
    index = LexicalIndex.open(folder / "leadline", engine="numba")
    index.rank_batch(queries, 10)
    return {"peak MB": peak_mb(), "of that above imports MB": peak_mb() - before}


def search_bm25s(folder: Path, n: int) -> dict[str, float]:
    queries = questions(n)
    model, tokenize = bm25s_index(["w0 w1", "w1 w2"], plain=True)
    bm25s_search(model, tokenize, queries[:1], 1)
    before = peak_mb()
    model = load_bm25s(folder)
    bm25s_search(model, tokenize, queries, 10)
    return {"peak MB": peak_mb(), "of that above imports MB": peak_mb() - before}


def load_bm25s(folder: Path) -> Any:
    import bm25s

    model = bm25s.BM25.load(folder / "bm25s", load_vocab=True)
    model.backend = "numba"
    model.activate_numba_scorer()
    return model


CHILDREN: dict[str, Callable[[Path, int], dict[str, float]]] = {
    f.__name__: f
    for f in (
        build_leadline,
        build_bm25s,
        search_leadline,
        search_bm25s,
    )
}


def fresh(name: str, folder: Path, n: int) -> dict[str, float]:
    """What one of CHILDREN measured in a process of its own."""
    return _child("benchmarks.bm25_large", "--folder", str(folder), "--child", name, "--documents", str(n))


def _child(*arguments: str, **environment: str) -> dict[str, float]:
    command = [sys.executable, "-m", *arguments]
    settings = {**os.environ, **environment}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=settings)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _timed(run: Callable[[], Any]) -> dict[str, float]:
    started = time.process_time()
    run()
    return {"seconds": time.process_time() - started, "peak MB": peak_mb()}


# ---- rows --------------------------------------------------------------------------------------------


def indexing(folder: Path, n: int) -> list[dict[str, Any]]:
    caches = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    seconds: dict[str, list[float]] = defaultdict(list)
    peak: dict[str, float] = {}
    for turn in range(ROUNDS + 1):
        for name in ("leadline", "leadline loaded", "tantivy"):
            found = _child("benchmarks.bm25_start", name, str(n if turn else 1000), **caches)
            if turn:
                seconds[name].append(found["seconds"])
                peak[f"{name} peak MB"] = round(found["peak MB"])
    median = {name: statistics.median(values) for name, values in seconds.items()}
    rows = []
    for name, what in (
        ("leadline", "from a standing start"),
        ("leadline loaded", "everything loaded before"),
    ):
        mine = {"leadline": median[name], "tantivy": median["tantivy"]}
        rows.append(rates({"what": f"{n:,} documents indexed, {what}"}, n, mine))
    del peak["leadline loaded peak MB"]
    return [row | peak for row in rows]


def building(folder: Path, n: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in ("leadline", "bm25s"):
        if not (folder / name).exists():
            found = fresh(f"build_{name}", folder, n)
            rows.append({"what": f"{n:,} documents built", f"{name} /s": round(n / found["seconds"])})
    return rows


def queries(folder: Path, n: int) -> list[dict[str, Any]]:
    some = questions(200)
    started = time.perf_counter()
    index = LexicalIndex.open(folder / "leadline", engine="numba")
    opened = 1000 * (time.perf_counter() - started)
    exhaustive = LexicalIndex.open(folder / "leadline", engine="numpy")
    model, tokenize = load_bm25s(folder), bm25s_index(["w"], plain=True)[1]
    rows = []
    for k in (10, 1000):
        runs = {
            "leadline": partial(index.rank_batch, some, k),
            "bm25s": partial(bm25s_search, model, tokenize, some, k),
        }
        row = rates({"what": f"queries, k={k}"}, len(some), in_turn(runs, rounds=3))
        left, right = index.rank_batch(some[:100], k), exhaustive.rank_batch(some[:100], k)
        row["identical to exhaustive"] = all(map(np.array_equal, left, right))
        rows.append(row)
    return [*rows, {"what": "opening", "leadline ms": round(opened, 1)}]


def memory(folder: Path, n: int) -> list[dict[str, Any]]:
    rows = []
    for n_queries in (200, 2000):
        row: dict[str, Any] = {"what": f"memory, {n_queries:,} queries"}
        for name in ("leadline", "bm25s"):
            found = fresh(f"search_{name}", folder, n_queries)
            row |= {f"{name} {key}": round(value) for key, value in found.items()}
        for key in ("peak MB", "of that above imports MB"):
            row[f"share, {key}"] = round(row[f"leadline {key}"] / row[f"bm25s {key}"], 2)
        rows.append(row)
    return rows


ROUNDS = 3
STAGES = {"indexing": indexing, "building": building, "queries": queries, "memory": memory}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="where the two indexes are kept")
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--index", type=int, default=0, help="documents to time indexing on, if not all")
    parser.add_argument("--only", default=",".join(STAGES))
    parser.add_argument("--child", choices=sorted(CHILDREN), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(CHILDREN[arguments.child](arguments.folder, arguments.documents)))
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    title = f"BM25 over {arguments.documents:,} Zipf passages of {LENGTH} terms, queries of 4"
    rows: dict[str, dict[str, Any]] = {}
    path = FOLDER / "bm25_large.json"
    if path.exists() and (before := json.loads(path.read_text()))["title"] == title:
        rows = {row["what"]: row for row in before["rows"]}  # what is not measured now stays
    for stage, measure in STAGES.items():
        if stage in arguments.only.split(","):
            n = arguments.index or arguments.documents if stage == "indexing" else arguments.documents
            rows |= {row["what"]: row for row in measure(arguments.folder, n)}
    save("bm25_large", title, list(rows.values()), (__doc__ or "",))


if __name__ == "__main__":
    main()
