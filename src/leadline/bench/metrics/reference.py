"""Scores as a fraction of a reference (DatasetResearch, arXiv:2508.06960) and the text metrics that it uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence


def relative_score(
    scores: Mapping[str, float], reference: Mapping[str, float], weights: Mapping[str, float]
) -> float:
    """sum w_m s_m / r_m over metrics with r_m != 0, divided by the weights of those metrics; can exceed 1.

    >>> round(relative_score({"p1": 42, "bleu": 20}, {"p1": 50, "bleu": 25}, {"p1": 0.5, "bleu": 0.5}), 4)
    0.82
    """
    used = [m for m in weights if reference.get(m, 0.0) != 0]
    total = sum(weights[m] for m in used)
    return sum(weights[m] * scores[m] / reference[m] for m in used) / total if total else 0.0


def gain_over_base(score: float, base: float, reference: float) -> float:
    """(score - base) / (reference - base): 0 for the untuned model, 1 for the reference. What the docstring of
    the released code promises (its code computes the ratio)."""
    return (score - base) / (reference - base) if reference != base else 0.0


def metadata_score(marks: Sequence[float | None]) -> float:
    """Mean of the 0..10 marks that the judge gave; null marks are left out.

    >>> metadata_score([8, 7, None, 9, 6, 5, 4, 10])
    7.0
    """
    given = [m for m in marks if m is not None]
    return sum(given) / len(given) if given else 0.0


def domain_mean(scores: Sequence[float | None]) -> float:
    """Mean in which a missing data set counts 0.

    >>> round(domain_mean([0.8, 0.6, 1.0, None]), 2)
    0.6
    """
    return sum(s or 0.0 for s in scores) / len(scores) if scores else 0.0


def unigram_precision(prediction: str, reference: str) -> float:
    """Clipped 1-gram precision of BLEU.

    >>> unigram_precision("the the the cat", "the cat sat")
    0.5
    """
    words = prediction.split()
    clipped = Counter(words) & Counter(reference.split())
    return sum(clipped.values()) / len(words) if words else 0.0


def rouge_l(prediction: str, reference: str) -> float:
    """F1 of the longest common subsequence of words (ROUGE-L, Lin 2004, beta = 1)."""
    a, b = prediction.split(), reference.split()
    shared = lcs_length(a, b)
    return 2 * shared / (len(a) + len(b)) if shared else 0.0


def lcs_length(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the longest common subsequence of two sequences (of words, or of characters of strings)."""
    row = [0] * (len(b) + 1)
    for x in a:
        diagonal = 0
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], diagonal + 1 if x == y else max(row[j], row[j - 1])
    return row[-1]
