"""What all agents share that are made of several: one model with one meter, one set of findings, helpers to ask.

A team is a script (`directed.py`): it asks researchers by `consult`, and everything they do is a step of one run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

from leadline.agents.base import Context, Finish, Policy, Said, Task, View
from leadline.agents.chat import ChatResearcher, guard
from leadline.agents.consult import MAX_TURNS, AgentTool, Consulted, consult
from leadline.agents.contexts.beside import Beside
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.directed import Directed, Script
from leadline.agents.findings import Findings
from leadline.environments.base import Action, Tool
from leadline.errors import ModelDown, ModelError
from leadline.models.base import ChatModel, Message, Reply
from leadline.models.structured import added, ask_for

T = TypeVar("T")
LOCAL = ("search", "open", "find", "tables")
NOT_FOR_RESEARCH = ("ask_user", "show_plan", "recall", "describe", "sql", "python")
"""Tools that a team uses itself; its researchers get all others, those of MCP servers too."""
WEB = ("web_search", "web_open")


class Metered:
    """A model that adds up what it costs; `parallel` says how many calls it takes at once (1 where it does not say)."""

    def __init__(self, model: ChatModel) -> None:
        self.model, self.name = model, model.name
        self.parallel: int = getattr(model, "parallel", 1)
        self.cost: dict[str, float] = {}
        self._lock = Lock()

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        top_logprobs: int = 0,
        schema: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> Reply:
        reply = self.model.chat(
            messages, max_tokens=max_tokens, temperature=temperature, top_logprobs=top_logprobs, schema=schema,
            seed=seed,
        )  # fmt: skip
        with self._lock:
            self.cost = added(self.cost, reply)
        return reply


class Team(Directed):
    """Subclasses write `work`, a script that fills `findings`, and give `title`."""

    title = "team"

    def __init__(self, model: ChatModel, *, seed: int = 0) -> None:
        super().__init__()
        self.model, self.seed, self.findings = Metered(model), seed, Findings()
        self.name = f"{self.title}({model.name})"
        self._keeping = Lock()

    def work(self, task: Task, tools: Sequence[Tool]) -> Script:
        raise NotImplementedError

    @property
    def cost(self) -> dict[str, float]:
        return self.model.cost

    def script(self, task: Task, tools: Sequence[Tool]) -> Script:
        self.findings = Findings()
        return self.work(task, tools)

    def act(self, view: View) -> Action | Finish | Said:
        """The next actions. A model that is no more to be had ends the run with what was found, and says so."""
        try:
            return super().act(view)
        except ModelDown as error:
            if not view.past:
                raise  # nothing was done yet: the person mends it and asks again
            self.findings.trouble = self.findings.trouble or str(error)
            return self.finish()

    def conclude(self, view: View) -> Finish:
        """What was found and noted so far: a run that is stopped asks the model nothing more."""
        if self._task is not view.task:
            self.act(view)
        if self._last is None:
            self._script.close()
        return self._last or self.finish()

    def finish(self) -> Finish:
        return Finish(self.findings.answer(), self.findings)

    def keep(self, finish: Finish) -> None:
        """Take over what a researcher found."""
        if isinstance(finish.result, Findings):
            with self._keeping:
                self.findings.take(finish.result)

    def ask(self, kind: type[T], system: str, *said: str) -> T | None:
        """An answer of the type, or None when the model gives none that can be used. Raises ModelDown."""
        messages = [Message("system", system), *(Message("user", text) for text in said)]
        try:
            return ask_for(self.model, messages, kind, seed=self.seed)[0]
        except ModelDown:
            raise  # nobody else can do its part: the run ends here (see `act`)
        except ModelError:
            return None

    def researcher(self, brief: str = "", name: str = "chat") -> ChatResearcher:
        return ChatResearcher(self.model, seed=self.seed, brief=brief, name=name)

    def look_into(
        self,
        question: str,
        task: Task,
        tools: Sequence[Tool],
        *,
        notes: str = "",
        brief: str = "",
        agents: Sequence[AgentTool] = (),
        max_turns: int = MAX_TURNS,
    ) -> Script:
        """One researcher with a context of its own; what it found is kept. Returns Consulted."""
        policy: Policy = self.researcher(brief)
        context: Context = Beside(Transcript(), notes) if notes else Transcript()
        asked = Task(f"{task.id}/{question[:40]}", question)
        own = [tool for tool in tools if tool.name not in NOT_FOR_RESEARCH]
        consulted: Consulted = yield from consult(
            policy, context, asked, own, agents=agents, max_turns=max_turns, keep=self.keep
        )
        return consulted

    def known(self) -> str:
        """The evidence so far as data for a prompt, one quote a line."""
        lines = [f"- {' '.join(entry.span.quote.split())[:300]}" for entry in self.findings.ledger]
        return f"<data>\n{guard(chr(10).join(lines) or 'nothing')}\n</data>"
