"""DatasetResearch: find the data set that a demand describes (arXiv:2508.06960)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from leadline.bench.metrics.reference import domain_mean, metadata_score
from leadline.bench.protocol import Answer, Case, Protocol, Scores, Twin, json_lines
from leadline.bench.twin import twin_world
from leadline.models.judge import Judge
from leadline.tasks.render.library import Library, compose
from leadline.tasks.render.tables import columns_of, rows_of
from leadline.tasks.schema import KINDS, of_kind


def load(path: Path) -> list[Case]:
    """Rows {id, demand, task, reference} with the reference data set's id and metadata."""
    return [
        Case(str(r["id"]), r["demand"], {"dataset": r["reference"]}, {"task": r["task"]})
        for r in json_lines(path, ("id", "demand", "task", "reference"))
    ]


def twin(seed: int, n: int) -> Twin:
    """Known-item discovery: cards of table extracts; a demand describes one by its columns and one value, no name."""
    world, _ = twin_world(seed, n)
    rng = np.random.default_rng([seed, 52])
    library = Library()
    cases: list[Case] = []
    kinds = list(KINDS)
    for number in range(max(n * 4, 40)):
        kind = kinds[int(rng.integers(len(kinds)))]
        rows = rows_of(world, kind)
        picked = [rows[i] for i in rng.permutation(len(rows))[:8]]
        kept = sorted(int(i) for i in rng.permutation(len(of_kind(kind)))[:2] + 1)
        columns = columns_of(kind)
        words = ", ".join(columns[i].replace("_", " ") for i in kept)
        value = picked[0][kept[0]]
        card = f"A table of {kind}s with {words}. Rows: 8. Among the values: {value}."
        document = compose(library, f"cards/{number}", f"Extract {number}", [(card, -1, "")])
        if len(cases) < n:
            demand = f"I need data on {kind}s that give their {words}, including a case with {value}."
            cases.append(Case(f"dataset-{seed}-{number}", demand, {"dataset": document.id}))
    return Twin(cases, library.documents)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """hit@1 and hit@5 over cited and retrieved ids; the metadata mark is 10 for the right set, else null."""
    gold = case.gold["dataset"]
    named = gold in answer.text
    first = named or answer.citations[:1] == (gold,)
    return {
        "hit@1": float(first),
        "hit@5": float(named or gold in answer.retrieved[:5]),
        "metadata": metadata_score([10.0 if first else None]),
        "found": domain_mean([1.0 if answer.retrieved else None]),
    }


PROTOCOL = Protocol(
    name="datasetresearch",
    title="DatasetResearch",
    paper="2508.06960",
    licence="Apache-2.0 (code)",
    how_to_get="The 208 demands are the Hugging Face data set GAIR/DatasetResearch; export them to JSON lines.",
    main="hit@1",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 208},
)
