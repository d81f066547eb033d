"""Questions over the sample's CSV, XLSX and SQLite without a language model: `python -m benchmarks.tables`

Sixty generated questions of twelve families per seed, with answers computed in plain Python, and twenty that the
tables cannot answer. Two splits of paraphrases: `tuned` was looked at while the rules were written, `held_out` only
as a score. The tables are read from the files by Leadline's own readers; the second row of each split adds the
line tables of the ten invoices, as a reader of the scans gives them, as distraction.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.record import record, table
from benchmarks.table_questions import invoice_documents, questions, right
from examples.sample_maker.story import Story, tell

from leadline.agents.tables import answer_from_tables
from leadline.bench.stats import mean_interval
from leadline.environments.data import DataEnvironment
from leadline.evidence.model import Document
from leadline.sources.read import read_sources

SAMPLE = Path(__file__).resolve().parents[1] / "sample"


class Score(NamedTuple):
    """Outcomes of one split: shares of the answerable questions, and of the negative ones answered all the same."""

    split: str
    scans: bool
    right: list[float]
    flagged: int
    abstained: int
    wrong: list[str]
    invented: list[str]
    by_family: dict[str, str]
    seconds: list[float]


def sample_tables() -> list[Document]:
    """The documents of sample/tables, read as a user's would be."""
    return [document for reading in read_sources([SAMPLE / "tables"]) for document in reading.documents]


def score(split: str, story: Story, documents: list[Document], seeds: int, *, scans: bool) -> Score:
    data = DataEnvironment(documents + (invoice_documents(story) if scans else []))
    result = Score(split, scans, [], 0, 0, [], [], {}, [])
    flagged = abstained = 0
    families: dict[str, list[bool]] = {}
    for seed in range(seeds):
        for asked in questions(story, split, 60, seed, negative=20):
            began = time.perf_counter()
            answer = answer_from_tables(asked.text, data)
            result.seconds.append(time.perf_counter() - began)
            if not asked.answer:
                result.invented.extend([asked.text] if answer else [])
                continue
            correct = answer is not None and right(asked.answer, answer.result)
            result.right.append(float(correct))
            families.setdefault(asked.family, []).append(correct)
            abstained += answer is None
            flagged += answer is not None and answer.flagged
            result.wrong.extend([asked.text] if answer and not correct else [])
    data.close()
    shares = {family: f"{sum(found)}/{len(found)}" for family, found in families.items()}
    return result._replace(flagged=flagged, abstained=abstained, by_family=shares)


def row(s: Score) -> list[Any]:
    interval = mean_interval(s.right)
    n, sorted_s = len(s.right), sorted(s.seconds)
    share = f"{sum(s.right) / n:.3f} [{interval.low:.3f}, {interval.high:.3f}]"
    beside = "yes" if s.scans else "no"
    p50_ms = f"{1000 * sorted_s[len(sorted_s) // 2]:.0f}"
    return [s.split, beside, n, share, s.abstained / n, len(s.wrong) / n, s.flagged, len(s.invented), p50_ms]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    story, documents = tell(), sample_tables()
    scores = [
        score(split, story, documents, seeds, scans=scans)
        for split in ("tuned", "held_out")
        for scans in (False, True)
    ]
    columns = [
        "split",
        "scan tables beside",
        "questions",
        "right [95 %]",
        "abstained",
        "wrong",
        "flagged",
        "invented for negatives",
        "ms p50",
    ]
    families = [[s.split, *s.by_family.values()] for s in scores if not s.scans]
    text = "\n\n".join([
        f"{seeds} seeds of 60 answerable and 20 unanswerable questions. Wanted: at least .80 right, at most .05 wrong.",
        table(columns, [row(s) for s in scores]),
        "Right by family:",
        table(["split", *scores[0].by_family], families),
    ])  # fmt: skip
    kept = [s._asdict() | {"right": sum(s.right), "n": len(s.right), "seconds": None} for s in scores]
    record("tables", "Questions over tables", text, {"seeds": seeds, "scores": kept})


if __name__ == "__main__":
    main()
