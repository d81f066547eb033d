"""Leadline's BM25 beside bm25s (numba) and tantivy: speed (quality: bm25_quality.py; a million documents, indexing
and memory: bm25_large.py).

One thread, the same k, the three engines in turn in each round; medians over rounds of processor seconds (other
programs on the machine do not count), and ratios. Queries go in as text and come out as document numbers:
for Leadline `rank_batch`, for bm25s `tokenize` + `retrieve`, for tantivy `parse_query` + `search`. One by one, ids and
scores come out (`search` of Leadline; tantivy's `doc` of every hit), with tantivy's bare addresses beside.

Run: python -m benchmarks.bm25 --data DIR
DIR holds collections in BEIR layout (scifact, nq-oracle, ...); $LEADLINE_DATA is its default.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.bm25_start import tantivy_index
from benchmarks.lexical_results import save

from leadline.errors import UsageError
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.lexical.analysis import STOP_WORDS
from leadline.retrieval.lexical.porter import stem

ROUNDS = 5


class Collection(NamedTuple):
    ids: list[str]
    texts: list[str]
    queries: list[str]


def read(folder: Path) -> Collection:
    documents = [json.loads(line) for line in (folder / "corpus.jsonl").open()]
    return Collection(
        [d["_id"] for d in documents],
        [f"{d.get('title') or ''} {d['text']}" for d in documents],
        [json.loads(line)["text"] for line in (folder / "queries.jsonl").open()],
    )


def build(folder: str | Path, ids: list[str], texts: list[str], analyzer: str) -> LexicalIndex:
    index = LexicalIndex.create(folder, analyzer)
    with index.writer() as writer:
        for id, text in zip(ids, texts, strict=True):
            writer.add(id, text)
    return index


# ---- the peers ---------------------------------------------------------------------------------------


def bm25s_index(texts: list[str], plain: bool) -> tuple[Any, Callable[[list[str]], Any]]:
    import bm25s

    options: dict[str, Any] = {"stopwords": None, "token_pattern": r"\S+"}
    if not plain:
        options = {
            "stopwords": list(STOP_WORDS),
            "token_pattern": r"\w+",
            "stemmer": lambda words: [stem(w, as_published=True) for w in words],
        }
    tokenize = partial(bm25s.tokenize, show_progress=False, **options)
    model = bm25s.BM25(method="lucene", k1=0.9, b=0.4, backend="numba")
    model.index(tokenize(texts), show_progress=False)
    return model, tokenize


def tantivy_search(index: Any, searcher: Any, queries: list[str], k: int) -> list[Any]:
    return [
        searcher.search(index.parse_query(" ".join(re.findall(r"\w+", query)).lower(), ["body"]), k)
        for query in queries
    ]


def tantivy_ids(index: Any, searcher: Any, queries: list[str], k: int) -> list[Any]:
    """Ids and scores."""
    return [
        [(searcher.doc(address)["id"][0], score) for score, address in found.hits]
        for found in tantivy_search(index, searcher, queries, k)
    ]


def bm25s_search(model: Any, tokenize: Any, queries: list[str], k: int) -> None:
    model.retrieve(tokenize(queries), k=k, n_threads=1, show_progress=False)


def in_turn(runs: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median processor seconds of each, the engines taking turns; one round before that does not count."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for turn in range(rounds + 1):
        for name, run in runs.items():
            started = time.process_time()
            run()
            if turn:
                seconds[name].append(time.process_time() - started)
    return {name: statistics.median(values) for name, values in seconds.items()}


def rates(what: dict[str, Any], n: int, seconds: dict[str, float]) -> dict[str, Any]:
    row = dict(what)
    for name, value in seconds.items():
        row[f"{name} /s"] = round(n / value)
    for name, value in seconds.items():
        if name != "leadline":
            row[f"x {name}"] = round(value / seconds["leadline"], 2)
    return row


# ---- speed -------------------------------------------------------------------------------------------


def speed(data: Path) -> None:
    rows = []
    for name in ("scifact", "nq-oracle"):
        collection = read(data / name)
        with tempfile.TemporaryDirectory() as folder:
            build(folder, collection.ids, collection.texts, "words")
            index = LexicalIndex.open(folder, engine="numba")
            model, tokenize = bm25s_index(collection.texts, plain=False)
            peer = tantivy_index(collection.ids, collection.texts, plain=False)
            searcher = peer.searcher()
            queries = collection.queries
            for k in (10, 1000):
                seconds = in_turn(
                    {
                        "leadline": partial(index.rank_batch, queries, k),
                        "bm25s": partial(bm25s_search, model, tokenize, queries, k),
                        "tantivy": partial(tantivy_search, peer, searcher, queries, k),
                    }
                )
                rows.append(rates({"data": name, "what": f"queries, k={k}"}, len(queries), seconds))
            some = queries[:200]
            seconds = in_turn(
                {
                    "leadline": lambda: [index.search(q, 10) for q in some],  # noqa: B023
                    "bm25s": lambda: [bm25s_search(model, tokenize, [q], 10) for q in some],  # noqa: B023
                    "tantivy": partial(tantivy_ids, peer, searcher, some, 10),
                    "tantivy, addresses": lambda: [
                        found.hits
                        for found in tantivy_search(peer, searcher, some, 10)  # noqa: B023
                    ],
                },
                rounds=15,
            )
            rows.append(
                rates({"data": name, "what": "queries one by one, k=10, as Hits"}, len(some), seconds)
            )
    save("bm25_speed", "BM25 queries per processor second", rows, (__doc__ or "",))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("LEADLINE_DATA"))
    arguments = parser.parse_args()
    if arguments.data is None:
        raise UsageError("No collections to measure on.", remedy="Pass --data DIR or set LEADLINE_DATA.")
    speed(arguments.data)


if __name__ == "__main__":
    main()
