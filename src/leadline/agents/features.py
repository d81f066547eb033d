"""What makes a sentence an answer: a dozen signals, each between about 0 and 1, none that knows the corpus.

Lexical signals weigh a term by its rarity in the collection (idf). Similarities are cosines of static word
vectors. Answer-type signals ask whether the sentence holds something of the wanted kind that the question does
not hold itself. A sentence that was reached by a link counts as saying, too, what the sentence before it said:
"the lanterns of Kestrel Sound come from Nordlys" makes "Nordlys pays EUR 120 per late shipment" complete.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.agents.letterheads import meant
from leadline.agents.questions import Question
from leadline.agents.sentences import Sentence
from leadline.agents.words import asking, has_amount, has_date, has_place, n_numbers, names, years
from leadline.models.embed import Embedder
from leadline.retrieval.statistics import terms, title_terms

K1, B, MEAN_PASSAGE, MEAN_SENTENCE = 0.9, 0.4, 60.0, 16.0
"""BM25's constants; mean lengths in terms are fixed, so that a score does not depend on what else is there."""


class Features(NamedTuple):
    """One sentence for one question."""

    passage_bm25: float
    """Of title and passage, as a share of the best passage read."""
    passage_rank: float
    """1 / rank in the search; 0 for a document opened by name."""
    passage_similarity: float
    sentence_bm25: float
    """Of title and sentence, as a share of the best sentence read."""
    sentence_similarity: float
    coverage: float
    """Share of the question's weight that sentence, title, table header or the linking sentence says."""
    own_coverage: float
    """The same for the sentence alone."""
    title_coverage: float
    title_named: float
    """Share of the title's words that the question says."""
    first: float
    position: float
    length: float
    novelty: float
    """log(1 + words that the question does not say)."""
    who: float
    when: float
    where: float
    number: float
    named: float
    """1 when the question names the document."""
    linked: float
    """1 when it was reached by a link."""


class Asked(NamedTuple):
    """A question with what is known of its words."""

    question: Question
    weights: Mapping[str, float]
    """Term -> rarity, question words left out."""
    text: str


PRICED = tuple(terms("cost price"))
"""What a sum of money says without the word."""


def asked(question: Question, rarity: Mapping[str, float]) -> Asked:
    """The terms that carry the question: everyday words (who, how many, from) do not, unless there are no others."""
    everyday = _terms_of(asking(question.text))
    telling = {term: weight for term, weight in rarity.items() if term not in everyday}
    return Asked(question, telling or dict(rarity), question.query)


@lru_cache(maxsize=16)
def _terms_of(words: frozenset[str]) -> frozenset[str]:
    return frozenset(terms(" ".join(sorted(words))))


class Vectors:
    """Unit vectors of texts, each encoded once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (texts, dimension)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.encode(new), strict=True))
        if not texts:
            return np.zeros((0, self._embedder.dimension), np.float32)
        return np.stack([self._known[text] for text in texts])

    def query(self, text: str) -> NDArray[np.float32]:
        """Shape (dimension,)."""
        return self._embedder.encode_queries([text])[0]


def features(
    ask: Asked, sentences: Sequence[Sentence], vectors_of: Vectors
) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Matrix (sentences, features) and the sentences' unit vectors (sentences, dimension)."""
    if not sentences:
        return np.zeros((0, len(Features._fields))), vectors_of([])
    readings = list({id(s.reading): s.reading for s in sentences}.values())
    query = vectors_of.query(ask.text)
    texts = [s.text for s in sentences] + [f"{r.title}. {r.text}" for r in readings]
    vectors = vectors_of(texts)
    near = vectors @ query
    similarity = {id(r): float(near[len(sentences) + i]) for i, r in enumerate(readings)}
    words = {id(r): title_terms(r.title) for r in readings}
    passage = shares([bm25(ask.weights, words[id(r)] + terms(r.text), MEAN_PASSAGE) for r in readings])
    passage_bm25 = {id(r): share for r, share in zip(readings, passage, strict=True)}
    own = [terms(s.text) for s in sentences]
    sentence_bm25 = shares(
        [
            bm25(ask.weights, words[id(s.reading)] + unsaid(ask, s, t) + t, MEAN_SENTENCE)
            for s, t in zip(sentences, own, strict=True)
        ]
    )
    rows = [
        _row(ask, s, own[i], words[id(s.reading)], float(near[i]), sentence_bm25[i], passage_bm25[id(s.reading)],
             similarity[id(s.reading)])
        for i, s in enumerate(sentences)
    ]  # fmt: skip
    return np.array(rows, dtype=np.float64), vectors[: len(sentences)]


def unsaid(ask: Asked, sentence: Sentence, own: Sequence[str]) -> list[str]:
    """Terms that a sentence means without them, if it says a word of the question by itself: those of the header above
    a row, and that a sum of money is what something costs. Headers speak of the whole mail."""
    if sentence.letterhead:
        return meant(sentence.reading.text)
    if not ask.weights.keys() & set(own):
        return []
    priced = [term for term in PRICED if term not in own] if has_amount(sentence.text) else []
    return terms(sentence.header) + priced


def _row(
    ask: Asked, sentence: Sentence, own: list[str], title: list[str], similarity: float, sentence_bm25: float,
    passage_bm25: float, passage_similarity: float,
) -> Features:  # fmt: skip
    reading, weights = sentence.reading, ask.weights
    via = [*terms(reading.via), *unsaid(ask, sentence, own)]
    return Features(
        passage_bm25=passage_bm25,
        passage_rank=1 / reading.rank if reading.rank else 0.0,
        passage_similarity=passage_similarity,
        sentence_bm25=sentence_bm25,
        sentence_similarity=similarity,
        coverage=coverage(weights, {*own, *title, *via}),
        own_coverage=coverage(weights, set(own)),
        title_coverage=coverage(weights, set(title)),
        title_named=len(weights.keys() & set(title)) / max(len(set(title)), 1),
        first=float(sentence.number == 0),
        position=math.log1p(sentence.number),
        length=math.log1p(len(own)),
        novelty=math.log1p(len(set(own) - weights.keys())),
        **answer_type(ask.question, sentence.text),
        named=float(reading.route == "named"),
        linked=float(reading.route == "linked"),
    )


def answer_type(question: Question, text: str) -> dict[str, float]:
    """Does the sentence hold something of the wanted kind? Only the wanted kind's signal can be above 0.

    >>> from leadline.agents.questions import read
    >>> answer_type(read("when was it built"), "It was built in 1932.")
    {'who': 0.0, 'when': 1.0, 'where': 0.0, 'number': 0.0}
    """
    signals = {"who": 0.0, "when": 0.0, "where": 0.0, "number": 0.0}
    if question.kind == "who":
        asked_about = set(terms(question.text))
        others = [name for name in names(text) if not set(terms(name)) <= asked_about]
        signals["who"] = min(len(others), 3) / 3
    elif question.kind == "when":
        signals["when"] = float(has_date(text) and not (years(text) and years(text) <= years(question.text)))
    elif question.kind == "where":
        signals["where"] = float(has_place(text))
    elif question.kind == "number":
        signals["number"] = float(n_numbers(text) > len(years(text)))
    return signals


def coverage(weights: Mapping[str, float], said: set[str]) -> float:
    """Share of the question's weight that is said.

    >>> coverage({"late": 1.0, "penalti": 3.0}, {"penalti", "contract"})
    0.75
    """
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in said) / total if total else 0.0


def bm25(weights: Mapping[str, float], said: Sequence[str], mean: float) -> float:
    """BM25 of the text's terms with given idf weights and mean length.

    >>> round(bm25({"late": 2.0}, ["late", "late"] + ["x"] * 58, 60.0), 4)  # 2 * 2 / (2 + 0.9)
    1.3793
    """
    counts = Counter(said)
    norm = K1 * (1 - B + B * len(said) / mean)
    return sum(
        weight * counts[term] / (counts[term] + norm) for term, weight in weights.items() if term in counts
    )


def shares(scores: Sequence[float]) -> list[float]:
    """Each score as a share of the largest; zeros when all are zero.

    >>> shares([1.0, 4.0]), shares([0.0])
    ([0.25, 1.0], [0.0])
    """
    top = max(scores, default=0.0)
    return [score / top if top else 0.0 for score in scores]
