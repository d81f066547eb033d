"""Folders in BEIR layout: corpus.jsonl {_id, title?, text, metadata?}, queries.jsonl, qrels/<split>.tsv.

A broken line is named by file and number.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from leadline import json_lines
from leadline.errors import UsageError
from leadline.evidence.model import Document
from leadline.files import DISK, Disk

Qrels = dict[str, dict[str, int]]
"""Query id -> document id -> grade."""


class Row(msgspec.Struct, rename={"id": "_id"}):
    """A line of corpus.jsonl or queries.jsonl."""

    id: str
    text: str
    title: str = ""
    metadata: dict[str, Any] = {}


def is_beir(folder: Path) -> bool:
    """Whether a folder has that layout; one that may not be looked into has none that is known."""
    return all(os.path.isfile(folder / name) for name in ("corpus.jsonl", "queries.jsonl"))


def read_rows(path: Path) -> Iterator[tuple[bytes, Row]]:
    """Raw line and row; UsageError with the line's number where one is broken."""
    decoder = msgspec.json.Decoder(Row)
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    yield line, decoder.decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise UsageError(
                        f"{path}, line {number}: {error}.",
                        remedy="Each line is {_id, title?, text, metadata?}.",
                    ) from error
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist.", remedy="A BEIR folder holds it.") from error


def read_corpus(folder: Path) -> Iterator[Document]:
    """One document per line, its `_id` kept as id. A repeated id is a UsageError."""
    seen: set[str] = set()
    for number, (line, row) in enumerate(read_rows(folder / "corpus.jsonl"), 1):
        if row.id in seen:
            raise UsageError(f"{folder / 'corpus.jsonl'}, line {number}: id {row.id!r} occurs twice.")
        seen.add(row.id)
        yield Document(
            id=row.id,
            title=row.title,
            text=row.text,
            uri=f"{folder.name}/corpus.jsonl#{row.id}",
            media_type="text/plain",
            sha256=sha256(line.strip()).hexdigest(),
            metadata={key: str(value) for key, value in row.metadata.items()},
        )


def read_queries(folder: Path) -> dict[str, str]:
    """Query id -> text, in the file's order."""
    return {row.id: row.text for _, row in read_rows(folder / "queries.jsonl")}


def read_qrels_tsv(path: Path) -> Qrels:
    """BEIR judgements: a header line, then query id, document id, grade, separated by tabs."""
    found: Qrels = {}
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise UsageError(
            f"{path} does not exist.", remedy="A BEIR folder keeps it as qrels/<split>.tsv."
        ) from error
    for number, line in enumerate(lines, 1):
        parts = line.split("\t")
        if number == 1 and parts[0] == "query-id":
            continue
        if not line.strip():
            continue
        try:
            query, document, grade = parts
            found.setdefault(query, {})[document] = int(grade)
        except ValueError as error:
            raise UsageError(
                f"{path}, line {number}: not 'query-id<TAB>corpus-id<TAB>score': {line[:80]!r}."
            ) from error
    return found


def write_beir(
    folder: Path,
    documents: Iterator[Document] | list[Document],
    queries: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, int]],
    split: str = "test",
    disk: Disk = DISK,
) -> None:
    """Write a collection that other tools read unchanged."""
    corpus = ({"_id": d.id, "title": d.title, "text": d.text, "metadata": d.metadata} for d in documents)
    disk.write(folder / "corpus.jsonl", json_lines.lines(corpus))
    asked = ({"_id": id, "text": text} for id, text in queries.items())
    disk.write(folder / "queries.jsonl", json_lines.lines(asked))
    rows = ["query-id\tcorpus-id\tscore"]
    rows += [f"{query}\t{id}\t{grade}" for query, grades in qrels.items() for id, grade in grades.items()]
    disk.write(folder / "qrels" / f"{split}.tsv", ("\n".join(rows) + "\n").encode())
