"""What a run has found: the result of a researcher's `Finish`, and all that the writer sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadline.agents.contradict import Dispute, Figure
from leadline.agents.contrary.lines import Contrary
from leadline.agents.questions import Question
from leadline.evidence.ledger import Ledger

if TYPE_CHECKING:
    from leadline.agents.compose import Draft


@dataclass
class Findings:
    """Sub-questions and the evidence for each."""

    questions: list[Question] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    disputes: list[Dispute] = field(default_factory=list)
    figures: dict[str, Figure] = field(default_factory=dict)
    """Sub-question -> what the tables answered (`leadline.agents.tables.TableAnswer`)."""
    missing: list[str] = field(default_factory=list)
    """Names that the question speaks of and the collection does not."""
    apart: list[tuple[str, ...]] = field(default_factory=list)
    """Names in a question of which no document speaks together."""
    unsaid: list[str] = field(default_factory=list)
    """Words of the questions that no document quoted for them says, as far as it was read."""
    contrary: list[Contrary] = field(default_factory=list)
    """What the questions take for granted and a quoted sentence says otherwise."""
    refused: int = 0
    """Quotes that were not where the policy said, and sentences that their evidence does not bear out."""

    draft: Draft | None = None
    """The text that a model wrote over the ledger, every sentence checked; without one the report is the quotes."""

    def answer(self) -> str:
        """The best piece of evidence of each sub-question, in the order of the questions."""
        best = [found[0] for question in self.questions if (found := self.ledger.of(question.text))]
        return "\n".join(entry.text or entry.span.quote for entry in best)

    trouble: str = ""
    """Why the model was no more to be had, when that ended the run."""

    def take(self, other: Findings) -> None:
        """Add what another run has found."""
        self.questions += [q for q in other.questions if q not in self.questions]
        for entry in other.ledger:
            self.ledger.add(entry)
        self.disputes += other.disputes
        self.figures |= other.figures
        self.missing += other.missing
        self.apart += other.apart
        self.unsaid += other.unsaid
        self.contrary += other.contrary
        self.refused += other.refused
        self.trouble = self.trouble or other.trouble
