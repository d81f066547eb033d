"""Text -> index terms. An analyzer has a name, which is stored with the index and reopened by it.

english   tokens as Lucene's StandardTokenizer cuts them (Unicode word boundaries: letters and digits, joined
          over ' and . between letters and over . , ' between digits; no maximum length), possessive 's dropped,
          lower case, Lucene's 33 stop words, Porter stemmer. One-letter tokens are kept.
words     runs of letters, digits and _ (\\w+), lower case, the same stop words, Porter as published: the tokeniser
          of many BM25 packages and of our reference values.
unicode   for other scripts: NFKC, case-folded, letters with their marks; Chinese, Japanese and Korean text,
          Thai, Lao, Khmer and Burmese as overlapping pairs of characters. No stop words, no stemmer.
none      split at white space, nothing else: for identifiers, codes and text analysed elsewhere.

Stop words leave a gap, so that a phrase matches only with the same number of words between.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from leadline.errors import NotFound
from leadline.retrieval.lexical.porter import stem

STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these "
    "they this to was will with".split()
)


@dataclass(frozen=True)
class Analyzer:
    """Two pure functions. `terms` is called once per distinct chunk: its results are remembered."""

    name: str
    spaced: Callable[[str], str]
    """The text as chunks with white space between. A chunk holds no, one or several tokens."""
    terms: Callable[[str], tuple[str | None, ...]]
    """The terms of a chunk, in order; None stands for a stop word."""

    def chunks(self, text: str) -> list[str]:
        return self.spaced(text).split()

    def __call__(self, text: str) -> list[str | None]:
        """Every token of a text.

        >>> analyzer("english")("The patient's 3.5 mg doses")
        [None, 'patient', '3.5', 'mg', 'dose']
        """
        terms = self.terms
        return [term for chunk in self.chunks(text) for term in terms(chunk)]


def analyzer(name: str) -> Analyzer:
    """The analyzer of that name; NotFound lists the names."""
    if name not in ANALYZERS:
        raise NotFound("analyzer", name, ANALYZERS)
    return ANALYZERS[name]


# ---- english ----------------------------------------------------------------------------------------

_KEPT = "abcdefghijklmnopqrstuvwxyz0123456789_'.,"
_ASCII = {i: chr(i).lower() if chr(i).lower() in _KEPT else " " for i in range(128)}
_ENGLISH = re.compile(r"\w+(?:(?:(?<=[^\W\d_])['’.·‧](?=[^\W\d_])|(?<=\d)['’.,;](?=\d))\w+)*")


def _english_spaced(text: str) -> str:
    """For ASCII text the cut is at white space and most punctuation: a fast superset of the tokens."""
    if text.isascii():
        return text.translate(_ASCII)
    return " ".join(_ENGLISH.findall(text.lower()))


@lru_cache(1 << 16)
def _english_terms(chunk: str) -> tuple[str | None, ...]:
    return tuple(_english_term(token) for token in _ENGLISH.findall(chunk))


def _english_term(token: str) -> str | None:
    if token.endswith(("'s", "’s")):
        token = token[:-2]
    return None if token in STOP_WORDS else stem(token)


# ---- words ------------------------------------------------------------------------------------------

_WORD = re.compile(r"\w+")
_WORD_ASCII = {i: chr(i).lower() if chr(i).isalnum() or chr(i) == "_" else " " for i in range(128)}


def _words_spaced(text: str) -> str:
    return text.translate(_WORD_ASCII) if text.isascii() else " ".join(_WORD.findall(text.lower()))


@lru_cache(1 << 16)
def _words_terms(chunk: str) -> tuple[str | None, ...]:
    return (None if chunk in STOP_WORDS else stem(chunk, as_published=True),)


# ---- unicode ----------------------------------------------------------------------------------------

_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"  # kana, Han, Hangul
    "\U00020000-\U0003134f"
)


@cache
def _unicode_runs() -> re.Pattern[str]:
    marks = "".join(chr(i) for i in range(0x300, 0x10000) if unicodedata.category(chr(i)) in ("Mn", "Mc"))
    return re.compile(rf"([{_PAIRED}]+)|((?:(?![{_PAIRED}])[\w{marks}])+)")


def _unicode_spaced(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    found: list[str] = []
    for paired, word in _unicode_runs().findall(folded):
        if word or len(paired) == 1:
            found.append(word or paired)
        else:
            found.extend(paired[i : i + 2] for i in range(len(paired) - 1))
    return " ".join(found)


def _plain_spaced(text: str) -> str:
    return text if text.isascii() else " ".join(text.split())


def _as_is(chunk: str) -> tuple[str | None, ...]:
    return (chunk,)


ANALYZERS = {
    "english": Analyzer("english", _english_spaced, _english_terms),
    "words": Analyzer("words", _words_spaced, _words_terms),
    "unicode": Analyzer("unicode", _unicode_spaced, _as_is),
    "none": Analyzer("none", _plain_spaced, _as_is),
}
