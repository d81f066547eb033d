"""Agents by name: who drives the loop, and what it is shown of the past. `leadline agents` lists them.

A new agent is a row: a policy, its settings, and a context.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from leadline.agents.base import Context, Policy
from leadline.agents.contexts.keep_last import KeepLast
from leadline.agents.contexts.recent import Recent
from leadline.agents.contexts.summary import Summary
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.contexts.window import SlidingWindow
from leadline.agents.contexts.workspace import Workspace
from leadline.errors import NotFound, UsageError
from leadline.models.base import ChatModel

CHAT = "chat:ChatResearcher"
REPORT = (
    "Your thought is your report so far, written anew: it replaces the last one and is all that you keep."
)


class Agent(NamedTuple):
    """One way to research. `needs_model` agents take any chat model; `made_by` is module:class of the policy."""

    name: str
    idea: str
    paper: str
    context: Callable[[], Context] = Transcript
    made_by: str = CHAT
    settings: Mapping[str, Any] = {}
    needs_model: bool = True
    stage: str = "research"
    """Of arXiv:2512.02038: search (finds and quotes), research (plans, gathers, reports), scientist (computes)."""


AGENTS = (
    Agent(
        "extractive", "No model: splits, searches, bridges, selects and quotes sentences.", "",
        made_by="extractive:Extractive", needs_model=False,
    ),
    Agent("react", "A chat model sees every call and result so far.", "2210.03629", stage="search"),
    Agent(
        "window", "A chat model; old tool results are blanked in steps.", "2510.08276", SlidingWindow, stage="search",
    ),
    Agent(
        "workspace", "A chat model; only its own report and the last result are kept.", "2511.07327", Workspace,
        settings={"brief": REPORT}, stage="search",
    ),
    Agent("recent", "A chat model; its last turns whole, and nothing older.", "", Recent, stage="search"),
    Agent("keep-last", "A chat model; the last three results in full.", "", KeepLast, stage="search"),
    Agent("summary", "A chat model; older turns as a summary beside the recent ones.", "", Summary, stage="search"),
    Agent("plan", "Plans once, then looks into each step.", "2506.18096", made_by="plan:Planner"),
    Agent(
        "plan-ask", "Asks you what is unclear and shows the plan before it starts.", "2506.18096",
        made_by="plan:Planner", settings={"mode": "ask"},
    ),
    Agent(
        "plan-revise", "Plans anew after each step, from what was found.", "2506.18096",
        made_by="plan:Planner", settings={"mode": "revise"},
    ),
    Agent(
        "workflow", "Three fixed steps: what it is about, the answer, what speaks against it.", "2506.18096",
        made_by="plan:Fixed",
    ),
    Agent("parallel", "Cuts the question and lets researchers work side by side.", "2512.02038",
          made_by="parallel:Parallel"),
    Agent("hierarchy", "A planner asks a local and a web researcher; only evidence goes up.", "2508.08088",
          made_by="hierarchy:Hierarchy"),
    Agent("browse", "A reader goes through long pages in segments and keeps what serves.", "2504.03160",
          made_by="browse:Browser"),
    Agent("lessons", "Is told what earlier good and bad runs have taught.", "2512.06653",
          made_by="lessons:Experienced"),
    Agent("review", "A reviewer checks the claims and sends back what does not hold.", "2603.28361",
          made_by="review:Reviewed"),
    Agent("datacross", "Analyses several tables: explores each, finds the key one, joins them by code.", "2601.21403",
          made_by="datacross:Analyst", stage="scientist"),
)  # fmt: skip


def agent_named(name: str) -> Agent:
    """An agent, or NotFound with near matches; what is said after a plus does not matter here."""
    name = name.partition("+")[0]
    for agent in AGENTS:
        if agent.name == name:
            return agent
    raise NotFound("agent", name, [agent.name for agent in AGENTS])


def cast(name: str, model: ChatModel | None, *, seed: int = 0) -> tuple[Policy, Context]:
    """Policy and context of an agent. UsageError when it lacks a model, or has no use for the one given.

    `NAME+short` and `NAME+long` let the model write up what the agent found, every sentence checked by rule;
    `NAME+short+judged` checks it by rule and model, `+marked` keeps what is not borne out, labelled so
    (`leadline.agents.compose`).
    """
    agent, ways = agent_named(name), name.split("+")[1:]
    for way in ways:
        if way not in ("short", "long", "judged", "marked"):
            raise UsageError(
                f"There is no form {way!r}.",
                remedy="There are: short, long, and judged or marked beside them.",
            )
    form = next((way for way in ways if way in ("short", "long")), "")
    if ways and not form:
        raise UsageError(f"{name} says not what is written.", remedy=f"Write {agent.name}+short+{ways[0]}.")
    if model is None and (agent.needs_model or form):
        raise UsageError(
            f"The agent {name} needs a model.", remedy="Give --model, for example --model local."
        )
    if model is not None and not agent.needs_model and not form:
        raise UsageError(
            f"The agent {name} uses no model.",
            remedy=f"Leave out --model, choose --agent react, or let it write: --agent {name}+short.",
        )
    module, _, cls = agent.made_by.partition(":")
    make = getattr(import_module(f"leadline.agents.{module}"), cls)
    policy: Policy = make(model, seed=seed, **agent.settings) if agent.needs_model else make()
    if form:
        from leadline.agents.compose import write_up

        assert model is not None
        policy = write_up(
            policy, model, "short" if form == "short" else "long",
            judged="judged" in ways, marked="marked" in ways, seed=seed,
        )  # fmt: skip
    return policy, agent.context()
