"""The order in which the claims of a report are read, and what is said beside a citation's number.

Among the claims of a question those from the newest version of a source come first, then those from older versions;
quotes that are far less likely to answer than the best one stand apart, under a heading of their own. Nothing is left
out: report.json holds every claim in the order in which it was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadline.evidence.model import Citation, Claim, Report

UNLIKELY = 0.3
"""Share of the best confidence below which a quote stands apart. On 300 questions of nq-oracle that no benchmark
evaluates this moves 22 % of the quotes, and the only one with the answer for 4 % of the questions."""
FEW = 5
"""Quotes under one heading among which unlikely ones stand apart; where there are more, a list was asked for, and its
members answer together."""
APART = "Less likely to answer"
"""The heading of those quotes."""


class Order(NamedTuple):
    """The claims of one question as they are read."""

    first: tuple[Claim, ...]
    apart: tuple[Claim, ...]


class ReadingOrder:
    """How one report is read."""

    def __init__(self, report: Report) -> None:
        self.older = older_versions(report)
        self._disputed = {number for found in report.omissions.contradictions for number in found.citations}

    def of(self, claims: Sequence[Claim]) -> Order:
        """The claims that stand under one heading, newest version first, unlikely quotes apart."""
        best = max((claim.confidence or 0.0 for claim in claims), default=0.0)
        apart = tuple(claim for claim in claims if len(claims) <= FEW and self._unlikely(claim, best))
        first = [claim for claim in claims if claim not in apart]
        return Order(tuple(sorted(first, key=self._is_older)), apart)

    def beside(self, citation: Citation) -> tuple[str, ...]:
        """Words that stand beside its number: its label unless it supports, and that there is a newer version."""
        label = () if citation.label == "supports" else (citation.label,)
        older = self.older.get(citation.span.document)
        return (*label, older) if older else label

    def numbers(self, claim: Claim) -> str:
        """Its citations in square brackets, each after a space."""
        return "".join(f" [{', '.join((str(c.number), *self.beside(c)))}]" for c in claim.citations)

    def _unlikely(self, claim: Claim, best: float) -> bool:
        """Only for bare quotes: a sentence that a writer wrote has its place in the text."""
        if claim.confidence is None or claim.claims or len(claim.citations) != 1:
            return False
        citation = claim.citations[0]
        bare = claim.text == " ".join(citation.span.quote.split())
        return bare and citation.number not in self._disputed and claim.confidence < UNLIKELY * best

    def _is_older(self, claim: Claim) -> bool:
        documents = {citation.span.document for citation in claim.citations}
        return bool(documents) and documents <= self.older.keys()


def older_versions(report: Report) -> dict[str, str]:
    """Document id -> what to say of it, for documents of which the sources hold a version with a later date."""
    found: dict[str, str] = {}
    for stale in report.omissions.stale:
        newest = max(stale.dates, default="")
        for document, date in zip(stale.documents, stale.dates, strict=False):
            if date and date < newest:
                found[document] = f"older version of {date}"
    return found


def heading(claim: Claim) -> str:
    """A claim that only groups others, as a heading: a sub-question may begin in the middle of a sentence.

    >>> heading(Claim("what does it cost?"))
    'What does it cost?'
    """
    text = " ".join(claim.text.split())
    return text[:1].upper() + text[1:]
