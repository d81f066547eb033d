"""The researcher that needs no language model: it searches, reads, follows what it reads, and quotes.

Per sub-question: (1) where a figure is wanted, the tables are asked; (2) the collection is searched, and the
documents that the question names are opened; (3) documents that the best evidence or a relation in the question
("the director of X") leads to are opened; (4) rounds end when one brings nothing that weighs more; (5) sentences are
selected by their probability of holding the answer and by diversity; (6) nothing is said where the best one lies
below the selector's threshold; (7) sentences that disagree with a selected one are put beside it; (8) where one says
otherwise than the question takes for granted, that is told.

The same observations always give the same findings, so an interrupted run is resumed by sending its old turns.
"""

from __future__ import annotations

from collections.abc import Sequence

from leadline.agents.base import Finish, Task
from leadline.agents.choose import choose, on_topic
from leadline.agents.contradict import disputes, figure_disputes
from leadline.agents.contrary.rule import contrary
from leadline.agents.directed import Directed
from leadline.agents.features import Vectors
from leadline.agents.findings import Findings
from leadline.agents.listing import Listing, wanted
from leadline.agents.lookup import LookUp, Plan, Settings
from leadline.agents.premises import spoken, unsaid
from leadline.agents.questions import Question, split
from leadline.agents.select import Selector, shipped_selector
from leadline.agents.sentences import Sentence
from leadline.environments.base import Action, Tool
from leadline.evidence.ledger import Entry
from leadline.evidence.render.order import UNLIKELY
from leadline.models.embed import embedder


class Extractive(Directed):
    """The policy. One object plays one task at a time."""

    name = "extractive"
    repeat = True  # the number of steps is part of its published figures

    def __init__(self, settings: Settings | None = None, selector: Selector | None = None) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.selector = selector or shipped_selector()
        self.embedder = embedder("wordllama")
        self.vectors = Vectors(self.embedder)
        self.findings = Findings()

    def script(self, task: Task, tools: Sequence[Tool]) -> Plan:
        self.findings, self.vectors = Findings(), Vectors(self.embedder)
        return self.plan(task.prompt, {tool.name for tool in tools})

    def finish(self) -> Finish:
        """What has been found; when the run is stopped early, what lies on the table was weighed once more."""
        return Finish(self.findings.answer(), self.findings)

    def plan(self, prompt: str, tools: set[str]) -> Plan:
        """Every action of the task. A plan that is closed early still keeps what it has read."""
        self.findings.questions.extend(split(prompt))
        for question in self.findings.questions:
            share = max(1, self.settings.max_in_all // len(self.findings.questions))
            look_up = self.look_up(question, share)
            if "tables" in tools:
                seen = yield Action("tables", {"question": question.query})
                if seen.data is not None:
                    self.findings.figures[question.text] = seen.data
                    look_up.has_figure = True
            try:
                yield from look_up.plan()
            finally:
                self.keep(look_up)

    def look_up(self, question: Question, share: int) -> LookUp:
        """How a sub-question is looked up; a list may take its whole share of the sentences."""
        parts = (question, self.settings, self.selector, self.vectors)
        found = wanted(question.text)
        if found is not None:
            return Listing(*parts, share, wanted=found)
        return LookUp(*parts, min(self.settings.max_citations, share))

    def keep(self, look_up: LookUp) -> None:
        """Put what a sub-question found into the ledger, disagreeing sentences beside those they disagree with."""
        self.findings.missing.extend(look_up.missing)
        if look_up.apart:
            self.findings.apart.append(look_up.apart)
        weighed = look_up.weigh()
        if weighed is None:
            return
        chosen, k = choose(look_up, weighed), look_up.max_citations
        topical = on_topic(look_up, weighed)
        likely = [i for i in chosen if weighed.scores[i] >= UNLIKELY * weighed.best]
        found = [d for d in disputes(weighed, likely, self.selector.floor) if topical[d.second]]
        figure = self.findings.figures.get(look_up.question.text)
        if figure is not None and look_up.ask is not None:
            found += figure_disputes(look_up.ask, figure, weighed)[: k // 2]
        rivals = [i for i in dict.fromkeys(dispute.second for dispute in found) if i not in chosen][: k // 2]
        for index in chosen[: k - len(rivals)] + rivals:
            self.findings.ledger.add(
                Entry(
                    look_up.question.text,
                    weighed.sentences[index].span,
                    round(float(weighed.scores[index]), 4),
                    "contradicts" if index in rivals else "supports",
                )
            )
        self.findings.disputes.extend(found)
        self.findings.unsaid.extend(lacking(look_up, [weighed.sentences[index] for index in chosen]))
        if look_up.ask is not None and not look_up.has_figure:
            otherwise = contrary(look_up.question, look_up.ask.weights, weighed.sentences, chosen)
            self.findings.contrary.extend([otherwise] if otherwise is not None else [])


def lacking(look_up: LookUp, quoted: Sequence[Sentence]) -> tuple[str, ...]:
    """The words of a question that no document quoted for it says; none beside a figure or the headers of a mail."""
    if look_up.ask is None or not quoted or look_up.has_figure or any(one.letterhead for one in quoted):
        return ()
    documents = {sentence.span.document for sentence in quoted}
    said = (words for document, words in spoken(look_up.readings).items() if document in documents)
    return unsaid(look_up.ask.weights, said, look_up.question.text)
