"""Which of the weighed sentences a sub-question's answer quotes.

Usually the most probable ones that differ from each other, if the gate lets the question pass. Questions over several
documents get one sentence of each, whatever it weighs: each holds a part only.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from leadline.agents.features import Features, coverage
from leadline.agents.listing import Listing
from leadline.agents.lookup import LookUp, Weighed, whole_titles_first
from leadline.agents.select import diverse
from leadline.agents.words import codes
from leadline.retrieval.statistics import terms

COMPLETE, CONTRIBUTION = 0.8, 0.2
"""Shares of the question's weight: what two linked sentences must cover together, and the second must add."""
OUTWEIGHED = 0.3
"""Share of a heading's probability that a sentence must have to be quoted without it."""


def choose(look_up: LookUp, weighed: Weighed) -> list[int]:
    """Indices of the sentences to quote, most important first; empty when nothing fits.

    A question about several documents gets one sentence of each, whatever they weigh: each holds a part only. One
    that asks for a list gets the members of the list.
    """
    if isinstance(look_up, Listing) and (members := look_up.chosen(weighed)):
        return members[: look_up.max_citations]
    fixed = parts(look_up, weighed)
    answerable = bool(fixed) or weighed.answerable(look_up.selector) >= look_up.selector.threshold
    if look_up.missing or look_up.apart or not answerable or strange_code(look_up):
        return []
    fixed = fixed or completed(look_up, weighed)
    k = min(look_up.max_citations, 2) if look_up.has_figure else look_up.max_citations
    scores = np.where(tells(look_up, weighed) & on_topic(look_up, weighed), weighed.scores, 0.0)
    scores = np.where(stands_above(weighed, scores) | repeated(weighed, scores), 0.0, scores)
    scores = np.where(only_titles(look_up, weighed), 0.0, scores)
    chosen = diverse(scores, weighed.vectors, k, redundancy=look_up.settings.redundancy, chosen=fixed)
    floor = look_up.selector.threshold if look_up.has_figure else look_up.selector.floor
    kept = [i for i in chosen if i in fixed or scores[i] >= floor]
    if all(weighed.sentences[i].heading for i in kept):
        kept = []  # titles alone say nothing
    if kept or look_up.has_figure:
        return kept
    return [i for i in chosen[:1] if scores[i] > 0 and says_all(weighed, i)]


def strange_code(look_up: LookUp) -> bool:
    """Whether the question has a reference number with a hyphen ("S-09"), and nothing that was read has it: what is
    said of S-01 answers nothing then."""
    asked = [_plain(code) for code in codes(look_up.question.text) if "-" in code]
    said = (
        [_plain(f"{reading.title} {reading.text} {reading.via}") for reading in look_up.readings]
        if asked
        else []
    )
    return any(all(code not in text for text in said) for code in asked)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z\d]+", "", text.lower())


def says_all(weighed: Weighed, index: int) -> bool:
    """Whether a sentence, with its title, says nearly all that is asked: a short row of a data sheet weighs little."""
    return bool(weighed.rows[index, Features._fields.index("coverage")] >= COMPLETE)


def stands_above(weighed: Weighed, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Headings beside sentences that state something: one is quoted only where it outweighs them by far."""
    headings = np.array([sentence.heading for sentence in weighed.sentences])
    return headings & (scores * OUTWEIGHED < scores[~headings].max(initial=0.0))


def only_titles(look_up: LookUp, weighed: Weighed) -> NDArray[np.bool_]:
    """Headers of tables, which answer nothing, unless the question is about columns."""
    if re.search(r"\b(?:columns?|fields?)\b", look_up.question.text, re.IGNORECASE):
        return np.zeros(len(weighed.sentences), np.bool_)
    return np.array([sentence.heading and " | " in sentence.text for sentence in weighed.sentences])


def repeated(weighed: Weighed, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Sentences that a more probable one says in the same words: a copy of a file, a mail quoted in its answer."""
    seen: set[tuple[str, ...]] = set()
    again = np.zeros(len(scores), np.bool_)
    for index in np.argsort(-scores, kind="stable"):
        words = tuple(terms(weighed.sentences[int(index)].text))
        again[index] = words in seen
        seen.add(words)
    return again


def tells(look_up: LookUp, weighed: Weighed) -> NDArray[np.bool_]:
    """Which sentences say anything beside the question; beside a figure of the tables, rows do not."""
    novel = weighed.rows[:, Features._fields.index("novelty")] > 0
    if look_up.question.kind == "yes/no":
        novel = np.ones_like(novel)
    rows = np.array([" | " in sentence.text for sentence in weighed.sentences])
    return novel & ~rows if look_up.has_figure else novel


def on_topic(look_up: LookUp, weighed: Weighed) -> NDArray[np.bool_]:
    """Which sentences stand in a document that mentions a name of the question, as far as it was read, or that was
    reached from one; all, where none does. A contract with somebody else says the same words of somebody else."""
    wanted = [set(terms(name)) for name in (*look_up.question.names, *look_up.question.about)]
    said: dict[str, set[str]] = {}
    for reading in look_up.readings:
        words = terms(" ".join((reading.title, reading.text, reading.via)))
        said.setdefault(reading.document, set()).update(words)
    speaks = {document for document, words in said.items() if any(name and name <= words for name in wanted)}
    here = [s.span.document in speaks or s.reading.route == "linked" for s in weighed.sentences]
    return np.array(here) if speaks else np.ones(len(here), np.bool_)


def completed(look_up: LookUp, weighed: Weighed) -> list[int]:
    """A chain of two sentences that covers the question as neither does alone: the best sentence of all, and the
    best one reached by a link that says what the linking sentence leaves out."""
    assert look_up.ask is not None
    for index in np.argsort(-weighed.scores, kind="stable"):
        sentence = weighed.sentences[int(index)]
        if sentence.reading.route != "linked":
            continue
        led = coverage(look_up.ask.weights, set(terms(sentence.reading.via)))
        both = coverage(look_up.ask.weights, {*terms(sentence.reading.via), *terms(sentence.text)})
        if both >= COMPLETE and both - led >= CONTRIBUTION:
            first = int(np.argmax(weighed.scores))
            return list(dict.fromkeys((first, int(index))))
    return []


def parts(look_up: LookUp, weighed: Weighed) -> list[int]:
    """The best sentence of each of the documents (two at least) that a comparison or a chain of relations rests on."""
    if not look_up.question.compares and not (look_up.relation is not None and look_up.relation.onward):
        return []
    best: dict[str, int] = {}
    headings = np.array([sentence.heading for sentence in weighed.sentences])
    for index in np.lexsort((-weighed.scores, headings)):
        best.setdefault(weighed.sentences[index].span.document, int(index))
    named = [link.document for link in whole_titles_first(look_up.named, look_up.question.text)]
    linked = sorted(look_up.led_to, key=lambda document: (look_up.led_to[document], best.get(document, 0)))
    documents = dict.fromkeys([*named[: look_up.settings.max_named], *linked])
    found = [best[document] for document in documents if document in best]
    return found if len(found) > 1 else []
