"""Indexing from a standing start: one engine in a process of its own, which imports nothing else. For bm25_large.py.

python -m benchmarks.bm25_start leadline|"leadline loaded"|tantivy DOCUMENTS
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

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


def tantivy_index(ids: list[str], texts: list[str], plain: bool) -> Any:
    import tantivy

    schema = tantivy.SchemaBuilder()
    schema.add_text_field("body", stored=False, tokenizer_name="whitespace" if plain else "en_stem")
    schema.add_text_field("id", stored=True, tokenizer_name="raw")
    index = tantivy.Index(schema.build(), path=tempfile.mkdtemp())
    writer = index.writer(heap_size=500_000_000, num_threads=1)
    for id, text in zip(ids, texts, strict=True):
        writer.add_document(tantivy.Document(body=text, id=id))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


def leadline_index(ids: list[str], texts: list[str]) -> None:
    from leadline.retrieval.lexical import LexicalIndex

    with tempfile.TemporaryDirectory() as folder, LexicalIndex.create(folder, "none").writer() as writer:
        for id, text in zip(ids, texts, strict=True):
            writer.add(id, text)


def peak_mb() -> float:
    """VmHWM. Not ru_maxrss where that can be had: a child process begins with what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    name, n = sys.argv[1], int(sys.argv[2])
    before = time.process_time()
    ids, texts = passages(n)
    if name == "leadline loaded":
        from leadline.retrieval import compiled

        leadline_index(["a"], ["b"])
        compiled.compiled("lexical.coding").ChunkTable().code(["a b"])
        compiled.compiled("lexical.inversion")
    not_counted = time.process_time() - (0 if name == "leadline loaded" else before)
    tantivy_index(ids, texts, plain=True) if name == "tantivy" else leadline_index(ids, texts)
    print(json.dumps({"seconds": time.process_time() - not_counted, "peak MB": peak_mb()}))


if __name__ == "__main__":
    main()
