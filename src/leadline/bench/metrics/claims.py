"""Claim discovery: precision, recall and F1 over trees of claims (LiveDRBench, arXiv:2508.04183).

`tree_scores` is Eq. 1 of the paper; the graders below are the released code's, one per kind of task.
A `match` function stands for the judge: it is given two strings and says whether they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Match = Callable[[str, str], bool]
Level = Callable[[str, object, object], int]
"""(key, predicted value, gold value) -> 0 wrong, 1 weak overlap, 2 main idea, 3 same."""


class PRF(NamedTuple):
    precision: float
    recall: float
    f1: float


def f1(precision: float, recall: float) -> float:
    """2PR / (P + R), 0 when both are 0.

    >>> round(f1(76.26, 90.18), 3)
    82.638
    """
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


class Judged(NamedTuple):
    """A predicted claim after judging: its agreement, and its sub-claims right among those predicted and gold.

    Atomic claims have no sub-claims: both counts stay 0 and the claim counts whole.
    """

    agreement: float
    right: int = 0
    predicted: int = 0
    gold: int = 0
    weight: float = 1.0


def tree_scores(claims: Sequence[Judged], n_gold: int, *, strict: bool = False) -> PRF:
    """Eq. 1: P = sum w s Prec(A_i) / #predicted, R = sum w s Rec(A_i) / #gold.

    `strict` zeroes a claim when any of its sub-claims is wrong.
    """

    def share(claim: Judged, total: int) -> float:
        if strict and claim.right < max(claim.predicted, claim.gold):
            return 0.0
        return claim.right / total if total else 1.0

    hit_p = sum(c.weight * c.agreement * share(c, c.predicted) for c in claims)
    hit_r = sum(c.weight * c.agreement * share(c, c.gold) for c in claims)
    precision = hit_p / len(claims) if claims else 0.0
    recall = hit_r / n_gold if n_gold else 0.0
    return PRF(precision, recall, f1(precision, recall))


def set_scores(predicted: Sequence[str], gold: Sequence[str], match: Match) -> PRF:
    """Prior art and entities: each prediction takes the first gold string that it matches out of the pool."""
    pool, hits = list(gold), 0
    for text in predicted:
        found = next((g for g in pool if match(text, g)), None)
        if found is not None:
            pool.remove(found)
            hits += 1
    precision = hits / len(predicted) if predicted else 0.0
    recall = hits / len(gold) if gold else 0.0
    return PRF(precision, recall, f1(precision, recall))


def alias_scores(predicted: Sequence[str], gold: Sequence[Sequence[str]], match: Match) -> PRF:
    """SciFacts: each gold entry is a set of equivalent names; no one-to-one matching in either direction."""
    hit = [[any(match(text, name) for name in names) for names in gold] for text in predicted]
    precision = sum(any(row) for row in hit) / len(predicted) if predicted else 0.0
    recall = sum(any(row[j] for row in hit) for j in range(len(gold))) / len(gold) if gold else 0.0
    return PRF(precision, recall, f1(precision, recall))


def product(first: PRF, second: PRF) -> PRF:
    """SciFacts-Materials: material and paper title must both be right; F1 is the product of the F1s."""
    return PRF(first.precision * second.precision, first.recall * second.recall, first.f1 * second.f1)


def dict_scores(
    predicted: Mapping[str, object],
    gold: Mapping[str, object],
    level: Level,
    *,
    main: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> PRF:
    """Datasets and flights, one dictionary: keys of level >= 2 are right; a main key at level <= 1 zeroes all."""
    right = _right_keys(predicted, gold, level, main, ignore)
    n_predicted, n_gold = _n_keys(predicted, ignore), _n_keys(gold, ignore)
    precision = min(1.0, right / n_predicted) if n_predicted else 0.0
    recall = min(1.0, right / n_gold) if n_gold else 0.0
    return PRF(precision, recall, f1(precision, recall))


def rows_scores(
    predicted: Sequence[Mapping[str, object]],
    gold: Sequence[Mapping[str, object]],
    level: Level,
    *,
    primary: Sequence[str],
    main: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> PRF:
    """Datasets and flights, lists: each predicted row takes the gold row whose primary keys agree out of the
    pool; a wrong main key zeroes that row only."""
    pool, right = list(gold), 0
    for row in predicted:
        found = next((g for g in pool if all(level(k, row.get(k), g.get(k)) >= 2 for k in primary)), None)
        if found is not None:
            pool.remove(found)
            right += _right_keys(row, found, level, main, ignore)
    n_predicted = sum(_n_keys(row, ignore) for row in predicted)
    n_gold = sum(_n_keys(row, ignore) for row in gold)
    precision = right / n_predicted if n_predicted else 0.0
    recall = right / n_gold if n_gold else 0.0
    return PRF(precision, recall, f1(precision, recall))


def _n_keys(row: Mapping[str, object], ignore: Sequence[str]) -> int:
    return sum(key not in ignore for key in row)


def _right_keys(
    predicted: Mapping[str, object],
    gold: Mapping[str, object],
    level: Level,
    main: Sequence[str],
    ignore: Sequence[str],
) -> int:
    levels = {key: level(key, predicted.get(key), gold[key]) for key in gold}
    if any(levels.get(key, 0) <= 1 for key in main):
        return 0
    # Keys that only the prediction has cannot be right: the released code crashes on them, we clip.
    return sum(value >= 2 for key, value in levels.items() if key not in ignore and key in predicted)
