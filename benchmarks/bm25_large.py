"""BM25 over a million synthetic passages beside bm25s (numba) and tantivy

Run: python -m benchmarks.bm25_large --folder DIR [--documents 1000000] [--only indexing,building,queries,memory]

Passages of 100 words, queries of 4, words with Zipf frequencies (500,000 words). One thread; processor seconds, so
that other programs on the machine do not count.

indexing  both engines on the same documents (--index of them), each in a fresh process, text made before;
          from a standing start (loading numba counts, a second or two) and with it loaded before
building  the collection and the bm25s model for what follows; kept in DIR and not built again
queries   in one process, engines in turn, medians of three rounds; every ranking compared with exhaustive scoring
memory    each engine in a fresh process that opens what was built and answers; the most that was ever resident
          (VmHWM), which counts every page of a mapped file that was touched, and how much of it came on top of the
          imports. bm25s holds its arrays in memory, as it does by default.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.bm25 import bm25s_index, bm25s_search, build, in_turn, rates, tantivy_index
from benchmarks.lexical_results import FOLDER, save

from leadline.retrieval.lexical import LexicalIndex, engine

LENGTH = 100


def zipf(n: int, length: int, seed: int, vocabulary: int = 500_000) -> Iterator[str]:
    """Texts whose words have Zipf frequencies."""
    rng = np.random.default_rng(seed)
    chances = 1 / np.arange(1, vocabulary + 1)
    ends = np.cumsum(chances / chances.sum())
    words = np.array([f"w{i}" for i in range(vocabulary)], object)
    for low in range(0, n, 10_000):
        for row in np.searchsorted(ends, rng.random((min(10_000, n - low), length))):
            yield " ".join(words[row])


def passages(n: int) -> tuple[list[str], list[str]]:
    return [f"{i:08d}" for i in range(n)], list(zipf(n, LENGTH, seed=0))


def questions(n: int) -> list[str]:
    return list(zipf(n, 4, seed=1))


# ---- what a fresh process does -----------------------------------------------------------------------


def index_with_leadline(folder: Path, n: int) -> dict[str, float]:
    ids, texts = passages(n)
    with tempfile.TemporaryDirectory() as place:
        return _timed(lambda: build(place, ids, texts, "none"))


def index_with_leadline_loaded(folder: Path, n: int) -> dict[str, float]:
    engine._compiled("coding"), engine._compiled("inversion")
    return index_with_leadline(folder, n)


def index_with_tantivy(folder: Path, n: int) -> dict[str, float]:
    ids, texts = passages(n)
    return _timed(lambda: tantivy_index(ids, texts, plain=True))


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
    before = _peak_mb()
    index = LexicalIndex.open(folder / "leadline", engine="numba")
    index.rank_batch(queries, 10)
    return {"peak MB": _peak_mb(), "of that above imports MB": _peak_mb() - before}


def search_bm25s(folder: Path, n: int) -> dict[str, float]:
    queries = questions(n)
    model, tokenize = bm25s_index(["w0 w1", "w1 w2"], plain=True)
    bm25s_search(model, tokenize, queries[:1], 1)
    before = _peak_mb()
    model = load_bm25s(folder)
    bm25s_search(model, tokenize, queries, 10)
    return {"peak MB": _peak_mb(), "of that above imports MB": _peak_mb() - before}


def load_bm25s(folder: Path) -> Any:
    import bm25s

    model = bm25s.BM25.load(folder / "bm25s", load_vocab=True)
    model.backend = "numba"
    model.activate_numba_scorer()
    return model


CHILDREN: dict[str, Callable[[Path, int], dict[str, float]]] = {
    f.__name__: f
    for f in (
        index_with_leadline,
        index_with_leadline_loaded,
        index_with_tantivy,
        build_leadline,
        build_bm25s,
        search_leadline,
        search_bm25s,
    )
}


def fresh(name: str, folder: Path, n: int) -> dict[str, float]:
    """What one of CHILDREN measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bm25_large", "--folder", str(folder), "--child", name]
    done = subprocess.run([*command, "--documents", str(n)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _timed(run: Callable[[], Any]) -> dict[str, float]:
    started = time.process_time()
    run()
    return {"seconds": time.process_time() - started, "peak MB": _peak_mb()}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


# ---- rows --------------------------------------------------------------------------------------------


def indexing(folder: Path, n: int) -> list[dict[str, Any]]:
    found = {
        name: fresh(f"index_with_{name}", folder, n) for name in ("leadline", "leadline_loaded", "tantivy")
    }
    peak = {f"{name} peak MB": round(found[name]["peak MB"]) for name in ("leadline", "tantivy")}
    rows = []
    for name, what in (("leadline", "from a standing start"), ("leadline_loaded", "numba loaded before")):
        seconds = {"leadline": found[name]["seconds"], "tantivy": found["tantivy"]["seconds"]}
        rows.append(rates({"what": f"{n:,} documents indexed, {what}"}, n, seconds) | peak)
    return rows


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
