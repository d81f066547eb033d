"""INQUIRE: pictures of the natural world for expert queries (arXiv:2411.02537). An answer is a ranking of photo ids.

Fullrank is scored at k = 50. Rerank hands over 100 candidates and its scripts score all of them: AP@100 stands beside.
"""

from __future__ import annotations

import csv
import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from leadline.bench.photo_search import PhotoSet, photo_set, ranking_scores
from leadline.bench.protocol import Answer, Case, Protocol, Scored, Scores, Twin, mean_of
from leadline.errors import SourceError
from leadline.evidence.model import Document
from leadline.models.judge import Judge

QUERY = ("query_id", "query_text", "supercategory", "category", "iconic_group")
ANNOTATION = ("query_id", "image_path")
ANNOTATIONS = "inquire_annotations.csv"


def photo_id(path: str) -> str:
    """The id of a photo: its path without the suffix, which the two official files write and leave out.

    >>> photo_id("train/00001_bird/a.jpg") == photo_id("train/00001_bird/a")
    True
    """
    stem, dot, suffix = path.rpartition(".")
    return stem if dot and suffix.lower() in ("jpg", "jpeg") else path


def _rows(path: Path, required: Sequence[str]) -> Iterator[dict[str, str]]:
    """Rows of a CSV file. Raises SourceError with file, line and column."""
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            missing = [name for name in required if not row.get(name) and name != "iconic_group"]
            if missing:
                raise SourceError(f"{path}, line {number}: the column {missing[0]!r} is missing or empty.")
            yield row


def load(path: Path) -> list[Case]:
    """One query file (inquire_queries_val.csv or _test.csv), or the folder with both, beside inquire_annotations.csv.

    Raises SourceError when a query has no annotated photo: its positives would be unknown, not none.
    """
    folder = path if path.is_dir() else path.parent
    files = [path] if path.is_file() else sorted(path.glob("inquire_queries_*.csv"))
    if not (folder / ANNOTATIONS).is_file():
        raise SourceError(f"{folder} has no {ANNOTATIONS}: without it no photo is known to be relevant.")
    positives: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows(folder / ANNOTATIONS, ANNOTATION):
        positives[row["query_id"]].append(photo_id(row["image_path"]))
    cases = []
    for file in files:
        for row in _rows(file, QUERY):
            gold = {"evidence": sorted(set(positives[row["query_id"]]))}
            if not gold["evidence"]:
                raise SourceError(f"{file}: query {row['query_id']} has no photo in {ANNOTATIONS}.")
            metadata = {name: row[name] for name in QUERY[2:]} | {"split": file.stem.rpartition("_")[2]}
            cases.append(Case(row["query_id"], row["query_text"], gold, metadata))
    return cases


def twin(seed: int, n: int) -> Twin:
    """WordNet nouns over 1,000 real photos, each described by what a network saw in it (bench.photo_search); the
    super-category is the noun's kind. There are 128."""
    photos = photo_set()
    chosen = random.Random(seed).sample(photos.queries, min(n, len(photos.queries)))
    cases = [
        Case(
            query.id,
            query.name,
            {"evidence": sorted(f"photo-{c:04d}" for c in query.classes)},
            {"supercategory": query.kind},
        )
        for query in chosen
    ]
    return Twin(cases, [_document(photos, i) for i in range(len(photos.photos))])


def _document(photos: PhotoSet, photo: int) -> Document:
    name, text = f"photo-{photo:04d}", photos.text(photo, definitions=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(name, f"Photo {photo}", text, f"{name}.txt", "text/plain", digest)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """AP and nDCG x 100, MRR, precision and recall at 50, in the order of `retrieved`; a photo named twice counts
    once. No judge is asked."""
    gold = set(case.gold["evidence"])
    labels = [photo in gold for photo in dict.fromkeys(photo_id(p) for p in answer.retrieved)]
    at_50, at_100 = (ranking_scores(labels, len(gold), k) for k in (50, 100))
    return {
        "AP@50": 100 * at_50.ap,
        "nDCG@50": 100 * at_50.ndcg,
        "MRR": at_50.mrr,
        "P@50": at_50.precision,
        "R@50": at_50.recall,
        "AP@100": 100 * at_100.ap,
    }


def over_all(scored: Sequence[Scored]) -> Scores:
    """Mean AP@50 of every super-category, and where cases have them of every category and group."""
    found: defaultdict[str, list[Scored]] = defaultdict(list)
    for s in scored:
        for field in QUERY[2:]:
            if s.case.metadata.get(field):
                found[f"AP@50, {field.replace('_', ' ')} {s.case.metadata[field]}"].append(s)
    return {name: mean_of(cases, "AP@50") for name, cases in sorted(found.items())}


PROTOCOL = Protocol(
    name="inquire",
    title="INQUIRE picture retrieval",
    paper="2411.02537",
    licence="code MIT, data CC BY-NC 4.0",
    how_to_get="Clone inquire-benchmark/INQUIRE: data/inquire has the queries; its README links the annotations.",
    main="AP@50",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 250},
    known={
        "fdd47796521c584891d1a1d01f9b04697e1b386bbcc9b77696bedeaf77780650": "inquire_queries_val.csv (7e04857)",
        "06989b5be5a3ef4496fb7d59193bdf1960360920b03035b42cf1a1ada8c7b2db": "inquire_queries_test.csv (7e04857)",
    },
    over_all=over_all,
)
