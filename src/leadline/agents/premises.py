"""What a question takes for granted: that what it names belongs together, and that its words are said of it.

"When did Marti sign Amendment 2?" is answered by no sentence about Marti alone: where no document speaks of all that
is named, nothing is quoted. Other words may be said in other words, so where the quoted documents lack them, that is
told beside the quotes and left to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from leadline.agents.questions import Question
from leadline.agents.sentences import Reading
from leadline.agents.words import QUESTION_WORDS, asking, codes, has_date, names
from leadline.environments.corpus import Searchable
from leadline.evidence.model import Document, Elsewhere
from leadline.retrieval.statistics import statistics, terms

UNSAID = 0.2
"""Share of a question's weight from which words that the quoted documents lack are told."""
MAX_SAYING, LOOKED_AT = 3, 20
"""A word that more documents say tells little; of so many passages with it the documents are counted."""


def belonging(question: Question, rarity: Mapping[str, float]) -> dict[str, str]:
    """Name in a question -> its most telling term, for the names that only one document can speak of together.

    None for comparisons. Months and years are no names here, nor is the word that opens the question; where nouns have
    capitals (German), only names of several words and reference numbers count.

    >>> from leadline.agents.questions import read
    >>> belonging(read("When did Lena Marti sign Amendment 2?"), {"lena": 2.0, "marti": 3.0, "amend": 1.0, "2": 0.5})
    {'Lena Marti': 'marti', 'Amendment 2': 'amend'}
    """
    text = question.text
    opens = re.match(r"\W*([^\W\d_]+)", text)
    nouns = asking(text) is not QUESTION_WORDS
    found: dict[str, str] = {}
    for name in () if question.compares else names(text):
        if has_date(name) or (opens and name == opens[1]) or (nouns and " " not in name and not codes(name)):
            continue
        telling = sorted((term for term in terms(name) if term in rarity), key=lambda term: -rarity[term])
        if telling and telling[0] not in found.values():
            found[name] = telling[0]
    return found if len(found) > 1 else {}


def spoken(readings: Iterable[Reading]) -> dict[str, set[str]]:
    """Document -> the terms of what was read of it, of its title, and of the sentence that led to it."""
    said: dict[str, set[str]] = {}
    for reading in readings:
        said.setdefault(reading.document, set()).update(
            terms(f"{reading.title} {reading.text} {reading.via}")
        )
    return said


def unsaid(weights: Mapping[str, float], said: Iterable[set[str]], text: str) -> tuple[str, ...]:
    """The words of a question that documents do not say, if they make up much of its weight; in order.

    >>> unsaid({"rygg": 1.0, "fine": 1.5}, [{"rygg", "stone"}], "Why was Rygg fined?")
    ('fined',)
    """
    everything = set[str]().union(*said)
    lacking = {term for term in weights if term not in everything}
    if sum(weights[term] for term in lacking) < UNSAID * sum(weights.values()):
        return ()
    return lacking_words(text, lacking)


def elsewhere(words: Iterable[str], corpus: Searchable, cited: Iterable[Document]) -> tuple[Elsewhere, ...]:
    """Those of the words that no cited document says, but a few others do: "fined" stands in the minutes alone."""
    here = (
        set[str]().union(*(terms(f"{document.title} {document.text}") for document in cited))
        if words
        else set()
    )
    copies, found = statistics(corpus).copies, []
    for word in dict.fromkeys(words):
        wanted = set(terms(word))
        if wanted & here:
            continue
        hits = [h for h in corpus.search(word, LOOKED_AT, retriever="bm25").hits if h.document not in copies]
        saying = {hit.document for hit in hits if wanted <= set(terms(corpus.passage(hit.id).text))}
        if 0 < len(saying) <= MAX_SAYING:
            found.append(Elsewhere(word, tuple(sorted(corpus.document(one).uri for one in saying))))
    return tuple(found)


def lacking_words(text: str, lacking: set[str]) -> tuple[str, ...]:
    """The words of a text whose terms are all among those that are lacking."""
    words: Sequence[str] = re.findall(r"\w[\w’'-]*", text)
    return tuple(dict.fromkeys(word for word in words if (said := terms(word)) and set(said) <= lacking))
