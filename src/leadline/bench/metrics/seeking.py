"""Information seeking over sets of entities (WebLeaper, arXiv:2510.24697; WideSearch tables)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from leadline.errors import need

Similarity = Callable[[str, str], float]


def isr(required: Collection[str], obtained: Collection[str]) -> float:
    """Information-seeking rate: |R and O| / |R|."""
    wanted = set(required)
    return len(wanted & set(obtained)) / len(wanted) if wanted else 0.0


def ise(
    required: Collection[str],
    obtained: Collection[str],
    n_actions: int,
    *,
    mode: Literal["paper", "found"] = "paper",
) -> float:
    """Information-seeking efficiency: n / T as printed, or found / T (which does not reward giving up early)."""
    n = len(set(required)) if mode == "paper" else len(set(required) & set(obtained))
    return n / n_actions if n_actions else 0.0


def keep_trajectory(isr_value: float, ise_value: float, *, alpha: float = 0.3, beta: float = 0.1) -> bool:
    """WebLeaper's filter: complete and economical, ISR > alpha and ISE > beta (strict)."""
    return isr_value > alpha and ise_value > beta


def soft_fscore(
    predicted: Sequence[str],
    gold: Sequence[str],
    similarity: Similarity,
    *,
    omega: float = 1.0,
    one_to_one: bool = False,
) -> float:
    """(1 + w^2) P R / (w^2 P + R) with soft precision and recall by best match; duplicates removed; empty: 0.

    Best matches let many predictions lean on one gold entity. With `one_to_one` (needs scipy) each entity is matched
    once, by the assignment of greatest similarity.
    """
    left, right = list(dict.fromkeys(predicted)), list(dict.fromkeys(gold))
    if not left or not right:
        return 0.0
    s = np.array([[similarity(p, g) for g in right] for p in left])
    if one_to_one:
        rows, columns = need("scipy.optimize", "lab", "One-to-one matching").linear_sum_assignment(
            s, maximize=True
        )
        total = float(s[rows, columns].sum())
        precision, recall = total / len(left), total / len(right)
    else:
        precision, recall = float(s.max(axis=1).mean()), float(s.max(axis=0).mean())
    bottom = omega**2 * precision + recall
    return (1 + omega**2) * precision * recall / bottom if bottom else 0.0


class TableScores(NamedTuple):
    """WideSearch: the whole table right, row F1, item F1."""

    success: float
    row_f1: float
    item_f1: float


def table_scores(
    predicted: Sequence[Mapping[str, str]], gold: Sequence[Mapping[str, str]], key: str
) -> TableScores:
    """Rows are aligned by `key`; a row is right when all gold columns agree, an item when its cell does."""
    mine = {row.get(key, ""): row for row in predicted}
    rows = items = 0
    for row in gold:
        found = mine.get(row[key], {})
        right = sum(found.get(column) == value for column, value in row.items())
        items += right
        rows += right == len(row)
    n_items = sum(len(row) for row in gold)
    n_predicted = sum(len(row) for row in predicted)
    row_f1 = 2 * rows / (len(predicted) + len(gold)) if predicted or gold else 1.0
    item_f1 = 2 * items / (n_predicted + n_items) if n_predicted + n_items else 1.0
    return TableScores(float(rows == len(gold) == len(predicted)), row_f1, item_f1)
