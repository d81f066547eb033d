"""Citations of a report: which ids it names, how many claims have one, how well the sources bear them out.

Sources: DeepResearchGym (arXiv:2505.19253) for claim support, BrowseComp-Plus (2508.06600) for cited ids, RAGAS
(2309.15217) for the precision of a context.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

_BRACKETS = re.compile(r"[\[【]([^\]】]*)[\]】]")


def cited_ids(text: str, known: Collection[str] | None = None) -> set[str]:
    """Numbers named in half- or full-width brackets. The released pattern takes any number there (years, and the line
    numbers of "8†L3-L5" too); give `known` (ids that were retrieved) to keep only real ones.

    >>> sorted(cited_ids("Alpha [20]. Beta [20, 41759]. In [May 2019]."))
    ['20', '2019', '41759']
    """
    found: set[str] = set()
    for inside in _BRACKETS.findall(text):
        found.update(re.findall(r"\d+", inside))
    return found if known is None else found & set(known)


class CitationScores(NamedTuple):
    precision: float
    recall: float


def citation_scores(cited: Collection[str], evidence: Collection[str]) -> CitationScores:
    """|cited and evidence| over |cited| and over |evidence|; an empty side scores 0."""
    both = len(set(cited) & set(evidence))
    return CitationScores(
        both / len(set(cited)) if cited else 0.0, both / len(set(evidence)) if evidence else 0.0
    )


def claim_recall(sources_per_claim: Sequence[int]) -> float:
    """Share of claims with at least one source; 0 without claims.

    >>> round(claim_recall([1, 2, 0, 1, 0, 3]), 6)
    0.666667
    """
    return sum(n > 0 for n in sources_per_claim) / len(sources_per_claim) if sources_per_claim else 0.0


def claim_precision(support: Sequence[float]) -> float:
    """Mean support of claims by their sources: 1 full, .5 partial, 0 none; 0 without claims."""
    return sum(support) / len(support) if support else 0.0


def quality(ratings: Sequence[float]) -> float:
    """Mean of 0..10 ratings times 10.

    >>> round(quality([8, 6, 7, 5, 0, 9]), 3)
    58.333
    """
    return 10 * sum(ratings) / len(ratings) if ratings else 0.0


def context_precision(ranked: Sequence[str], relevant: Collection[str]) -> float:
    """RAGAS: mean over the ranks of relevant documents of precision at that rank; 0 when none was retrieved.

    >>> round(context_precision(["a", "x", "b"], {"a", "b", "c"}), 4)
    0.8333
    """
    hits, total = 0, 0.0
    for rank, document in enumerate(ranked, 1):
        if document in relevant:
            hits += 1
            total += hits / rank
    return total / hits if hits else 0.0
