"""Looking up one sub-question: search, open what it names, follow where that leads, weigh every sentence.

Written as generators that yield actions and receive observations; they do no input or output of their own.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from leadline.agents.bridge import Relation, ask_again, bearers, relation
from leadline.agents.features import Asked, Vectors, asked, coverage, features
from leadline.agents.letterheads import fits, on_its_day, roles
from leadline.agents.premises import belonging, spoken
from leadline.agents.questions import Question
from leadline.agents.select import Selector
from leadline.agents.sentences import Reading, Route, Sentence, quotable
from leadline.agents.words import has_date, names
from leadline.environments.base import Action, Observation
from leadline.environments.corpus import Link, Opened, Results
from leadline.evidence.model import Noun
from leadline.retrieval.statistics import terms

MANY = 100
"""Passages asked for where those of tables are passed over."""
Plan = Generator[Action, Observation, None]


class Settings(Noun, frozen=True):
    """How much is read and quoted; the defaults are those of the published figures."""

    max_citations: int = 5
    """Sentences quoted per sub-question."""
    max_in_all: int = 40
    """Sentences quoted in a report; sub-questions share them equally."""
    n_passages: int = 20
    max_named: int = 6
    """Documents opened because the question names them."""
    max_links: int = 4
    """Documents opened because one document leads to them."""
    max_rounds: int = 3
    """Rounds of following the best evidence."""
    characters: int = 4000
    """Read of an opened document; of a longer one, its best passages are read, too."""
    redundancy: float = 0.3


class Weighed(Noun, frozen=True):
    """Every sentence that was read, with its probability of holding the answer."""

    sentences: tuple[Sentence, ...]
    rows: NDArray[np.float64]
    vectors: NDArray[np.float32]
    scores: NDArray[np.float64]

    @property
    def best(self) -> float:
        return float(self.scores.max(initial=0.0))

    def answerable(self, selector: Selector) -> float:
        """The probability that the question is answered by what was read."""
        return selector.answerable(self.rows, self.scores)


@dataclass
class LookUp:
    """One sub-question, and what lies on the table while it is looked up."""

    question: Question
    settings: Settings
    selector: Selector
    vectors: Vectors
    max_citations: int
    has_figure: bool = False
    """Whether the tables have answered already: text is then quoted sparingly, and rows are not read again."""
    ask: Asked | None = None
    named: tuple[Link, ...] = ()
    relation: Relation | None = None
    missing: tuple[str, ...] = ()
    """Names in the question that stand nowhere in the collection."""
    apart: tuple[str, ...] = ()
    """Names in the question of which no document speaks together."""
    readings: list[Reading] = field(default_factory=list)
    opened: dict[str, Opened] = field(default_factory=dict)
    led_to: dict[str, int] = field(default_factory=dict)
    """Document that a relation leads to -> how near its name stands to a cue (0 is nearest)."""
    _weighed: tuple[int, Weighed] | None = None

    def plan(self) -> Plan:
        """All actions of the sub-question, in order."""
        yield from self.search(self.question.query)
        self.relation = relation(self.question.text, self.named)
        for link in whole_titles_first(self.named, self.question.text)[: self.settings.max_named]:
            yield from self.open(link.document, "named")
        if self.relation is not None:
            yield from self.follow_relation(self.relation)
        yield from self.follow_evidence()
        yield from self.seek_together()

    # ---- steps ------------------------------------------------------------------------------------------

    def search(self, query: str, document: str = "", route: Route = "search", via: str = "") -> Plan:
        """Read the passages that a search returns; the first search also tells what the question's words weigh."""
        n = MANY if self.has_figure else self.settings.n_passages
        arguments = {"query": query, "k": n if not document else 3}
        seen = yield Action("search", arguments | ({"document": document} if document else {}))
        if not isinstance(seen.data, Results):
            return
        if self.ask is None:
            self.ask = asked(self.question, seen.data.rarity)
            self.named = seen.data.named
            self.missing = absent(self.question, seen.data.unknown)
        passages = seen.data.passages
        if self.has_figure:
            passages = tuple(p for p in passages if " | " not in p.text)[: self.settings.n_passages]
        for passage in passages:
            rank = passage.rank if route == "search" else 0
            self.readings.append(
                Reading(passage.document, passage.title, passage.start, passage.text, route, rank, via)
            )

    def open(self, document: str, route: Route, via: str = "") -> Plan:
        """Read the beginning of a document, once; of a long one also the passages that fit the question."""
        if document in self.opened:
            return
        seen = yield Action("open", {"document": document, "characters": self.settings.characters})
        if not isinstance(seen.data, Opened):
            return
        opened = self.opened[document] = seen.data
        if via:
            self.readings = [reached_from(r, via) if r.document == document else r for r in self.readings]
        self.readings.append(Reading(document, opened.title, opened.start, opened.text, route, 0, via))
        if opened.end < opened.n_characters:
            yield from self.search(self.question.query, document, route, via)

    def follow_relation(self, found: Relation) -> Plan:
        """From what the question names to whom it means; the question is asked again of the likeliest."""
        for document in list(self.opened):
            led = bearers(self.opened[document], found.cues)[: self.settings.max_links]
            for rank, (link, sentence) in enumerate(led):
                yield from self.open(link.document, "linked", sentence)
                self.led_to.setdefault(link.document, rank)
            if not led and found.onward and not found.each:
                yield from self.search_bearer(self.opened[document], found)

    def search_bearer(self, opened: Opened, found: Relation) -> Plan:
        """Where no document bears the name: search for the first name near a cue that the question lacks."""
        sentence = next((s for s in quotable(self.readings) if s.span.document == opened.document
                         and any(cue in s.text.lower() for cue in found.cues)), None)  # fmt: skip
        if sentence is None:
            return
        known = set(terms(self.question.text))
        others = [name for name in names(sentence.text) if not set(terms(name)) <= known]
        if others:
            yield from self.search(ask_again(self.question.text, found, others[0]))

    def follow_evidence(self) -> Plan:
        """Open what the best sentences name, as long as each round brings something that weighs more."""
        best = 0.0
        for _ in range(self.settings.max_rounds):
            weighed = self.weigh()
            if weighed is None or weighed.best <= best:
                return
            best = weighed.best
            fresh = 0
            for index in np.argsort(-weighed.scores, kind="stable")[:2]:
                fresh += yield from self.follow(weighed.sentences[int(index)])
            if not fresh:
                return

    def follow(self, sentence: Sentence) -> Generator[Action, Observation, int]:
        """Open the documents that a sentence names where the question is not fully covered; how many were new."""
        assert self.ask is not None
        said = {*terms(sentence.text), *terms(sentence.reading.title), *terms(sentence.reading.via)}
        if coverage(self.ask.weights, said) >= 1.0:
            return 0
        span = sentence.span
        seen = yield Action(
            "open", {"document": span.document, "start": span.start, "characters": span.end - span.start}
        )
        links = seen.data.links if isinstance(seen.data, Opened) else ()
        fresh = [link for link in links if link.document not in self.opened][: self.settings.max_links]
        for link in fresh:
            yield from self.open(link.document, "linked", sentence.text)
        return len(fresh)

    def seek_together(self) -> Plan:
        """Where nothing that was read speaks of all that is named, look where some of it is named for the rest."""
        named = belonging(self.question, self.ask.weights) if self.ask and self.relation is None else {}
        wanted, said = set(named.values()), spoken(self.readings)
        if not named or any(wanted <= terms_of for terms_of in said.values()):
            return
        for document, known in said.items():
            if wanted & known:
                lacking = " ".join(name for name, term in named.items() if term not in known)
                seen = yield Action("search", {"query": lacking, "k": 3, "document": document})
                if isinstance(seen.data, Results):
                    known |= {term for passage in seen.data.passages for term in terms(passage.text)}
                if wanted <= known:
                    return
        self.apart = tuple(named)

    # ---- conclusions ------------------------------------------------------------------------------------

    def weigh(self) -> Weighed | None:
        """The probability of every sentence read so far; None when there is none."""
        if self._weighed is not None and self._weighed[0] == len(self.readings):
            return self._weighed[1]
        sentences = quotable(self.readings, self.ask.weights if self.ask else None)
        sentences = self.without_other_mails(sentences)
        if self.ask is None or not sentences:
            return None
        rows, vectors = features(self.ask, sentences, self.vectors)
        self._weighed = (
            len(self.readings),
            Weighed(tuple(sentences), rows, vectors, self.selector.scorer(rows)),
        )
        return self._weighed[1]

    def without_other_mails(self, sentences: list[Sentence]) -> list[Sentence]:
        """Without headers of mails that the question is not about: of all, where it is about none."""
        asked, text = roles(self.question.text), self.question.text
        heads = [s for s in sentences if s.letterhead and asked is not None and fits(s.text, asked)]
        heads = [s for s in heads if on_its_day(s.text, text)] or heads
        return [s for s in sentences if not s.letterhead or s in heads]

    def forget(self) -> None:
        """Weigh anew next time, when `readings` was changed from outside."""
        self._weighed = None


def reached_from(reading: Reading, via: str) -> Reading:
    """A passage that a search returned and a link leads to as well."""
    return msgspec.structs.replace(reading, route="linked", via=reading.via or via)


def absent(question: Question, unknown: Sequence[str]) -> tuple[str, ...]:
    """Names in a question of which no word is known. A word that opens the question has its capital from there, and
    a month may be written as a number.

    >>> from leadline.agents.questions import read
    >>> absent(read("Sum up Oslo"), ("oslo", "sum")), absent(read("IKEA sells what?"), ("ikea",))
    (('Oslo',), ('IKEA',))
    """
    first = re.match(r"\W*([^\W\d_]+)", question.text)
    opens = first[1] if first and first[1][1:].islower() else ""
    return tuple(
        name for name in question.names
        if name != opens and not has_date(name) and (words := terms(name)) and set(words) <= set(unknown)
    )  # fmt: skip


def whole_titles_first(named: Sequence[Link], question: str) -> list[Link]:
    """Of the documents that a question names, each once: those whose whole title stands in it come first."""
    lowered = question.lower()
    unique = {link.document: link for link in reversed(named)}
    return sorted(
        unique.values(), key=lambda link: (link.title.lower() not in lowered, link.start, link.document)
    )
