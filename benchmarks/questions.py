"""Questions with known answers for the figures of the main job, and the one sample that is evaluated.

Everything that is fitted or tuned uses `training_questions`; everything that is reported uses
`evaluation_questions`. The two share no question.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from leadline.retrieval.beir import read_rows
from leadline.retrieval.collection import Collection

N_EVALUATED, SAMPLE_SEED = 500, 0


class Asked(NamedTuple):
    """A question, its gold answers, and the ids of the documents that hold them."""

    id: str
    text: str
    answers: tuple[str, ...]
    gold: frozenset[str]


def data_folder(given: Path | None) -> Path:
    """--data, else $LEADLINE_DATA; where neither is a folder, a message and exit code 2 (skipped)."""
    told = os.environ.get("LEADLINE_DATA", "")
    named = given or (Path(told) if told else None)
    if named is None or not named.is_dir():
        print("The benchmark data is not there. Give --data DIR or set LEADLINE_DATA.", file=sys.stderr)
        raise SystemExit(2)
    return named


def questions(folder: Path) -> list[Asked]:
    """The questions of a folder in BEIR layout, in file order."""
    gold: dict[str, set[str]] = {}
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0:
            gold.setdefault(query, set()).add(document)
    return [
        Asked(row.id, row.text, tuple(row.metadata.get("answers", ())), frozenset(gold.get(row.id, ())))
        for _, row in read_rows(folder / "queries.jsonl")
    ]


def evaluation_questions(folder: Path) -> list[Asked]:
    """The seeded sample of nq-oracle that is reported, in file order."""
    every = questions(folder)
    return [every[i] for i in _sample(len(every))]


def training_questions(folder: Path) -> list[Asked]:
    """The other questions of nq-oracle."""
    every = questions(folder)
    reported = set(_sample(len(every)))
    return [asked for i, asked in enumerate(every) if i not in reported]


def _sample(n: int) -> list[int]:
    chosen = np.random.default_rng(SAMPLE_SEED).choice(n, min(N_EVALUATED, n), replace=False)
    return sorted(int(i) for i in chosen)


def collection_of(folder: Path) -> Collection:
    """The folder as a collection, indexed when it is not yet."""
    return Collection.of([folder])
