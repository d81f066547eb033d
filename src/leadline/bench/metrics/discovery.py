"""LiveDRBench's graders as released, by category of task (arXiv:2508.04183; the paper's Eq. 1 is claims.tree_scores).

They differ from Eq. 1: SciFacts compares sets of names without matching them one to one, prior art and entities take
each gold string once, data sets and flights grade every key of a row from 0 to 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import msgspec

from leadline.bench.metrics.answers import normalise
from leadline.bench.metrics.claims import (
    PRF,
    Level,
    Match,
    alias_scores,
    dict_scores,
    product,
    rows_scores,
    set_scores,
)
from leadline.bench.metrics.numbers import close, find_numbers
from leadline.models.judge import Judge


class Grading(msgspec.Struct, frozen=True):
    """`misc.eval_info` of a row: which keys find the gold row, which gate it, which do not count."""

    primary_keys: tuple[str, ...] = ()
    main_claims: tuple[str, ...] = ()
    ignore_keys: tuple[str, ...] = ()


def grade(category: str, predicted: Sequence[Any], truth: Any, grading: Grading, judge: Judge) -> PRF | None:
    """Scores of a prediction list by the category's grader; None for a category that has none.

    Predictions are what `bench.protocols.livedrbench.predictions` gives: dictionaries or strings. An empty list is
    legal and scores 0.
    """
    match, level = agreement(judge), levels(judge)
    if category.startswith("scifacts"):
        return _scifacts(predicted, truth, match)
    if category == "prior-art":
        return set_scores(_strings(predicted, "title"), _strings(truth, "title"), match)
    if category == "entities":
        return set_scores(
            _strings(predicted, "name"), _strings(truth, "name"), lambda a, b: same_name(a, b) or match(a, b)
        )
    if not category.startswith(("novel-datasets", "flights")):
        return None
    rows = [row for row in predicted if isinstance(row, Mapping)]
    if isinstance(truth, Mapping):
        found = rows[0] if rows else {}
        return dict_scores(found, truth, level, main=grading.main_claims, ignore=grading.ignore_keys)
    primary = grading.primary_keys or tuple(truth[0])[:1] if truth else ()
    gates, ignored = grading.main_claims, grading.ignore_keys
    return rows_scores(rows, truth, level, primary=primary, main=gates, ignore=ignored)


def _scifacts(predicted: Sequence[Any], truth: Sequence[Any], match: Match) -> PRF:
    """Each field of a gold entry is a set of equivalent names; the scores of the fields are multiplied."""
    if not truth:
        return PRF(0.0, 0.0, 0.0)
    entries = [entry if isinstance(entry, Mapping) else {"name": entry} for entry in truth]
    fields = [
        alias_scores(_strings(predicted, field), [_names(entry[field]) for entry in entries], match)
        for field in entries[0]
    ]
    return reduce(product, fields)


def _strings(rows: Sequence[Any], field: str) -> list[str]:
    """One string per row: its `field` (the first value when it has no such field), or the row itself."""
    found = []
    for row in rows:
        value = row.get(field, next(iter(row.values()), "")) if isinstance(row, Mapping) else row
        found.append(_names(value)[0] if _names(value) else "")
    return found


def _names(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]


def same_name(a: str, b: str) -> bool:
    """The same person or place in another form: words in another order, middle names left out.

    >>> same_name("Lovelace, Ada King", "Ada Lovelace"), same_name("Ada Byron", "Ada Lovelace")
    (True, False)
    """
    left, right = set(normalise(a).split()), set(normalise(b).split())
    short, long = sorted((left, right), key=len)
    return bool(short) and short <= long and (len(short) >= 2 or left == right)


def agreement(judge: Judge) -> Match:
    """Equal but for case and spaces; else the judge says whether the prediction states the gold."""

    def match(predicted: str, gold: str) -> bool:
        a, b = ("".join(text.lower().split()) for text in (predicted, gold))
        return bool(a) and (a == b or judge.judge(gold, predicted).verdict == "supported")

    return match


def levels(judge: Judge) -> Level:
    """0 wrong, 1 weak overlap, 2 main idea (the judge says so), 3 same: numbers within 1 %, addresses exact or
    shortened, lists and dictionaries element by element (their worst element decides)."""

    def level(key: str, predicted: object, gold: object) -> int:
        if isinstance(gold, Mapping):
            theirs = predicted if isinstance(predicted, Mapping) else {}
            return min((level(k, theirs.get(k), v) for k, v in gold.items()), default=3)
        if isinstance(gold, list | tuple) and isinstance(predicted, list | tuple):
            worst = [max((level(key, p, g) for p in predicted), default=0) for g in gold]
            return min(worst, default=3)
        return _level_of_texts(str(predicted or ""), str(gold), judge)

    return level


def _level_of_texts(predicted: str, gold: str, judge: Judge) -> int:
    if normalise(predicted) == normalise(gold):
        return 3
    if not predicted.strip():
        return 0
    if gold.startswith(("http://", "https://")):
        a, b = (re.sub(r"^https?://(www\.)?|/+$", "", url.strip().lower()) for url in (predicted, gold))
        return 3 if a == b or b.startswith(a + "/") else 0
    mine, theirs = find_numbers(gold), find_numbers(predicted)
    if mine and not re.search(r"[^\W\d_]{3,}", gold):  # a bare number, perhaps with a unit
        return 3 if theirs and all(any(close(p, g, rel=0.01) for p in theirs) for g in mine) else 0
    if judge.judge(gold, predicted).verdict == "supported":
        return 2
    return int(bool(set(normalise(predicted).split()) & set(normalise(gold).split())))
