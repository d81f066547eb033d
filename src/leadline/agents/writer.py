"""From the evidence ledger to claims: what may be said is what was read, and each quote is checked before it is.

A claim's text is the quoted sentence, or what a table answer states; nothing is rephrased. A quote that the check
refuses is dropped and counted. Sentences that disagree with a quoted one stand beside it, labelled so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from leadline.agents.contradict import Dispute
from leadline.agents.questions import Question
from leadline.evidence.check import check_citation
from leadline.evidence.ledger import Entry, Ledger, place_of
from leadline.evidence.model import Citation, Claim, Contradiction, Document, Source, Span


class Figure(Protocol):
    """What the tables answer (`leadline.agents.tables.TableAnswer`): a sentence and the rows it rests on."""

    @property
    def text(self) -> str: ...
    @property
    def citations(self) -> tuple[Citation, ...]: ...
    @property
    def confidence(self) -> float: ...


@dataclass
class Writer:
    """Writes one report's claims; citations are numbered from 1 in reading order, equal ones share a number."""

    document: Callable[[str], Document]
    dropped: int = 0
    cited: dict[str, Document] = field(default_factory=dict)
    """Documents that a claim cites, in the order of their first citation."""
    _numbers: dict[bytes, int] = field(default_factory=dict)

    def claims(
        self,
        questions: Sequence[Question],
        ledger: Ledger,
        disputes: Sequence[Dispute] = (),
        figures: Mapping[str, Figure] = {},
    ) -> tuple[Claim, ...]:
        """One claim per quoted sentence; several sub-questions become groups headed by their text."""
        groups = []
        for question in questions:
            found = self._figure(figures.get(question.text))
            found += self._quotes([e for e in ledger if e.question == question.text], disputes)
            if found:
                groups.append(Claim(question.text, claims=tuple(found)))
        return groups[0].claims if len(questions) == 1 and groups else tuple(groups)

    def contradictions(self, disputes: Sequence[Dispute]) -> tuple[Contradiction, ...]:
        """Those disputes of which both sides are cited."""
        found = []
        for dispute in disputes:
            first, second = (self._number_of(span) for span in dispute.spans)
            if first and second:
                found.append(Contradiction(dispute.about, (min(first, second), max(first, second))))
        return tuple(dict.fromkeys(found))

    def sources(self) -> tuple[Source, ...]:
        """What is needed to find the cited documents again, in order of first citation."""
        return tuple(
            Source(d.id, d.title, d.uri, d.media_type, d.sha256, d.date) for d in self.cited.values()
        )

    def _figure(self, figure: Figure | None) -> list[Claim]:
        if figure is None:
            return []
        citations = [self._checked(citation) for citation in figure.citations]
        sound = tuple(citation for citation in citations if citation is not None)
        if not sound or len(sound) < len(citations):
            return []
        return [Claim(figure.text, sound, confidence=figure.confidence)]

    def _quotes(self, entries: Sequence[Entry], disputes: Sequence[Dispute]) -> list[Claim]:
        found: list[Claim] = []
        for entry in entries:
            if entry.label == "contradicts":
                continue
            citation = self._cite(entry)
            if citation is None:
                continue
            rivals = [
                other for other in entries
                if other.label == "contradicts" and (entry.span, other.span) in [d.spans for d in disputes]
            ]  # fmt: skip
            beside = [c for c in map(self._cite, rivals) if c is not None]
            text = entry.text or " ".join(entry.span.quote.split())
            found.append(Claim(text, (citation, *beside), confidence=entry.confidence))
        return found

    def _cite(self, entry: Entry) -> Citation | None:
        place = entry.place or place_of(self.document(entry.span.document), entry.span)
        return self._checked(Citation(0, entry.span, entry.label, place, entry.query))

    def _checked(self, citation: Citation) -> Citation | None:
        """The citation with its number, or None, counted, when the document does not say so."""
        document = self.document(citation.span.document)
        if not check_citation(citation, {document.id: document}).ok:
            self.dropped += 1
            return None
        self.cited.setdefault(document.id, document)
        key = msgspec.json.encode((citation.span, citation.query))
        return msgspec.structs.replace(citation, number=self._numbers.setdefault(key, len(self._numbers) + 1))

    def _number_of(self, span: Span) -> int:
        return self._numbers.get(msgspec.json.encode((span, None)), 0)
