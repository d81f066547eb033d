"""What is known of a collection as a whole: titles, names, and how telling a term is.

Counted once per collection and index state, and kept for as long as a process asks about it.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import Protocol, TypeVar

from leadline.evidence.model import Document, Passage
from leadline.retrieval.copies import copies
from leadline.retrieval.irregular import bases
from leadline.retrieval.lexical.analysis import analyzer
from leadline.retrieval.titles import Titles, file_stem

STATES = 4
"""Collection states that are remembered at once."""


class Corpus(Protocol):
    """What is needed of a collection."""

    @property
    def index_id(self) -> str: ...
    def documents(self) -> Iterable[Document]: ...
    def passages(self) -> Iterable[Passage]: ...


class Statistics:
    """Titles, names and copies of all documents, and in how many passages each term stands (counted on first use)."""

    def __init__(self, corpus: Corpus) -> None:
        documents = list(corpus.documents())
        self.titles = {document.id: document.title for document in documents}
        self.copies = copies(documents)
        self.names = Titles(document for document in documents if document.id not in self.copies)
        self._called = frozenset(t for d in documents for t in terms(re.sub(r"[-_.]+", " ", file_stem(d))))
        self._corpus: Corpus | None = corpus
        self._counts: Counter[str] | None = None
        self._n = 0

    def rarity(self, text: str) -> dict[str, float]:
        """Lucene's idf, ln(1 + (N - n + 0.5) / (n + 0.5)), of each term of a text in order of the text.

        A term counts in a passage when it stands in the passage or in the title of its document.
        """
        if self._counts is None:
            self._counts = self._count()
        return {
            term: math.log(1 + (self._n - self._counts[term] + 0.5) / (self._counts[term] + 0.5))
            for term in dict.fromkeys(terms(text))
        }

    def unknown(self, text: str) -> tuple[str, ...]:
        """The terms of a text that stand in no passage, no title and no file name."""
        self.rarity("")
        assert self._counts is not None
        known = self._counts.keys() | self._called
        return tuple(term for term in dict.fromkeys(terms(text)) if term not in known)

    def _count(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        titles = {key: frozenset(terms(title)) for key, title in self.titles.items()}
        assert self._corpus is not None
        for passage in self._corpus.passages():
            self._n += 1
            counts.update(titles.get(passage.document, frozenset()).union(terms(passage.text)))
        self._corpus = None  # counted: nothing keeps the collection open any more
        return counts


C = TypeVar("C", bound=Corpus)
V = TypeVar("V")


def per_state(function: Callable[[C], V]) -> Callable[[C], V]:
    """Remember what a function finds out about a collection, for the last states seen.

    A state is named by its index id: two collections with the same one hold the same.
    """
    known: OrderedDict[str, V] = OrderedDict()

    @wraps(function)
    def remembered(corpus: C) -> V:
        if corpus.index_id not in known:
            known[corpus.index_id] = function(corpus)
            if len(known) > STATES:
                known.popitem(last=False)
        known.move_to_end(corpus.index_id)
        return known[corpus.index_id]

    return remembered


@per_state
def statistics(corpus: Corpus) -> Statistics:
    """Those of a collection in its present state."""
    return Statistics(corpus)


_FILE = re.compile(r"\S+\.[a-zA-Z]\w{0,7}")
_ENGLISH = analyzer("english")
_terms_of = lru_cache(maxsize=200_000)(_ENGLISH.terms)


_BASES = bases(lambda word: next((t for t in _terms_of(word) if t is not None), word))


def terms(text: str) -> list[str]:
    """The index terms of a text, stop words left out, irregular verbs by their base; of an identifier also its parts.

    >>> terms("The penalties of late shipments were written off")
    ['penalti', 'late', 'shipment', 'were', 'write', 'off']
    """
    chunks = _ENGLISH.chunks(text)
    if "_" in text:  # max_connections: the index takes it as one term, a question says two
        chunks = [part for chunk in chunks for part in (chunk, *(chunk.split("_") if "_" in chunk else ()))]
    found = (term for chunk in chunks for term in _terms_of(chunk) if term is not None)
    return [_BASES.get(term, term) for term in found]


def title_terms(title: str) -> list[str]:
    """The terms of a title; where it is the name of a file, also of its parts.

    >>> title_terms("nginx-proxy.conf"), title_terms("Rules of 2.4 harbours")
    (['nginx', 'proxy.conf', 'nginx', 'proxi', 'conf'], ['rule', '2.4', 'harbour'])
    """
    parts = terms(re.sub(r"[-_.]+", " ", title)) if _FILE.fullmatch(title) else []
    return terms(title) + parts
