"""The search service under load: `python -m benchmarks.service [--documents 20000] [--seconds 60]`

The server is a process of its own; the load comes from this one over loopback, with a connection kept open per client.

closed loop   8 clients ask as fast as they are answered. Every answer is compared with the library's.
restart       the same queries after SIGTERM and a new start: the same bytes.
overload      5 clients for each place of the queue ask at up to 5 times the rate of the closed loop, refused or not.
recovery      seconds after the overload until the closed loop's limits hold again.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import numpy as np
from benchmarks.record import record, table
from benchmarks.service_load import Client, K, flood, in_turn

from leadline.evidence.model import Document
from leadline.retrieval.beir import write_beir
from leadline.retrieval.collection import Collection
from leadline.serve import wire

CLIENTS, QUERIES = 8, 500
QUEUE = 32
"""Requests that `leadline serve` takes at once by default."""
OVERLOAD, OVERLOAD_SECONDS, RECOVERY_SECONDS = 5, 15, 5


def texts(n: int, length: int, seed: int, vocabulary: int = 60_000) -> Iterator[str]:
    """Texts whose words have Zipf frequencies."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum(1 / np.arange(1, vocabulary + 1))
    for row in np.searchsorted(ends / ends[-1], rng.random((n, length))):
        yield " ".join(f"w{word}" for word in row)


def indexed(n: int, folder: Path) -> Collection:
    documents = [
        Document(f"d{i:06d}", "", text, "", "text/plain", "") for i, text in enumerate(texts(n, 100, 0))
    ]
    write_beir(folder / "load", documents, {}, {})
    collection = Collection.open("load", create=True)
    collection.update([folder / "load"])
    return collection


class Server:
    """`leadline serve` in a process of its own; use as a context, which ends it by SIGTERM."""

    def __init__(self, retriever: str) -> None:
        command = [sys.executable, "-m", "leadline", "serve", "--collection", "load", "--port", "0", "--json"]
        self.process = subprocess.Popen(
            [*command, "--retriever", retriever], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.address = urlsplit(json.loads(self.process.stdout.readline())["url"]).netloc

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def closed_loop(address: str, queries: list[str], wanted: dict[str, Any], seconds: float) -> dict[str, Any]:
    """8 clients for so long: latencies in ms, errors, and answers that are not the library's.

    An answer is read once and then recognised by its bytes: reading each again would stop the clients' clocks.
    """
    right: dict[int, bytes] = {}
    wrong = 0

    def seen(number: int, status: int, body: bytes) -> None:
        nonlocal wrong
        if status == 200 and right.get(number) != body:
            if json.loads(body) == wanted[queries[number]]:
                right[number] = body
            else:
                wrong += 1

    taken = in_turn(address, queries, CLIENTS, seconds, seen)
    times = [took for some in taken.values() for took in some]
    return {**quantiles(times), "requests_per_second": len(times) / seconds, "requests": len(times),
            "errors": len(times) - len(taken[200]), "wrong_answers": wrong}  # fmt: skip


def overload(address: str, queries: list[str], rate: float, seconds: float) -> dict[str, Any]:
    """Five times as many clients as the queue holds, together at up to `rate` requests per second, refused or not."""
    n_clients = OVERLOAD * QUEUE
    times = flood(address, queries, n_clients, rate, seconds)
    n = {status: len(found) for status, found in times.items()}
    return {"clients": n_clients, "asked_per_second": rate, "sent_per_second": sum(n.values()) / seconds,
            "accepted": quantiles(times[200]), "refused": quantiles(times[429]), "n_accepted": n.get(200, 0),
            "n_refused": n.get(429, 0), "other": {s: m for s, m in n.items() if s not in (200, 429)}}  # fmt: skip


def quantiles(times: list[float]) -> dict[str, float]:
    found = np.quantile(times, [0.5, 0.95, 0.99, 1.0]) if times else [float("nan")] * 4
    return {name: float(value) for name, value in zip(("p50", "p95", "p99", "max"), found, strict=True)}


def answers(address: str, queries: list[str]) -> list[bytes]:
    client = Client(address)
    return [client.ask(query)[1] for query in queries]


def measure(collection: Collection, retriever: str, seconds: float) -> dict[str, Any]:
    queries = list(texts(QUERIES, 4, 1))
    found = collection.search_batch(queries, K, retriever=retriever)
    wanted = {
        query: json.loads(msgspec.json.encode(wire.native_hits(hits, collection.corpus_id)))
        for query, hits in zip(queries, found, strict=True)
    }
    gc.collect()
    gc.freeze()  # this process keeps the clocks: a stop of its own would be counted as the server's
    with Server(retriever) as server:
        first = answers(server.address, queries)
    with Server(retriever) as server:
        same = answers(server.address, queries) == first
        closed = closed_loop(server.address, queries, wanted, seconds)
        over = overload(server.address, queries, OVERLOAD * closed["requests_per_second"], OVERLOAD_SECONDS)
        began, recovery = time.perf_counter(), float("inf")
        while recovery == float("inf") and time.perf_counter() - began < 2 * RECOVERY_SECONDS:
            again = closed_loop(server.address, queries, wanted, 1.0)
            if again["errors"] == 0 and again["p99"] < 100:
                recovery = time.perf_counter() - began - 1.0
    return {"retriever": retriever, "closed": closed, "overload": over, "recovery_seconds": recovery,
            "same_after_restart": same}  # fmt: skip


def holds(row: dict[str, Any]) -> dict[str, bool]:
    """The lines that the service promises."""
    closed, over = row["closed"], row["overload"]
    return {
        "p50 < 10 ms": closed["p50"] < 10,
        "p99 < 100 ms": closed["p99"] < 100,
        "no error, all answers the library's": closed["errors"] == closed["wrong_answers"] == 0,
        "same bytes after a restart": row["same_after_restart"],
        "429 within 50 ms (p99)": not over["n_refused"] or over["refused"]["p99"] < 50,
        "accepted under overload p99 < 1 s": over["accepted"]["p99"] < 1000 and not over["other"],
        "recovered within 5 s": row["recovery_seconds"] <= RECOVERY_SECONDS,
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--retrievers", nargs="*", default=["bm25", "hybrid"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LEADLINE_HOME"] = str(Path(folder) / "home")
        collection = indexed(asked.documents, Path(folder))
        rows = [measure(collection, retriever, asked.seconds) for retriever in asked.retrievers]
    shown = [
        [row["retriever"], f"{row['closed']['requests_per_second']:.0f}",
         *(f"{row['closed'][q]:.1f}" for q in ("p50", "p95", "p99")), row["closed"]["errors"],
         f"{row['overload']['sent_per_second']:.0f}", f"{row['overload']['refused']['p99']:.0f}",
         f"{row['overload']['accepted']['p99']:.0f}", f"{row['recovery_seconds']:.1f}"]
        for row in rows
    ]  # fmt: skip
    lines = [[row["retriever"], line, "holds" if good else "DOES NOT HOLD"] for row in rows
             for line, good in holds(row).items()]  # fmt: skip
    text = (
        f"{asked.documents} documents, {CLIENTS} closed-loop clients for {asked.seconds:g} s, then {OVERLOAD} times "
        f"that rate for {OVERLOAD_SECONDS} s. Milliseconds as a client sees them.\n\n"
        + table(["retriever", "answers/s", "p50", "p95", "p99", "errors", "sent/s in overload", "429 p99",
                 "accepted p99", "recovery s"], shown)
        + "\n\n" + table(["retriever", "line", ""], lines)
    )  # fmt: skip
    record("service", "The search service under load", text, {"rows": rows, "documents": asked.documents})
    return 0 if all(line[2] == "holds" for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
