"""Has a model seen this task? Complete its first half and compare (DeepResearch Arena, arXiv:2509.01396, section 5)."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import NamedTuple

from leadline.bench.metrics.reference import lcs_length


class Leakage(NamedTuple):
    string: float
    tfidf: float
    overlap: float
    composite: float

    @property
    def leaked(self) -> bool:
        return self.composite > 0.7


def split_task(text: str) -> tuple[str, str]:
    """Prefix and suffix, cut after the punctuation mark nearest the middle (the middle itself without one)."""
    marks = [m.end() for m in re.finditer(r"[.,;:!?。,;:!?]", text[:-1])]
    cut = min(marks, key=lambda i: (abs(i - len(text) / 2), i), default=len(text) // 2)
    return text[:cut], text[cut:]


def leakage(completion: str, suffix: str) -> Leakage:
    """.4 string + .4 tf-idf + .2 overlap of a model's completion with the true suffix.

    string: 2 LCS / (|a| + |b|) on characters. overlap: |words of both| / |words of the suffix|.
    """
    total = len(completion) + len(suffix)
    string = 2 * lcs_length(completion, suffix) / total if total else 1.0
    left, right = _words(completion), _words(suffix)
    overlap = len(set(left) & set(right)) / len(set(right)) if right else 0.0
    cosine = _tfidf_cosine(left, right)
    return Leakage(string, cosine, overlap, 0.4 * string + 0.4 * cosine + 0.2 * overlap)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _tfidf_cosine(a: list[str], b: list[str]) -> float:
    """Cosine of tf-idf vectors over the two texts, smooth idf as in scikit-learn: ln((1 + 2) / (1 + df)) + 1."""
    tf_a, tf_b = Counter(a), Counter(b)
    idf = {w: math.log(3 / (1 + (w in tf_a) + (w in tf_b))) + 1 for w in tf_a | tf_b}
    dot = sum(tf_a[w] * tf_b[w] * idf[w] ** 2 for w in tf_a.keys() & tf_b.keys())
    norms = [math.sqrt(sum((n * idf[w]) ** 2 for w, n in tf.items())) for tf in (tf_a, tf_b)]
    return dot / (norms[0] * norms[1]) if all(norms) else 0.0
