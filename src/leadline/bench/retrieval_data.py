"""Test collections and grids: what a retrieval experiment is run on, and its cells."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from leadline.bench.trec import read_qrels, read_topics, read_trec_corpus
from leadline.errors import UsageError
from leadline.evidence.model import Document
from leadline.retrieval.beir import Qrels, is_beir, read_corpus, read_qrels_tsv, read_queries

WITH_BM25 = ("bm25", "hybrid")
"""Retrievers that use k1 and b."""


class Data(msgspec.Struct, frozen=True):
    """A test collection."""

    name: str
    documents: list[Document]
    queries: dict[str, str]
    qrels: Qrels


class Cell(msgspec.Struct, frozen=True):
    """One point of the grid. k1, b and the analyzer are used by bm25 and hybrid only."""

    retriever: str = "bm25"
    k1: float = 0.9
    b: float = 0.4
    unit: str = "document"
    rerank: str = "none"
    depth: int = 50
    query_form: str = "raw"
    analyzer: str = "english"


def load_data(folder: Path, split: str = "test") -> Data:
    """A BEIR folder, or a TREC one (*.trec documents, topics.tsv or topics.txt, qrels.txt).

    Queries without a judgement are left out. UsageError says what is missing or which line is broken.
    """
    if is_beir(folder):
        qrels = read_qrels_tsv(folder / "qrels" / f"{split}.tsv")
        documents, queries = list(read_corpus(folder)), read_queries(folder)
    else:
        files = sorted(folder.glob("*.trec"))
        topics = next((folder / n for n in ("topics.tsv", "topics.txt") if (folder / n).is_file()), None)
        if not files or topics is None:
            raise UsageError(
                f"{folder} is no test collection.",
                remedy="It needs corpus.jsonl, queries.jsonl and qrels/test.tsv (BEIR), or *.trec, topics.tsv and "
                "qrels.txt (TREC).",
            )
        documents, queries = read_trec_corpus(files), read_topics(topics)
        qrels = read_qrels(folder / "qrels.txt")
    judged = {query: text for query, text in queries.items() if query in qrels}
    if not judged:
        raise UsageError(f"No query of {folder} has a judgement in split {split!r}.")
    return Data(folder.name, documents, judged, qrels)


def grid(**choices: Sequence[Any]) -> list[Cell]:
    """All combinations, without those that differ only in a parameter that the cell does not use.

    >>> len(grid(retriever=["bm25", "dense"], k1=[0.9, 1.2]))
    3
    """
    cells: dict[Cell, None] = {}
    for values in product(*choices.values()):
        cell = Cell(**dict(zip(choices, values, strict=True)))
        if cell.retriever not in WITH_BM25:
            cell = msgspec.structs.replace(cell, k1=0.0, b=0.0, analyzer="none")
        if cell.rerank == "none":
            cell = msgspec.structs.replace(cell, depth=0)
        cells[cell] = None
    return list(cells)
