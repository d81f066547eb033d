"""Words of a question that the sources do not have, and the word that may have been meant: for the reason why nothing
was found. A question is never changed by it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher

from leadline.agents.words import QUESTION_WORDS
from leadline.retrieval.statistics import Corpus, statistics, terms

MAX_CHARACTERS = 5_000_000
"""Of the sources that are looked through for near words."""
MAX_WORDS = 5
"""Unknown words that are told."""
NEAR = 0.84
"""Least similarity (`difflib`) of a word that may have been meant."""
SHORT = 4
"""Letters below which words are near by chance."""
_WORD = re.compile(r"[^\W\d_]+")


def misspelt(question: str, corpus: Corpus) -> str:
    """What to say of the unknown words of a question; empty where there are none with a near word."""
    unknown = set(statistics(corpus).unknown(question))
    asked = [word for word in dict.fromkeys(_WORD.findall(question)) if word.lower() not in QUESTION_WORDS]
    strange = [word for word in asked if len(word) >= SHORT and set(terms(word)) & unknown]
    meant = near_words(strange[:MAX_WORDS], _words(corpus)) if strange else {}
    pairs = [f"{meant[word]} (for {word})" for word in strange if meant.get(word)]
    return f"Did you mean {', '.join(pairs)}?" if pairs else ""


def near_words(strange: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """The nearest known word of each, by similarity, then by how often it stands there; "" where none is near.

    >>> near_words(["anual", "waht", "Xylem"], ["annual", "annual", "rent", "what"])
    {'anual': 'annual', 'waht': 'what', 'Xylem': ''}
    """
    counted = Counter(word for word in (*known, *QUESTION_WORDS) if len(word) >= SHORT)
    found = {}
    for word in strange:
        best = (0.0, 0, "")
        for other, n in counted.items():
            if abs(len(other) - len(word)) <= 2 and other[:1].lower() == word[:1].lower():
                letters = SequenceMatcher(None, word.lower(), other.lower())
                alike = NEAR if sorted(word.lower()) == sorted(other.lower()) else letters.ratio()
                best = max(best, (alike, n, other))
        found[word] = best[2] if best[0] >= NEAR else ""
    return found


def _words(corpus: Corpus) -> Iterable[str]:
    left = MAX_CHARACTERS
    for document in corpus.documents():
        yield from _WORD.findall(document.text[: max(0, left)])
        left -= len(document.text)
        if left <= 0:
            return
