"""Judged collections: which passages people called relevant to a query, and how a ranking does by that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from leadline.errors import LeadlineError
from leadline.retrieval.beir import Qrels, is_beir, read_qrels_tsv, read_queries
from leadline.retrieval.collection import Collection

MOST_OFFERED = 200
"""Judged queries that the field offers."""


class Judged(NamedTuple):
    """Query text -> document id -> grade."""

    grades: Mapping[str, Mapping[str, int]]

    def of(self, query: str) -> Mapping[str, int]:
        """Grades of a query; none when it is not a judged one."""
        return self.grades.get(" ".join(query.split()), {})

    def queries(self) -> list[str]:
        return list(self.grades)[:MOST_OFFERED]


def judged(collection: Collection) -> Judged:
    """The judgements that lie beside the collection's sources (BEIR layout); none where there are none."""
    found: dict[str, Mapping[str, int]] = {}
    for root in collection.sources.roots.values():
        found |= _folder(root, _changed(Path(root)))
    return Judged(found)


@lru_cache(maxsize=4)
def _folder(root: str, changed: float) -> dict[str, Mapping[str, int]]:
    folder = Path(root)
    try:
        if not is_beir(folder):
            return {}
        texts, qrels = read_queries(folder), Qrels()
        for path in sorted((folder / "qrels").glob("*.tsv")):
            qrels |= read_qrels_tsv(path)
    except (LeadlineError, OSError):
        return {}  # the sources moved or are damaged: the collection is shown without judgements
    return {" ".join(texts[id].split()): grades for id, grades in qrels.items() if id in texts}


def _changed(folder: Path) -> float:
    try:
        return (folder / "queries.jsonl").stat().st_mtime
    except OSError:
        return 0.0


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float:
    """nDCG@k with gain = grade and discount log2(rank + 1), as trec_eval has it; 0 when nothing is relevant.

    >>> round(ndcg(["b", "a"], {"a": 1}), 4)
    0.6309
    """
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k]
    ideal = sum(grade / math.log2(rank + 1) for rank, grade in enumerate(best, 1))
    gains = (max(0, grades.get(id, 0)) / math.log2(rank + 1) for rank, id in enumerate(ranking[:k], 1))
    return sum(gains) / ideal if ideal else 0.0
