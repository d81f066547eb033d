"""Run files, judgements, topics and document files of TREC, read with line numbers and written back.

run      query-id Q0 document-id rank score tag
qrels    query-id iteration document-id grade        (BEIR's three columns with a header are read too)
topics   query-id <TAB> text, or <top> blocks
corpus   <DOC> <DOCNO> [<TITLE>] <TEXT> blocks
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from math import isfinite
from pathlib import Path

from leadline.errors import UsageError
from leadline.evidence.model import Document
from leadline.files import DISK, Disk
from leadline.retrieval.base import Hit
from leadline.retrieval.beir import Qrels, read_qrels_tsv
from leadline.retrieval.dense import ranked

Run = dict[str, tuple[Hit, ...]]
"""Query id -> ranking."""


def _lines(path: Path | str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist.", remedy="Check the path.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: {error}.") from error


def read_run(path: Path | str) -> Run:
    """Rankings by falling score, equal scores by document id (the rank column is not trusted, as in trec_eval).

    UsageError names the line that is broken or repeats a document.
    """
    scores: dict[str, dict[str, float]] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        parts = line.split()
        if len(parts) != 6:
            raise UsageError(
                f"{path}, line {number}: {len(parts)} fields, not 6.",
                remedy="A run line is: query-id Q0 document-id rank score tag",
            )
        query, _, document, _, text, _ = parts
        try:
            score = float(text)
        except ValueError:
            score = float("nan")
        if not isfinite(score):
            raise UsageError(f"{path}, line {number}: the score {text!r} is not a number.")
        if document in scores.setdefault(query, {}):
            raise UsageError(f"{path}, line {number}: document {document} occurs twice for query {query}.")
        scores[query][document] = score
    return {query: ranked(found.items(), len(found)) for query, found in scores.items()}


def write_run(path: Path, run: Mapping[str, Sequence[Hit]], tag: str, disk: Disk = DISK) -> None:
    """Scores with 17 digits, so that reading gives them back exactly."""
    if not re.fullmatch(r"\S+", tag):
        raise UsageError(f"The tag {tag!r} must be one word.")
    lines = [
        f"{query} Q0 {hit.id} {hit.rank} {hit.score!r} {tag}\n" for query, hits in run.items() for hit in hits
    ]
    disk.write(path, "".join(lines).encode())


def read_qrels(path: Path | str) -> Qrels:
    """TREC or BEIR judgements, told apart by the number of columns; UsageError names a broken line."""
    lines = _lines(path)
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("query-id") or len(first.split("\t")) == 3:
        return read_qrels_tsv(Path(path))
    found: Qrels = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            query, _, document, grade = line.split()
            found.setdefault(query, {})[document] = int(grade)
        except ValueError as error:
            raise UsageError(
                f"{path}, line {number}: not 'query-id 0 document-id grade': {line[:80]!r}."
            ) from error
    return found


def write_qrels(path: Path, qrels: Mapping[str, Mapping[str, int]], disk: Disk = DISK) -> None:
    lines = [
        f"{q} 0 {document} {grade}\n" for q, grades in qrels.items() for document, grade in grades.items()
    ]
    disk.write(path, "".join(lines).encode())


def read_topics(path: Path | str) -> dict[str, str]:
    """Query id -> text from `id <TAB> text` lines or from <top> blocks (number and title)."""
    text = "\n".join(_lines(path))
    if "<top>" in text.lower():
        return dict(map(_topic, _blocks(text, "top")))
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        query, tab, words = line.partition("\t")
        if not tab or not query.strip():
            raise UsageError(f"{path}, line {number}: not 'query-id<TAB>text': {line[:80]!r}.")
        found[query.strip()] = words.strip()
    return found


def _topic(block: str) -> tuple[str, str]:
    number = re.search(r"<num>\s*(?:Number:)?\s*(\S+)", block, re.I)
    title = re.search(r"<title>\s*(?:Topic:)?\s*(.*?)\s*(?=<|$)", block, re.I | re.S)
    if number is None or title is None:
        raise UsageError(f"A <top> block has no number or title: {block[:80]!r}.")
    return number.group(1).removesuffix("</num>"), " ".join(title.group(1).split())


def _blocks(text: str, tag: str) -> list[str]:
    return re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.I | re.S)


def read_trec_corpus(paths: Iterable[Path]) -> list[Document]:
    """Documents of <DOC> files; markup inside TEXT is dropped. UsageError for one without DOCNO or a repeated one."""
    found: dict[str, Document] = {}
    for path in paths:
        for number, block in enumerate(_blocks("\n".join(_lines(path)), "DOC"), 1):
            ids = _blocks(block, "DOCNO")
            if len(ids) != 1:
                raise UsageError(f"{path}, document {number}: {len(ids)} DOCNO, not 1.")
            name = ids[0].strip()
            if name in found:
                raise UsageError(f"{path}, document {number}: DOCNO {name} occurs twice.")
            title = " ".join(" ".join(_blocks(block, "TITLE")).split())
            text = re.sub(r"<[^<>]{1,200}>", " ", " ".join(_blocks(block, "TEXT"))).strip()
            digest = sha256(block.encode()).hexdigest()
            found[name] = Document(name, title, text, f"{path.name}#{name}", "text/plain", digest)
    return list(found.values())


def write_trec(
    folder: Path,
    documents: Iterable[Document],
    queries: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, int]],
    disk: Disk = DISK,
) -> None:
    """corpus.trec, topics.tsv and qrels.txt. `<` in texts becomes a space: the format cannot escape it."""
    blocks = [
        f"<DOC>\n<DOCNO>{d.id}</DOCNO>\n<TITLE>{d.title.replace('<', ' ')}</TITLE>\n"
        f"<TEXT>\n{d.text.replace('<', ' ')}\n</TEXT>\n</DOC>\n"
        for d in documents
    ]
    disk.write(folder / "corpus.trec", "".join(blocks).encode())
    topics = [f"{query}\t{' '.join(text.split())}\n" for query, text in queries.items()]
    disk.write(folder / "topics.tsv", "".join(topics).encode())
    write_qrels(folder / "qrels.txt", qrels, disk)
