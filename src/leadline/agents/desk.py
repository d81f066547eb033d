"""A researcher's desk: the corpus and, where there are tables, somebody to ask about them.

The table agent is offered as one tool: hierarchies of agents are agents behind tools.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from leadline.environments.arguments import mistake
from leadline.environments.base import Action, Observation, Tool
from leadline.environments.corpus import CorpusEnvironment

TABLES = Tool(
    "tables",
    "Ask the tables for a figure: a count, a total, a mean, the highest or lowest.",
    {
        "type": "object",
        "properties": {"question": {"type": "string"}},
        "required": ["question"],
        "additionalProperties": False,
    },
)


class Desk:
    """Tools search, open, find of the corpus, and tables when `ask_tables` is given.

    `ask_tables(question)` gives an answer or None where it is not sure; `data` of the observation is that.
    """

    def __init__(self, corpus: CorpusEnvironment, ask_tables: Callable[[str], Any] | None = None) -> None:
        self.corpus = corpus
        self.ask_tables = ask_tables
        self.tools: Sequence[Tool] = (*corpus.tools, TABLES) if ask_tables else corpus.tools

    def reset(self, seed: int = 0) -> Observation:
        return self.corpus.reset(seed)

    def step(self, action: Action) -> Observation:
        if action.tool != "tables" or self.ask_tables is None:
            return self.corpus.step(action)
        wrong = mistake(TABLES, action.arguments)
        if wrong:
            return Observation(wrong, error=wrong)
        answer = self.ask_tables(action.arguments["question"])
        shown = "The tables do not say." if answer is None else str(getattr(answer, "text", answer))
        return Observation(shown, data=answer, cost={"calls": 1})
