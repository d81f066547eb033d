"""From the evidence ledger to claims: what may be said is what was read, and each quote is checked before it is.

A claim's text is the quoted sentence, what a table answer states, or a sentence of a draft that was held against its
quotes (`compose.py`). A quote that the check refuses is dropped and counted. Sentences that disagree with a quoted one
stand beside it, labelled so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from leadline.agents.contradict import Dispute, Figure
from leadline.agents.contrary.lines import Contrary
from leadline.agents.questions import Question
from leadline.evidence.check import check_citation
from leadline.evidence.ledger import Entry, Ledger, capture_of, place_of
from leadline.evidence.model import Citation, Claim, Contradiction, Document, Otherwise, Source, Span

if TYPE_CHECKING:
    from leadline.agents.compose import Draft


@dataclass
class Writer:
    """Writes one report's claims; citations are numbered from 1 in reading order, equal ones share a number."""

    document: Callable[[str], Document]
    dropped: int = 0
    cited: dict[str, Document] = field(default_factory=dict)
    """Documents that a claim cites, in the order of their first citation."""
    _numbers: dict[bytes, int] = field(default_factory=dict)
    _first: dict[Span, int] = field(default_factory=dict)

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
            entries = [entry for entry in ledger if entry.question == question.text]
            found = self._figure(figures.get(question.text), entries, disputes)
            found += self._quotes(entries, disputes)
            if found:
                groups.append(Claim(question.text, claims=tuple(found)))
        return groups[0].claims if len(questions) == 1 and groups else tuple(groups)

    def composed(
        self, draft: Draft, disputes: Sequence[Dispute] = (), figures: Mapping[str, Figure] = {}
    ) -> tuple[Claim, ...]:
        """One claim per sentence of a draft, with the quotes that it rests on; headings where there are several.

        A sentence of which a quote is refused falls with it. Figures of the tables come first, as they are.
        """
        self.dropped += draft.refused
        groups: dict[str, list[Claim]] = {}
        for question, figure in figures.items():
            groups.setdefault(question, []).extend(self._figure(figure, (), disputes))
        rivals = {spans for dispute in disputes for spans in (dispute.spans, dispute.spans[::-1])}
        for sentence in draft.sentences:
            first = sentence.entries[0].span
            citations = [
                self._cite(msgspec.structs.replace(
                    entry, label="contradicts" if (first, entry.span) in rivals else sentence.label
                ))
                for entry in sentence.entries
            ]  # fmt: skip
            sound = tuple(citation for citation in citations if citation is not None)
            if len(sound) == len(citations):
                claim = Claim(sentence.text, sound, confidence=sentence.confidence)
                groups.setdefault(sentence.question, []).append(claim)
        groups = {heading: claims for heading, claims in groups.items() if claims}
        if len(groups) == 1:
            return tuple(next(iter(groups.values())))
        return tuple(Claim(heading, claims=tuple(claims)) for heading, claims in groups.items())

    def contradictions(self, disputes: Sequence[Dispute]) -> tuple[Contradiction, ...]:
        """Those disputes of which both sides are cited."""
        found = []
        for dispute in disputes:
            first, second = (self._number_of(span) for span in dispute.spans)
            if first and second:
                found.append(Contradiction(dispute.about, (min(first, second), max(first, second))))
        return tuple(dict.fromkeys(found))

    def otherwise(self, contraries: Sequence[Contrary]) -> tuple[Otherwise, ...]:
        """What is said otherwise than asked, where the sentence that says so is cited."""
        found = [Otherwise(one.asked, one.said, self._number_of(one.span)) for one in contraries]
        return tuple(dict.fromkeys(one for one in found if one.citation))

    def sources(self) -> tuple[Source, ...]:
        """What is needed to find the cited documents again, in order of first citation."""
        return tuple(
            Source(d.id, d.title, d.uri, d.media_type, d.sha256, d.date, capture_of(d))
            for d in self.cited.values()
        )

    def _figure(
        self, figure: Figure | None, entries: Sequence[Entry], disputes: Sequence[Dispute]
    ) -> list[Claim]:
        """The claim of a table answer; none when any of its citations is refused."""
        if figure is None:
            return []
        citations = [self._checked(citation) for citation in figure.citations]
        sound = tuple(citation for citation in citations if citation is not None)
        if not sound or len(sound) < len(citations):
            return []
        beside = self._beside(sound[0].span, entries, disputes)
        return [Claim(figure.text, (*sound, *beside), confidence=figure.confidence)]

    def _beside(
        self, span: Span, entries: Sequence[Entry], disputes: Sequence[Dispute]
    ) -> tuple[Citation, ...]:
        """Citations of the entries that disagree with a span."""
        pairs = {dispute.spans for dispute in disputes}
        rivals = [e for e in entries if e.label == "contradicts" and (span, e.span) in pairs]
        return tuple(citation for citation in map(self._cite, rivals) if citation is not None)

    def _quotes(self, entries: Sequence[Entry], disputes: Sequence[Dispute]) -> list[Claim]:
        found: list[Claim] = []
        for entry in entries:
            if entry.label == "contradicts":
                continue
            citation = self._cite(entry)
            if citation is None:
                continue
            beside = self._beside(entry.span, entries, disputes)
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
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        self._first.setdefault(citation.span, number)
        return msgspec.structs.replace(citation, number=number)

    def _number_of(self, span: Span) -> int:
        return self._first.get(span, 0)
