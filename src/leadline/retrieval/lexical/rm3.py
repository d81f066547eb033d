"""RM3: the query again, with words of its best documents (Abdul-Jaleel et al., TREC 2004; defaults as Anserini's).

A word's feedback weight is the sum over the first documents of P(word | document) times the document's share of the
scores; the n_terms largest are kept, made to sum to one, and mixed with the query's own words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from leadline.retrieval.base import Filter, Hits
from leadline.retrieval.lexical.analysis import analyzer
from leadline.retrieval.lexical.index import LexicalIndex


def expand(
    index: LexicalIndex,
    query: str,
    text_of: Callable[[str], str],
    *,
    n_documents: int = 10,
    n_terms: int = 10,
    original_weight: float = 0.5,
    k1: float = 0.9,
    b: float = 0.4,
) -> dict[str, float]:
    """Index terms of the expanded query and their weights, which sum to 1. text_of gives a document's text by id."""
    analyse = analyzer(index.analyzer)
    own = Counter(term for term in analyse(query) if term is not None)
    hits = index.search(query, n_documents, k1=k1, b=b).hits
    feedback: Counter[str] = Counter()
    for hit in hits:
        counts = Counter(term for term in analyse(text_of(hit.id)) if term is not None)
        for term, count in counts.items():
            feedback[term] += hit.score * count / counts.total()  # type: ignore[assignment]
    kept = dict(sorted(feedback.items(), key=lambda item: (-item[1], item[0]))[:n_terms])
    share = 1.0 if not kept else original_weight
    weights = {term: share * count / own.total() for term, count in own.items()}
    for term, weight in kept.items():
        weights[term] = weights.get(term, 0.0) + (1 - share) * weight / sum(kept.values())
    return weights


def search(
    index: LexicalIndex,
    query: str,
    text_of: Callable[[str], str],
    k: int = 10,
    filter: Filter | None = None,
    *,
    original_weight: float = 0.5,
    k1: float = 0.9,
    b: float = 0.4,
) -> Hits:
    """`index.search` with the expanded query. original_weight=1 gives the ranking of the plain query."""
    weights = expand(index, query, text_of, original_weight=original_weight, k1=k1, b=b)
    return index.search_terms(query, weights, k, filter, k1=k1, b=b)
