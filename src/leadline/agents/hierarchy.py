"""A planner over a local and a web researcher (HierSearch, arXiv:2508.08088, sections 3.2 and 3.5).

The two researchers are tools of the planner. What goes up is their evidence, refined by what their own next thoughts
took up and by their conclusions; their reasoning and their answers do not. Where both have an answer to a conflict,
the local one counts.

Departs: embeddings are Leadline's static default (the paper: BGE-M3); a local researcher has no graph of triples but
search, open, find and tables; alpha = beta = .5 for every question (the paper tunes them per test set).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leadline.agents.base import Task, Turn
from leadline.agents.consult import (
    AgentTool,
    Consulted,
    consult,
    picked,
    question_tool,
    side_by_side,
)
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.directed import Script
from leadline.agents.refiner import KnowledgeRefiner, Round
from leadline.agents.shown import Evidence, Shown, shown
from leadline.agents.team import LOCAL, WEB, Team
from leadline.environments.base import Observation, Tool
from leadline.models.base import ChatModel
from leadline.models.embed import Embedder, embedder

MAX_PLANNER_TURNS = 8
SKIP = "not necessary"
"""A question that asks for nothing; the researcher is then not started."""
SOURCES = {
    "search": "Local Corpus", "open": "Local Corpus", "find": "Local Corpus", "tables": "Local Tables",
    "web_search": "Search Engine", "web_open": "Web Page",
}  # fmt: skip
PLANNER = (
    "You lead researchers; you cannot search yourself. They bring evidence, each piece with its source. It is genuine "
    "but may be beside the point. Where local and web evidence disagree, the local one counts. Ask again with a "
    "better question when it is not enough, then finish."
)


class Hierarchy(Team):
    """`turns` is what one question to a researcher may cost."""

    title = "hierarchy"

    def __init__(
        self, model: ChatModel, *, seed: int = 0, turns: int = 8, refiner: KnowledgeRefiner | None = None,
        embed: Embedder | None = None,
    ) -> None:  # fmt: skip
        super().__init__(model, seed=seed)
        self.turns = turns
        self.refiner = refiner or KnowledgeRefiner(embed or embedder("wordllama"))

    def work(self, task: Task, tools: Sequence[Tool]) -> Script:
        agents = self.agents(task, tools)
        yield from consult(
            self.researcher(PLANNER, "planner"), Transcript(), task, (), agents=agents,
            max_turns=MAX_PLANNER_TURNS, keep=self.keep,
        )  # fmt: skip
        return self.finish()

    def agents(self, task: Task, tools: Sequence[Tool]) -> list[AgentTool]:
        """Only researchers whose tools there are: without the web there is a local one and nothing else."""
        hands = {
            name: own for name, names in (("local", LOCAL), ("web", WEB)) if (own := picked(tools, names))
        }
        about = {"local": "the collection and its tables", "web": "the web"}

        def tool(name: str, within: Sequence[str], where: str) -> AgentTool:
            def answer(arguments: Mapping[str, Any]) -> Script:
                return self.asked(arguments["question"], task, [hands[w] for w in within])

            face = question_tool(f"ask_{name}", f"A researcher looks into one question in {where}.")
            return AgentTool(face, answer)

        found = [tool(name, [name], about[name]) for name in hands]
        return [*found, tool("both", list(hands), "both, at the same time")] if len(hands) > 1 else found

    def asked(self, question: str, task: Task, hands: Sequence[Sequence[Tool]]) -> Script:
        """Researchers with these tools look into the question; returns their refined evidence as an Observation."""
        if question.strip().lower().startswith(SKIP):
            return Observation("No evidence was asked for.")
        scripts = [
            consult(
                self.researcher(), Transcript(), Task(f"{task.id}/{question[:40]}", question), own,
                max_turns=self.turns,
            )
            for own in hands
        ]  # fmt: skip
        came: list[Consulted] = yield from side_by_side(
            scripts, at_once=min(len(scripts), self.model.parallel)
        )
        kept: dict[str, Shown] = {}
        for one in came:
            others = " ".join(other.finish.answer for other in came if other is not one)
            kept |= self.refined(one, others)
        lines = [f"[{item.source}] ({item.document}) {item.text}" for item in kept.values()]
        return Observation(
            "\n\n".join(lines) or "No evidence was found.", data=Evidence(tuple(kept.values()))
        )

    def refined(self, one: Consulted, others: str) -> dict[str, Shown]:
        """What of a researcher's evidence goes up, by its text."""
        known: dict[str, Shown] = {}
        for item in (piece for turn in one.turns for piece in pieces(turn)):
            known.setdefault(item.text, item)
        refined = self.refiner.refine("", rounds(one), one.finish.answer, others)
        return {text: known[text] for text in refined.evidence}


def rounds(one: Consulted) -> list[Round]:
    """The evidence of each call, with the thoughts before and after it; after the last call comes the answer."""
    thoughts = [turn.thought for turn in one.turns] + [one.finish.answer]
    return [
        Round(thoughts[n], tuple(piece.text for piece in pieces(turn)), thoughts[n + 1])
        for n, turn in enumerate(one.turns)
    ]


def pieces(turn: Turn) -> Iterator[Shown]:
    """What a call showed, cut at blank lines, with its source."""
    source = SOURCES.get(turn.action.tool, turn.action.tool)
    for item in shown([turn]):
        at = 0
        for part in item.text.split("\n\n"):
            if part.strip():
                yield Shown(item.document, item.start + at, part, source)
            at += len(part) + 2
