"""LiveDRBench: lists of claims with sub-claims (arXiv:2508.04183)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import msgspec

from leadline.bench.metrics.answers import normalise
from leadline.bench.metrics.claims import Judged, tree_scores
from leadline.bench.protocol import Answer, Case, Protocol, Scores, Twin, json_lines
from leadline.bench.twin import twin_of
from leadline.errors import SourceError
from leadline.files import DISK
from leadline.models.judge import Judge


def xor_cipher(data: bytes, password: str) -> bytes:
    """XOR with SHA-256(password) repeated; its own inverse. Decrypt in memory only, never write plain text."""
    key = hashlib.sha256(password.encode()).digest()
    return bytes(a ^ b for a, b in zip(data, cycle(key), strict=False))


def encrypt(text: str, password: str) -> str:
    """
    >>> encrypt('{"a":1}', "canary")
    'miKa7Dq9eQ=='
    """
    return base64.b64encode(xor_cipher(text.encode(), password)).decode()


def decrypt(text: str, password: str) -> str:
    return xor_cipher(base64.b64decode(text), password).decode()


def load(path: Path) -> list[Case]:
    """Rows {category, key, question, ground_truths, misc, canary}; gold is decrypted in memory."""
    cases = []
    for row in json_lines(path, ("category", "key", "question", "ground_truths", "canary")):
        try:
            truth = json.loads(decrypt(row["ground_truths"], row["canary"]))
        except ValueError as error:
            raise SourceError(f"{path}: the ground truth of key {row['key']} cannot be decrypted.") from error
        cases.append(Case(str(row["key"]), row["question"], {"truth": truth}, {"category": row["category"]}))
    return cases


def twin(seed: int, n: int) -> Twin:
    items, library = twin_of("inverted", seed, n)
    return Twin(
        [
            Case(i.id, i.question, {"truth": [{"name": k, **v} for k, v in i.metadata["claims"].items()]})
            for i in items
        ],
        library.documents,
    )


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Eq. 1 over claims found in the answer: a gold entry is found when its name is stated; a sub-claim when its
    value is. Answers may also be the official JSON list of rows."""
    truth = case.gold["truth"] if isinstance(case.gold["truth"], list) else [case.gold["truth"]]
    rows = predicted_rows(answer.text)
    if rows is None:
        text = f" {normalise(answer.text)} "
        rows = [row for row in truth if f" {normalise(str(next(iter(row.values()))))} " in text]
        judged = [_judge_text(row, text) for row in rows]
    else:
        judged = [_judge_row(row, truth) for row in rows]
    scores = tree_scores(judged, len(truth))
    return {
        "F1": scores.f1,
        "precision": scores.precision,
        "recall": scores.recall,
        "searches": float(answer.searches),
    }


def predicted_rows(text: str) -> list[dict[str, object]] | None:
    """The JSON list of objects in an answer, or None when it is prose."""
    start, end = text.find("["), text.rfind("]")
    if start < 0 or end < start:
        return None
    try:
        rows = json.loads(text[start : end + 1])
    except ValueError:
        return None
    return rows if isinstance(rows, list) and all(isinstance(r, dict) for r in rows) else None


def _judge_text(row: dict[str, object], text: str) -> Judged:
    parts = [normalise(str(v)) for v in list(row.values())[1:]]
    right = sum(f" {part} " in text for part in parts)
    return Judged(1.0, right, len(parts), len(parts))


def _judge_row(row: dict[str, object], truth: Sequence[dict[str, object]]) -> Judged:
    name = normalise(str(next(iter(row.values()), "")))
    gold = next((g for g in truth if normalise(str(next(iter(g.values())))) == name), None)
    if gold is None:
        return Judged(0.0)
    keys = list(gold)[1:]
    right = sum(normalise(str(row.get(k, ""))) == normalise(str(gold[k])) for k in keys)
    return Judged(1.0, right, max(1, len(row) - 1) if keys else 0, len(keys))


def write(results: Sequence[tuple[Case, Answer]], folder: Path) -> None:
    """predictions.json: a list of {key, preds}."""
    rows = [{"key": case.id, "preds": predicted_rows(answer.text) or []} for case, answer in results]
    DISK.write(folder / "predictions.json", msgspec.json.encode(rows))


PROTOCOL = Protocol(
    name="livedrbench",
    title="LiveDRBench",
    paper="2508.04183",
    licence="data CDLA-Permissive-2.0, code MIT; rows are encrypted: never publish them in plain text",
    how_to_get="Export the Hugging Face data set microsoft/LiveDRBench (v1-full) to JSON lines.",
    main="F1",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 100},
    write=write,
)
