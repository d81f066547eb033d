"""Retrieval metrics: the usual ones by ir-measures (extra `lab`), and those for lists with more positives than places.

Rankings are scored in their own order. (trec_eval orders equal scores by falling document id; a ranking whose ties
go by rising id would be scored in an order that nobody saw.)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from leadline.errors import NotFound, UsageError, need
from leadline.retrieval.base import Hit

METRICS = ("nDCG@10", "R@100", "AP", "RR@10")


def evaluate(
    run: Mapping[str, Sequence[Hit]],
    qrels: Mapping[str, Mapping[str, int]],
    metrics: Sequence[str] = METRICS,
) -> dict[str, dict[str, float]]:
    """Metric -> query -> value, for every query with a relevant document; one that the run lacks scores 0."""
    measures = need("ir_measures", "lab", "Scoring a run")
    judged = {query: dict(grades) for query, grades in qrels.items() if max(grades.values(), default=0) > 0}
    parsed: dict[Any, str] = {}
    for name in metrics:
        try:
            parsed[measures.parse_measure(name)] = name
        except (ValueError, NameError, SyntaxError) as error:
            raise NotFound("metric", name, METRICS) from error
    values = {name: dict.fromkeys(judged, 0.0) for name in metrics}
    places = {query: {hit.id: -float(hit.rank) for hit in run[query]} for query in judged if run.get(query)}
    for found in measures.iter_calc(list(parsed), judged, places):
        if found.query_id in judged:
            values[parsed[found.measure]][found.query_id] = float(found.value)
    return values


class ListScores(NamedTuple):
    """Of one ranked list, all in [0, 1] (INQUIRE prints AP and nDCG times 100)."""

    precision: float
    recall: float
    ap: float
    ndcg: float
    mrr: float


def list_scores(
    labels: Sequence[int],
    scores: Sequence[float],
    n_positive: int,
    *,
    ties: Literal["stable", "paper"] = "stable",
) -> ListScores:
    """INQUIRE's metrics (arXiv:2411.02537, section 2.4) for the k items of a list, in the list's order.

    labels are 0 or 1, n_positive counts all relevant items, also those outside of the list.
    AP = (sum over distinct score thresholds of recall step times precision) * hits / min(n_positive, k).
    nDCG appends the missing positives with the lowest score and cuts at k; tied items share their gain.
    MRR: equal scores keep the list's order ("paper": reversed, as numpy's argsort read backwards gives them).
    """
    k, hits = len(labels), sum(labels)
    if len(scores) != k or hits > n_positive:
        raise UsageError(
            f"{k} labels with {hits} positives, {len(scores)} scores, {n_positive} positives in all."
        )
    if not hits:
        return ListScores(0.0, 0.0, 0.0, 0.0, 0.0)
    groups = _groups(labels, scores)
    ap, seen, right = 0.0, 0, 0
    for size, positives in groups:
        seen, right = seen + size, right + positives
        ap += positives / hits * right / seen
    order = sorted(range(k), key=lambda i: (-scores[i], -i if ties == "paper" else i))
    first = next(rank for rank, i in enumerate(order, 1) if labels[i])
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(n_positive, k) + 1))
    return ListScores(
        hits / k, hits / n_positive, ap * hits / min(n_positive, k), _dcg(groups) / ideal, 1 / first
    )


def _groups(labels: Sequence[int], scores: Sequence[float]) -> list[tuple[int, int]]:
    """(size, positives) of each run of equal scores, best first."""
    groups: dict[float, list[int]] = {}
    for label, score in zip(labels, scores, strict=True):
        groups.setdefault(score, []).append(label)
    return [(len(group), sum(group)) for _, group in sorted(groups.items(), reverse=True)]


def _dcg(groups: Sequence[tuple[int, int]]) -> float:
    """Discounted gain; the places of tied items are worth their mean discount."""
    total, rank = 0.0, 1
    for size, positives in groups:
        discounts = [1 / math.log2(place + 1) for place in range(rank, rank + size)]
        total += positives * sum(discounts) / size
        rank += size
    return total


def expected_ap(n: int, n_positive: int) -> float:
    """Mean AP of a random order of n items with R positives: (H_n + (R-1)(n-H_n)/(n-1)) / n.

    >>> round(expected_ap(100, 5), 6)
    0.090182
    """
    harmonic = sum(1 / i for i in range(1, n + 1))
    return (harmonic + (n_positive - 1) * (n - harmonic) / (n - 1)) / n


class SetScores(NamedTuple):
    precision: float
    recall: float
    f1: float


def set_at_k(found: Sequence[str], gold: Sequence[str], k: int) -> SetScores:
    """Precision (over k places), recall and their harmonic mean for the first k ids; IoDResearch's retrieval task.

    >>> set_at_k(["a", "x", "b"], ["a", "b", "c"], 5).recall
    0.6666666666666666
    """
    hits = len(set(found[:k]) & set(gold))
    precision, recall = hits / k, hits / len(set(gold)) if gold else 0.0
    return SetScores(precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0)
