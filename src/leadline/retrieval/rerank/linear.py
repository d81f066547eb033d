"""A small trained scorer: a linear model over a few features of (query, text), learned from pairs in a second.

No transformer re-ranker ships in a package today; this one shows what a trained second stage gains on a laptop and
is the honest stand-in in experiments about re-ranking depth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from leadline.errors import UsageError
from leadline.models.embed import Embedder
from leadline.models.embed_cache import CachedEmbedder
from leadline.retrieval.dense import dots
from leadline.retrieval.lexical.analysis import analyzer

FEATURES = ("idf overlap", "idf coverage", "bigrams", "bm25 tf", "cosine", "log length")


class LinearReranker:
    """Features use term statistics of `corpus`; `fit` learns weights from relevant and other texts per query."""

    def __init__(self, corpus: Sequence[str], embedder: Embedder) -> None:
        self.embedder = CachedEmbedder(embedder)
        self.name = f"linear-{embedder.name}"
        self._analyzer = analyzer("english")
        self._terms: dict[str, list[str]] = {}
        counts: dict[str, int] = {}
        lengths = []
        for text in corpus:
            terms = self.words(text)
            lengths.append(len(terms))
            for term in set(terms):
                counts[term] = counts.get(term, 0) + 1
        n = len(corpus)
        self.idf = {term: float(np.log(1 + (n - c + 0.5) / (c + 0.5))) for term, c in counts.items()}
        self.unseen = float(np.log(1 + (n + 0.5) / 0.5))
        self.mean_length = max(1.0, float(np.mean(lengths)) if lengths else 1.0)
        self.weights = np.zeros(len(FEATURES))

    def words(self, text: str) -> list[str]:
        """Analysed terms without gaps, remembered."""
        if text not in self._terms:
            if len(self._terms) > 100_000:
                self._terms.clear()
            self._terms[text] = [term for term in self._analyzer(text) if term]
        return self._terms[text]

    def features(self, query: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Shape (len(texts), 6)."""
        asked = self.words(query)
        weight = {term: self.idf.get(term, self.unseen) for term in asked}
        total = sum(weight.values()) or 1.0
        pairs = set(pairwise(asked))
        (vector,) = self.embedder.encode_queries([query])
        cosine = dots(self.embedder.encode(texts), vector)
        rows = []
        for text, similar in zip(texts, cosine, strict=True):
            terms = self.words(text)
            tf = {term: terms.count(term) for term in weight}
            inside = sum(weight[term] for term, n in tf.items() if n)
            saturated = sum(
                weight[term] * n / (n + 0.9 * (0.6 + 0.4 * len(terms) / self.mean_length))
                for term, n in tf.items()
            )
            both = len(pairs & set(pairwise(terms)))
            rows.append([inside, inside / total, both, saturated, similar, np.log1p(len(terms))])
        return np.array(rows, np.float64).reshape(-1, len(FEATURES))

    def fit(
        self,
        queries: Mapping[str, str],
        candidates: Mapping[str, Sequence[str]],
        relevant: Mapping[str, Sequence[bool]],
        *,
        rounds: int = 200,
        ridge: float = 1e-3,
    ) -> LinearReranker:
        """Logistic regression on differences of features, relevant minus other text of the same query.

        Every query weighs the same. UsageError when no query has texts of both kinds.
        """
        differences, weights = [], []
        for key, query in queries.items():
            table = self.features(query, candidates[key])
            flags = np.array(relevant[key], np.bool_)
            pairs = (table[flags][:, None] - table[~flags][None]).reshape(-1, len(FEATURES))
            differences.append(pairs)
            weights.append(np.full(len(pairs), 1 / max(1, len(pairs))))
        x, share = np.concatenate(differences), np.concatenate(weights)
        if not len(x):
            raise UsageError("Training needs queries with both relevant and other texts.")
        scale = x.std(axis=0) + 1e-9
        self.weights = _newton(x / scale, share / share.sum(), rounds, ridge) / scale
        return self

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        return [float(score) for score in self.features(query, texts) @ self.weights]


def _newton(
    x: NDArray[np.float64], share: NDArray[np.float64], rounds: int, ridge: float
) -> NDArray[np.float64]:
    """Weights that minimise sum share * log(1 + exp(-x w)) + ridge/2 |w|^2, by damped Newton steps."""
    w = np.zeros(x.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(np.clip(x @ w, -500, 500)))
        gradient = -(share * p) @ x + ridge * w
        curvature = (x * (share * p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(w))
        step = np.linalg.solve(curvature, gradient)
        w -= step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-8:
            break
    return w
