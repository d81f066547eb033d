"""Agents by name: who drives the loop, and what it is shown of the past. `leadline agents` lists them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from leadline.agents.base import Context, Policy
from leadline.agents.contexts.keep_last import KeepLast
from leadline.agents.contexts.summary import Summary
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.contexts.window import SlidingWindow
from leadline.agents.contexts.workspace import Workspace
from leadline.errors import NotFound, UsageError
from leadline.models.base import ChatModel


class Agent(NamedTuple):
    """One way to research. `needs_model` agents take any chat model."""

    name: str
    idea: str
    paper: str
    context: Callable[[], Context]
    needs_model: bool = True


AGENTS = (
    Agent(
        "extractive",
        "No model: splits, searches, bridges, selects and quotes sentences.",
        "",
        Transcript,
        False,
    ),
    Agent("react", "A chat model sees every call and result so far.", "2210.03629", Transcript),
    Agent("window", "A chat model; old tool results are blanked in steps.", "2510.08276", SlidingWindow),
    Agent(
        "workspace",
        "A chat model; only its own report and the last result are kept.",
        "2511.07327",
        Workspace,
    ),
    Agent("keep-last", "A chat model; the last three results in full.", "", KeepLast),
    Agent("summary", "A chat model; older turns as a summary beside the recent ones.", "", Summary),
)


def agent_named(name: str) -> Agent:
    """An agent, or NotFound with near matches."""
    for agent in AGENTS:
        if agent.name == name:
            return agent
    raise NotFound("agent", name, [agent.name for agent in AGENTS])


def cast(name: str, model: ChatModel | None, *, seed: int = 0) -> tuple[Policy, Context]:
    """Policy and context of an agent. UsageError when it lacks a model, or has no use for the one given."""
    agent = agent_named(name)
    if agent.needs_model and model is None:
        raise UsageError(
            f"The agent {name} needs a model.", remedy="Give --model, for example --model local."
        )
    if not agent.needs_model:
        if model is not None:
            raise UsageError(
                f"The agent {name} uses no model.", remedy="Leave out --model, or choose --agent react."
            )
        from leadline.agents.extractive import Extractive

        return Extractive(), agent.context()
    from leadline.agents.chat import ChatResearcher

    assert model is not None
    return ChatResearcher(model, seed=seed), agent.context()
