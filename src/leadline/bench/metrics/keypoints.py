"""Key points: how much of what the sources say a report supports, leaves out or contradicts.

KPR and KPC are DeepResearchGym's (arXiv:2505.19253), KSR, KCR and KOR DeepResearch Arena's KAE (2509.01396).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

Label = Literal["supported", "omitted", "contradicted"]


def key_point_rate(
    labels: Sequence[Sequence[Label]],
    label: Label = "supported",
    *,
    mode: Literal["paper", "released"] = "paper",
) -> float:
    """100 * mean over queries of the share of key points with `label`.

    Queries without key points are left out (paper). The released script leaves them out of the sum and keeps
    them in the denominator, which lowers the published set by 2.4 % (24 of 1,000 queries).
    """
    shares = [sum(x == label for x in query) / len(query) for query in labels if query]
    n = len(labels) if mode == "released" else len(shares)
    return 100 * sum(shares) / n if n else 0.0


def micro_key_point_rate(labels: Sequence[Sequence[Label]], label: Label = "supported") -> float:
    """100 * share over all key points of all queries; about 9 points from the macro figure: never mix them."""
    total = sum(len(query) for query in labels)
    return 100 * sum(x == label for query in labels for x in query) / total if total else 0.0


class KAE(NamedTuple):
    """Shares of the unified evidence key points; `n` = |UEK|, `defined` is False when there is none."""

    ksr: float
    kcr: float
    kor: float
    efficiency: float
    n: int
    defined: bool


def keypoint_alignment(supports: int, contradicts: int, omits: int) -> KAE:
    """KSR + KCR + KOR = 1; efficiency = KSR / (KCR + KOR), infinite when KSR is 1.

    No key point (a report that cites nothing) scores 0 and is flagged.

    >>> keypoint_alignment(7, 2, 3).efficiency
    1.4
    """
    n = supports + contradicts + omits
    if n == 0:
        return KAE(0.0, 0.0, 0.0, 0.0, 0, False)
    rest = contradicts + omits
    efficiency = supports / rest if rest else float("inf")
    return KAE(supports / n, contradicts / n, omits / n, efficiency, n, True)
