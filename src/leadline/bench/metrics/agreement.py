"""Agreement between judges and people, and between rankings."""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def macro_f1(gold: Sequence[Hashable], predicted: Sequence[Hashable], labels: Sequence[Hashable]) -> float:
    """Mean over fixed `labels` of the one-against-rest F1; a label absent from both sides counts 0
    (ResearchRubrics' judge validation: labels fixed, zero_division 0).

    >>> round(macro_f1("SSSPPNNN", "SSPPNNNS", "SPN"), 4)
    0.6111
    """
    scores = []
    for label in labels:
        hit = sum(g == label == p for g, p in zip(gold, predicted, strict=True))
        total = sum(g == label for g in gold) + sum(p == label for p in predicted)
        scores.append(2 * hit / total if total else 0.0)
    return sum(scores) / len(scores)


def cohen_kappa(a: Sequence[Hashable], b: Sequence[Hashable]) -> float:
    """(po - pe) / (1 - pe); 1 when both always give the same single label.

    >>> round(cohen_kappa([1, 1, 0, 1, 0, 0, 1, 1], [1, 1, 0, 0, 0, 0, 1, 0]), 6)
    0.529412
    """
    n = len(a)
    observed = sum(x == y for x, y in zip(a, b, strict=True)) / n
    expected = sum((list(a).count(label) / n) * (list(b).count(label) / n) for label in set(a) | set(b))
    return 1.0 if expected == 1.0 else (observed - expected) / (1 - expected)


def kendall_tau(a: Sequence[float], b: Sequence[float]) -> float:
    """Kendall's tau-a: (concordant - discordant) / pairs; ties count as neither. O(n log n) is not needed here.

    >>> kendall_tau([1, 2, 3], [1, 3, 2])
    0.3333333333333333
    """
    import numpy as np

    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    sign = np.sign(x[:, None] - x[None, :]) * np.sign(y[:, None] - y[None, :])
    pairs = len(x) * (len(x) - 1)
    return float(sign.sum() / pairs) if pairs else 0.0


def cliffs_delta(a: Sequence[float], b: Sequence[float]) -> float:
    """P(a > b) - P(a < b) over all pairs, in [-1, 1].

    >>> cliffs_delta([1, 2, 3], [2, 2])
    0.0
    """
    import numpy as np

    return float(np.sign(np.asarray(a, dtype=float)[:, None] - np.asarray(b, dtype=float)[None, :]).mean())
