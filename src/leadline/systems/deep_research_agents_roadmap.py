"""Deep Research Agents, a roadmap: its design space as a checklist (arXiv:2506.18096).

Idea: agents differ in channel (API, browser, both), workflow (fixed, planned, clarified), composition and memory; each
choice has a cost that can be measured.
Method: `leadline audit` covers the leaves; the experiment runs three of the specification's labs: ambiguous requests,
parallel execution of a task graph, and the choice of channel per page.
Departs: scripted users, pages and costs in units; criteria are ours.
Not verified: positions of commercial systems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system


class Design(NamedTuple):
    """A point of the design space: who plans, how many act, what is kept outside the window, and what is tuned."""

    workflow: Literal["static", "planning only", "intent first", "unified"]
    composition: Literal["single", "multi"] = "single"
    memory: Literal["window", "compress", "external"] = "window"
    tuning: Literal["prompt", "sft", "rl of one module", "rl end to end"] = "prompt"


def contradiction(design: Design) -> str:
    """Why a design cannot be; empty where it can.

    >>> contradiction(Design("static", tuning="rl end to end"))
    'steps that a human has fixed leave nothing for reinforcement learning end to end to decide'
    >>> contradiction(Design("planning only", tuning="rl end to end"))
    ''
    """
    if design.tuning != "rl end to end":
        return ""
    if design.workflow == "static":
        return "steps that a human has fixed leave nothing for reinforcement learning end to end to decide"
    return (
        ""
        if design.composition == "single"
        else "reinforcement learning end to end needs one policy that acts"
    )


def critical_path(needs: Mapping[str, Sequence[str]], cost: float = 1.0) -> float:
    """Length of the longest chain of a task graph whose tasks cost the same.

    >>> critical_path({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]})
    3.0
    """
    done: dict[str, float] = {}

    def finish(task: str) -> float:
        if task not in done:
            done[task] = cost + max((finish(before) for before in needs[task]), default=0.0)
        return done[task]

    return max((finish(task) for task in needs), default=0.0)


def random_graph(rng: np.random.Generator, tasks: int = 8, levels: int = 3) -> dict[str, list[str]]:
    """A task graph with `levels` dependency levels, every level inhabited."""
    level = [*range(levels), *rng.integers(levels, size=tasks - levels).tolist()]
    names = [f"t{i}" for i in range(tasks)]
    return {
        name: [names[int(rng.choice([j for j in range(tasks) if level[j] == level[i] - 1]))]]
        if level[i]
        else []
        for i, name in enumerate(names)
    }


def ambiguity(rng: np.random.Generator, n: int, strategy: str) -> tuple[float, float]:
    """Success on under-specified requests, and questions asked on clear ones. plan: guess one of two referents; ask:
    ask when two entities carry the name; unified: show the plan, the user corrects it."""
    right = asked_clear = ambiguous = clear = 0
    for _ in range(n):
        referents = 2 if rng.random() < 0.5 else 1
        meant = int(rng.integers(referents))
        if strategy == "plan":
            chosen, asked = 0, 0
        else:  # ask and unified both learn the referent; ask only speaks when the name is shared
            chosen, asked = (meant, int(referents == 2 or strategy == "unified"))
        if referents == 2:
            ambiguous, right = ambiguous + 1, right + (chosen == meant)
        else:
            clear, asked_clear = clear + 1, asked_clear + asked
    return right / max(1, ambiguous), asked_clear / max(1, clear)


def channels(rng: np.random.Generator, n: int, how: str) -> tuple[float, float]:
    """Accuracy and cost per page over pages of which 40 % need a browser (cost 10 against 1). hybrid tries the API and
    opens the browser when the page has no text; 3 % of dynamic pages hide behind a stub that looks complete."""
    right = cost = 0.0
    for _ in range(n):
        dynamic = rng.random() < 0.4
        stub = dynamic and rng.random() < 0.03
        if how == "api":
            right, cost = right + (not dynamic), cost + 1
        elif how == "browser":
            right, cost = right + (rng.random() < 0.99), cost + 10
        else:
            opened = dynamic and not stub
            right, cost = right + (not dynamic or opened), cost + 1 + 10 * opened
    return right / n, cost / n


@system(
    slug="deep-research-agents-roadmap",
    title="Deep Research Agents: a roadmap, as a design-space checklist",
    paper="2506.18096",
    idea="Channel, workflow, composition, memory: a grid of choices with measurable costs.",
    parts=("bench.audit", "agents.roster", "agents.plan", "agents.parallel"),
    claims=(
        Claim("intent", "Asking first resolves ambiguous requests", "success on ambiguous requests", "ask first",
              "plan only"),
        Claim("parallel", "Independent steps run side by side", "time units of 8 look-ups", "critical path",
              "one by one", "lower"),
        Claim("channel", "Choosing the channel per page is cheaper than a browser for all", "cost per right page",
              "hybrid", "browser only", "lower"),
    ),
    departs="Simulated users, pages and unit costs.",
    not_verified="Commercial systems; computer use.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 82])
    n = 400 if scale == "full" else 60
    plan, ask = (ambiguity(rng, n, s)[0] for s in ("plan", "ask"))
    graphs = [random_graph(rng) for _ in range(20)]
    parallel = float(np.mean([critical_path(g) for g in graphs]))
    browser, hybrid = (channels(rng, n, how) for how in ("browser", "hybrid"))
    return {
        "intent": Pair(plan, ask),
        "parallel": Pair(8.0, parallel),
        "channel": Pair(browser[1] / browser[0], hybrid[1] / hybrid[0]),
    }
