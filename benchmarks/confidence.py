"""Is a claim with confidence .7 right seven times in ten? `python -m benchmarks.confidence --data DIR [--n 200]`

nq-oracle, questions that nothing was fitted on. Two researchers: the extractive one, and a chat agent whose model is
scripted to quote, in a random order, one sentence that holds the answer where one was shown and two that do not. Each
claim's confidence is held against whether the claim holds a gold answer: expected calibration error (ten bins), Brier
score, and the share that is right.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.questions import Asked, collection_of, data_folder, evaluation_questions
from benchmarks.record import record, table

from leadline.agents.chat import ChatResearcher
from leadline.agents.research import research
from leadline.bench.metrics.answers import cover_match
from leadline.bench.metrics.calibration import calibration_error
from leadline.evidence.model import Report
from leadline.models.base import Message
from leadline.models.scripted import ScriptedModel
from leadline.retrieval.collection import Collection
from leadline.retrieval.sentences import sentences


def chooser(asked: Asked, seed: int) -> ScriptedModel:
    """Searches once, then quotes a right sentence (where there is one) and two wrong ones."""
    rng = random.Random(seed)

    def say(messages: Sequence[Message]) -> str:
        shown = [m.content for m in messages if m.content.startswith("<data>")]
        if not shown:
            return json.dumps({"thought": "", "action": "search", "text": asked.text})
        text = shown[-1]
        found = [text[a:b] for a, b in sentences(text) if 20 < b - a < 400 and "\n" not in text[a:b]]
        right = [s for s in found if cover_match(s, asked.answers)]
        wrong = [s for s in found if not cover_match(s, asked.answers)]
        quotes = rng.sample(right, min(1, len(right))) + rng.sample(wrong, min(2, len(wrong)))
        rng.shuffle(quotes)
        said = [{"document": "", "words": words, "sentence": ""} for words in quotes]
        return json.dumps({"thought": "", "action": "finish", "quotes": said})

    return ScriptedModel(say)


def claims(report: Report, answers: Sequence[str]) -> list[tuple[float, float]]:
    """(confidence, 1 when the claim holds an answer) of every claim with a citation."""
    found, pending = [], list(report.claims)
    while pending:
        claim = pending.pop()
        pending += claim.claims
        if claim.citations and claim.confidence is not None:
            found.append((claim.confidence, float(cover_match(claim.text, answers))))
    return found


def pairs(asked: Sequence[Asked], collection: Collection) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {"extractive": [], "chat, scripted choice": []}
    for number, one in enumerate(asked):
        found["extractive"] += claims(research(one.text, collection=collection), one.answers)
        policy = ChatResearcher(chooser(one, number))
        found["chat, scripted choice"] += claims(
            research(one.text, collection=collection, policy=policy), one.answers
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--n", type=int, default=200)
    given = parser.parse_args()
    folder = data_folder(given.data) / "nq-oracle"
    with tempfile.TemporaryDirectory() as home:
        os.environ["LEADLINE_HOME"] = home
        found = pairs(evaluation_questions(folder)[: given.n], collection_of(folder))
    rows = []
    for name, of in found.items():
        sure, right = [p for p, _ in of], [y for _, y in of]
        brier = sum((p - y) ** 2 for p, y in of) / len(of)
        rows.append([name, len(of), sum(right) / len(of), sum(sure) / len(of),
                     calibration_error(sure, [bool(y) for y in right]), brier])  # fmt: skip
    columns = ["researcher", "claims", "right", "mean confidence", "calibration error", "Brier score"]
    record("confidence", f"Confidence of claims, {given.n} questions of nq-oracle", table(columns, rows),
           {"rows": [dict(zip(columns, row, strict=True)) for row in rows]})  # fmt: skip


if __name__ == "__main__":
    main()
