"""LiveDRBench: lists of claims with sub-claims (arXiv:2508.04183), scored by the paper and as released."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec

from leadline.bench.metrics.answers import normalise
from leadline.bench.metrics.claims import Judged, tree_scores
from leadline.bench.metrics.discovery import Grading, grade
from leadline.bench.protocol import Answer, Case, Protocol, Scored, Scores, Twin, json_lines, mean_of
from leadline.bench.twin import twin_of
from leadline.errors import SourceError
from leadline.files import DISK
from leadline.models.judge import Judge
from leadline.tasks.reader import read_statements


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
    """Rows {category, key, question, ground_truths, misc, canary}; gold and eval_info are decrypted in memory."""
    cases = []
    for row in json_lines(path, ("category", "key", "question", "ground_truths", "canary")):
        try:
            truth = json.loads(decrypt(row["ground_truths"], row["canary"]))
            misc = json.loads(decrypt(row["misc"], row["canary"])) if row.get("misc") else {}
            grading = msgspec.convert(misc.get("eval_info") or {}, Grading)
        except (ValueError, AttributeError) as error:
            raise SourceError(
                f"{path}: the ground truth or misc of key {row['key']} cannot be decrypted."
            ) from error
        gold = {"truth": truth, "grading": msgspec.to_builtins(grading)}
        cases.append(Case(str(row["key"]), row["question"], gold, {"category": row["category"]}))
    return cases


TWIN_CATEGORIES = ("novel-datasets-peer", "entities", "scifacts-geo", "prior-art")


def twin(seed: int, n: int) -> Twin:
    """Inverted problems; the gold is cast into the forms of four official categories in turn, so that each grader is
    met. Every case keeps its claims with sub-claims ("rows") for Eq. 1."""
    items, library = twin_of("inverted", seed, n)
    cases = []
    for number, item in enumerate(items):
        category = TWIN_CATEGORIES[number % len(TWIN_CATEGORIES)]
        rows = [{"name": k, **v} for k, v in item.metadata["claims"].items()]
        names = [str(row["name"]) for row in rows]
        forms = {
            "novel-datasets-peer": rows,
            "entities": names,
            "scifacts-geo": [{"name": [name, name.upper()]} for name in names],
            "prior-art": [{"title": name} for name in names],
        }
        stated = [
            predicate for predicate, _ in item.metadata["conditions"]
        ]  # to repeat the question is no claim
        gold = {
            "truth": forms[category],
            "rows": rows,
            "grading": {"primary_keys": ["name"], "ignore_keys": stated},
        }
        cases.append(Case(item.id, item.question, gold, {"category": category}))
    return Twin(cases, library.documents)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Precision, recall and F1 by the released grader of the category, and by Eq. 1 of the paper, which weighs each
    claim (the first value of a row) by its sub-claims (the other values). Without a category both are Eq. 1."""
    found = predictions(answer.text)
    truth = case.gold["truth"]
    rows = case.gold.get("rows") or [
        row if isinstance(row, dict) else {"name": row}
        for row in (truth if isinstance(truth, list) else [truth])
    ]
    grading = msgspec.convert(case.gold.get("grading", {}), Grading)
    paper = tree_scores(_judged(found, rows, grading.ignore_keys), len(rows))
    released = grade(str(case.metadata.get("category", "")), found, truth, grading, judge)
    graded = released or paper
    return {
        "F1": graded.f1,
        "precision": graded.precision,
        "recall": graded.recall,
        "Eq. 1 F1": paper.f1,
        "Eq. 1 precision": paper.precision,
        "Eq. 1 recall": paper.recall,
        "searches": float(answer.searches),
    }


def over_all(scored: Sequence[Scored]) -> Scores:
    """F1 per category, over categories and over tasks: the paper's table follows the first for two of its four systems,
    the released code the second."""
    groups: dict[str, list[Scored]] = {}
    for one in scored:
        groups.setdefault(str(one.case.metadata.get("category", "")), []).append(one)
    means = {f"F1 {category}": mean_of(group, "F1") for category, group in sorted(groups.items())}
    return {
        **means,
        "F1 over categories": sum(means.values()) / len(means),
        "F1 over tasks": mean_of(scored, "F1"),
    }


def predictions(text: str) -> list[Any]:
    """What an answer predicts: its JSON list if there is one; else the statements that its sentences make, one row per
    subject; else one string per line. The gold plays no part in it."""
    listed = predicted_rows(text)
    if listed is not None:
        return listed
    rows: dict[str, dict[str, str]] = {}
    for subject, predicate, value in read_statements(text):
        rows.setdefault(subject, {"name": subject})[predicate] = value
    return list(rows.values()) or [line.strip("-*• \t") for line in text.splitlines() if line.strip("-*• \t")]


def predicted_rows(text: str) -> list[Any] | None:
    """The JSON list of objects or strings in an answer (an object alone is a list of one), or None when it is prose."""
    for opening, closing in ("[]", "{}"):
        start, end = text.find(opening), text.rfind(closing)
        if 0 <= start < end:
            try:
                found = json.loads(text[start : end + 1])
            except (ValueError, RecursionError):
                continue
            rows = found if isinstance(found, list) else [found]
            if all(isinstance(row, dict | str) for row in rows):
                return rows
    return None


def _judged(predicted: Sequence[Any], truth: Sequence[dict[str, Any]], ignore: Sequence[str]) -> list[Judged]:
    """Claims after judging. A gold claim is taken once: saying it again is a wrong claim."""
    pool = {normalise(_first(row)): row for row in truth}
    judged = []
    for row in predicted:
        mine = row if isinstance(row, dict) else {"name": row}
        gold = pool.pop(normalise(_first(mine)), None)
        if gold is None:
            judged.append(Judged(0.0))
            continue
        keys = [key for key in list(gold)[1:] if key not in ignore]
        right = sum(normalise(str(mine.get(key, ""))) == normalise(str(gold[key])) for key in keys)
        said = sum(key not in ignore for key in list(mine)[1:])
        judged.append(Judged(1.0, right, max(1, said) if keys else 0, len(keys)))
    return judged


def _first(row: dict[str, Any]) -> str:
    value = next(iter(row.values()), "")
    return str(value[0] if isinstance(value, list) and value else value)


def write(results: Sequence[tuple[Case, Answer]], folder: Path) -> None:
    """predictions.json: a list of {key, preds}."""
    rows = [{"key": case.id, "preds": predictions(answer.text)} for case, answer in results]
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
    over_all=over_all,
)
