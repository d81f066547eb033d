"""What MedResearcher-R1's two medical tools compute (arXiv:2508.14880, section 2.3): documents by relevance and
clinical authority, and diagnoses by Bayes' rule as findings arrive.

Not medical advice, and not a medical product: the tables are the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

AUTHORITY = {
    "guideline": 1.0,
    "systematic review": 0.9,
    "trial": 0.7,
    "label": 0.6,
    "registry": 0.5,
    "web": 0.2,
}
"""By kind of source; the paper gives the order (guideline above trial above the rest), the numbers are ours."""


def with_authority(relevance: float, authority: float, *, weight: float = 0.4) -> float:
    """weight * relevance + (1 - weight) * authority. The paper's weight is not known; .4 is ours.

    >>> round(with_authority(0.9, 0.2), 2), round(with_authority(0.5, 0.9), 2)
    (0.48, 0.74)
    """
    return weight * relevance + (1 - weight) * authority


def diagnoses(
    prior: Mapping[str, float], likelihood: Mapping[str, Mapping[str, float]], findings: Iterable[str]
) -> dict[str, float]:
    """P(D | findings), proportional to P(D) times the product of P(finding | D), most likely first (ties by name).

    `likelihood[disease][finding]`. Raises KeyError for a finding that a disease's table lacks, ValueError when no
    disease can explain the findings.

    >>> {d: round(p, 4) for d, p in diagnoses({"flu": .7, "cold": .3}, {"flu": {"fever": .8}, "cold": {"fever": .5}},
    ...                                       ["fever"]).items()}
    {'flu': 0.7887, 'cold': 0.2113}
    """
    seen = list(findings)
    weight = {
        disease: p * prod(likelihood[disease][finding] for finding in seen) for disease, p in prior.items()
    }
    total = sum(weight.values())
    if total <= 0:
        raise ValueError(f"no disease of the table explains {', '.join(seen) or 'nothing'}")
    return {d: w / total for d, w in sorted(weight.items(), key=lambda pair: (-pair[1], pair[0]))}
