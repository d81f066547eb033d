"""Does the researcher quote the answer? `python -m benchmarks.answers --data DIR`

nq-oracle: share of reports in which a claim holds a gold answer, with at most 5 quoted sentences, beside the first
five sentences of the best BM25 passage and the five sentences with the highest BM25 score (alone, and with their
document's title). 2wiki-101: share of the gold passages among at most 8 cited ones, beside BM25's first 8.
Every report's citations are checked against the corpus as it is read again from its file.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.questions import (
    N_EVALUATED,
    SAMPLE_SEED,
    Asked,
    collection_of,
    data_folder,
    evaluation_questions,
    questions,
)  # fmt: skip
from benchmarks.record import record, table

from leadline.agents.extractive import Extractive
from leadline.agents.lookup import Settings
from leadline.agents.research import research
from leadline.bench.metrics.answers import cover_match
from leadline.bench.stats import bootstrap_interval, mean_interval, paired_interval, verdict
from leadline.evidence.check import check_claims, check_report
from leadline.evidence.model import Report
from leadline.retrieval.beir import read_corpus
from leadline.retrieval.collection import Collection
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.sentences import sentences

Rows = dict[str, list[float]]


def reports(asked: Sequence[Asked], collection: Collection, max_citations: int) -> list[Report]:
    """One report per question, by the front door."""
    policy = Extractive(Settings(max_citations=max_citations, max_in_all=max_citations))
    return [research(one.text, collection=collection, policy=policy) for one in asked]


def says(texts: Sequence[str], answers: Sequence[str]) -> float:
    """1 when one of the texts holds an answer."""
    return max((cover_match(text, answers) for text in texts), default=0.0)


def claims_say(report: Report, answers: Sequence[str]) -> float:
    """1 when a claim with a citation holds an answer."""
    stack, texts = list(report.claims), []
    while stack:
        claim = stack.pop()
        stack.extend(claim.claims)
        texts += [claim.text] if claim.citations else []
    return says(texts, answers)


def sentence_index(
    collection: Collection, folder: Path, *, titles: bool
) -> tuple[LexicalIndex, dict[str, str]]:
    """Every sentence as a document of its own, alone or behind its document's title."""
    index, texts = LexicalIndex.create(folder), {}
    with index.writer() as writer:
        for document in collection.documents():
            for number, (start, end) in enumerate(sentences(document.text)):
                key = f"{document.id}-{number:04d}"
                texts[key] = document.text[start:end]
                writer.add(key, f"{document.title} {texts[key]}" if titles else texts[key])
    return LexicalIndex.open(folder), texts


def answers_on_nq(data: Path) -> tuple[Rows, list[Report]]:
    """Hits per question of the researcher and of the baselines."""
    folder = data / "nq-oracle"
    asked, collection = evaluation_questions(folder), collection_of(folder)
    found = reports(asked, collection, 5)
    rows: Rows = {"researcher": [claims_say(r, one.answers) for r, one in zip(found, asked, strict=True)]}
    rows["best BM25 passage, first 5 sentences"] = [
        says(_first_sentences(collection, one.text, 5), one.answers) for one in asked
    ]
    for name, titles in (("5 best BM25 sentences", False), ("5 best BM25 sentences with title", True)):
        with tempfile.TemporaryDirectory() as place:
            index, texts = sentence_index(collection, Path(place) / "index", titles=titles)
            rows[name] = [
                says([texts[key] for key in index.search(one.text, 5).ids], one.answers) for one in asked
            ]
    return rows, found


def _first_sentences(collection: Collection, question: str, n: int) -> list[str]:
    hits = collection.search(question, 1, retriever="bm25").hits
    text = collection.passage(hits[0].id).text if hits else ""
    return [text[start:end] for start, end in sentences(text)[:n]]


def recall_on_2wiki(data: Path) -> tuple[Rows, list[Report]]:
    """Recall of gold passages (a document is one passage) per question."""
    folder = data / "2wiki-101"
    asked, collection = questions(folder), collection_of(folder)
    found = reports(asked, collection, 8)
    rows: Rows = {"researcher": [], "BM25, first 8": []}
    for one, report in zip(asked, found, strict=True):
        cited = {citation.span.document for citation in report.citations()}
        ranked = {hit.document for hit in collection.search(one.text, 8, retriever="bm25").hits}
        rows["researcher"].append(len(cited & one.gold) / len(one.gold))
        rows["BM25, first 8"].append(len(ranked & one.gold) / len(one.gold))
    return rows, found


def faithfulness(found: Sequence[Report], folder: Path) -> dict[str, int]:
    """Citations that hold against the corpus read again, and sentences without evidence."""
    documents = {document.id: document for document in read_corpus(folder)}
    checked = [verdict for report in found for verdict in check_report(report, documents)]
    return {
        "reports": len(found),
        "citations": len(checked),
        "citations that hold": sum(one.ok for one in checked),
        "sentences without citation": sum(len(check_claims(report.claims)) for report in found),
        "most citations in a report": max(len({c.number for c in r.citations()}) for r in found),
        "nothing found": sum(report.status == "nothing found" for report in found),
    }


def compared(rows: Rows) -> list[list[Any]]:
    """Mean with interval of each, and the researcher's paired difference to it with two kinds of interval."""
    ours = rows["researcher"]
    lines: list[list[Any]] = []
    for name, values in rows.items():
        own = mean_interval(values)
        line: list[Any] = [name, own.mean, f"[{own.low:.3f}, {own.high:.3f}]", own.n]
        if name == "researcher":
            lines.append([*line, "", "", ""])
            continue
        paired, boot = paired_interval(ours, values), bootstrap_interval(ours, values, seed=0)
        lines.append(
            [*line, f"{paired.mean:+.3f} [{paired.low:+.3f}, {paired.high:+.3f}]",
             f"[{boot.low:+.3f}, {boot.high:+.3f}]", verdict(paired)]
        )  # fmt: skip
    return lines


COLUMNS = ["", "mean", "95 % interval", "n", "researcher minus this, paired t", "bootstrap", "beats it"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    data = data_folder(parser.parse_args().data)
    with tempfile.TemporaryDirectory() as home:
        os.environ["LEADLINE_HOME"] = home
        began = time.perf_counter()
        nq, nq_reports = answers_on_nq(data)
        wiki, wiki_reports = recall_on_2wiki(data)
        seconds = time.perf_counter() - began
        faith = {
            "nq-oracle": faithfulness(nq_reports, data / "nq-oracle"),
            "2wiki-101": faithfulness(wiki_reports, data / "2wiki-101"),
        }
    tables = {"nq-oracle": compared(nq), "2wiki-101": compared(wiki)}
    text = "\n\n".join([
        f"## nq-oracle: a claim holds a gold answer ({N_EVALUATED} questions, sample seed {SAMPLE_SEED}, "
        "at most 5 sentences)",
        table(COLUMNS, tables["nq-oracle"]),
        "## 2wiki-101: recall of gold passages among at most 8 cited",
        table(COLUMNS, tables["2wiki-101"]),
        "## Faithfulness, against the corpus read again from its file",
        table(["", *faith], [[key, *(one[key] for one in faith.values())] for key in faith["nq-oracle"]]),
        f"The selector was fitted on questions outside the sample: {Extractive().selector.fitted}. "
        f"Whole run: {seconds:.0f} s.",
    ])  # fmt: skip
    per_question = {"nq-oracle": nq, "2wiki-101": wiki}
    figures = {"tables": tables, "faithfulness": faith, "seconds": seconds, "per question": per_question}
    record("answers", "Answers", text, figures)


if __name__ == "__main__":
    main()
