"""One agent loop, measured in a process of its own: `python agents_subject.py NAME PORT`, prints one line of JSON.

NAME is leadline, smolagents, langgraph or pydantic-ai, whichever is installed where it runs. CPU time is that of this
process: the model server has its own.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

RESULT = "The valve of this kind is made of steel and weighs twelve kilograms. " * 15
"""About a thousand characters, what a search gives back."""
CONCURRENT, CALLS = 128, 20
Run = Callable[[int], Any]
"""A run with so many tool calls."""


def leadline(port: int) -> Run:
    """The loop with a chat model, its whole transcript and a trace on disk."""
    from leadline.agents.base import Task
    from leadline.agents.chat import ChatResearcher
    from leadline.agents.contexts.transcript import Transcript
    from leadline.agents.loop import run
    from leadline.environments.base import Action, Observation, Tool
    from leadline.models.openai_compatible import OpenAICompatible
    from leadline.runs.budget import Budget
    from leadline.runs.trace import Trace

    class Shelf:
        tools = (
            Tool("search", "Search.", {"properties": {"query": {"type": "string"}}, "required": ["query"]}),
        )

        def reset(self, seed: int = 0) -> Observation:
            return Observation("ready")

        def step(self, action: Action) -> Observation:
            return Observation(RESULT, data=action.arguments["query"], cost={"calls": 1})

    folder, number = Path(tempfile.mkdtemp()), count()
    models = {
        calls: OpenAICompatible(f"http://127.0.0.1:{port}/v1", f"calls-{calls}", parallel=CONCURRENT)
        for calls in (2, 20, 80)
    }

    def one(calls: int) -> None:
        trace = Trace(folder / f"{next(number)}.jsonl")
        outcome = run(
            Task("t", "Which valve is the heaviest?"), ChatResearcher(models[calls]), Transcript(), Shelf(), Budget(),
            trace,
        )  # fmt: skip
        assert (outcome.ending, len(outcome.turns)) == ("finished", calls)

    return one


def smolagents(port: int) -> Run:
    from smolagents import OpenAIServerModel, ToolCallingAgent, tool

    @tool
    def search(query: str) -> str:
        """Search.

        Args:
            query: What to search for.
        """
        return RESULT

    def one(calls: int) -> None:
        model = OpenAIServerModel(f"calls-{calls}", api_base=f"http://127.0.0.1:{port}/v1", api_key="x")
        agent = ToolCallingAgent([search], model, max_steps=calls + 2, verbosity_level=0)
        assert agent.run("Which valve is the heaviest?") == "done"

    return one


def langgraph(port: int) -> Run:
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI
    from langgraph.prebuilt import create_react_agent

    @tool
    def search(query: str) -> str:
        """Search."""
        return RESULT

    def one(calls: int) -> None:
        model = ChatOpenAI(model=f"calls-{calls}", base_url=f"http://127.0.0.1:{port}/v1", api_key="x")
        agent = create_react_agent(model, [search])
        asked = {"messages": [("user", "Which valve is the heaviest?")]}
        found = agent.invoke(asked, {"recursion_limit": 3 * calls + 10})
        assert found["messages"][-1].content == "done"

    return one


def pydantic_ai(port: int) -> Run:
    from pydantic_ai import Agent, UsageLimits
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    def search(query: str) -> str:
        """Search."""
        return RESULT

    def one(calls: int) -> None:
        provider = OpenAIProvider(base_url=f"http://127.0.0.1:{port}/v1", api_key="x")
        agent = Agent(OpenAIChatModel(f"calls-{calls}", provider=provider), tools=[search])
        found = agent.run_sync("Which valve is the heaviest?", usage_limits=UsageLimits(request_limit=None))
        assert found.output == "done"

    return one


SUBJECTS = {
    "leadline": leadline,
    "smolagents": smolagents,
    "langgraph": langgraph,
    "pydantic-ai": pydantic_ai,
}


def measure(name: str, port: int) -> None:
    began = time.process_time()
    one = SUBJECTS[name](port)
    imported = time.process_time() - began
    one(2)  # what is loaded at the first call is no step's cost

    def cpu(work: Callable[[], Any]) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    def together() -> None:
        with ThreadPoolExecutor(CONCURRENT) as pool:
            list(pool.map(one, [CALLS] * CONCURRENT))

    alone = {calls: min(cpu(lambda n=calls: one(n)) for _ in range(3)) / calls * 1000 for calls in (20, 80)}  # type: ignore[misc]
    peak_alone = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    many = CONCURRENT * CALLS / cpu(together)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "name": name, "import_s": imported, "ms_per_step_20": alone[20], "ms_per_step_80": alone[80],
        "steps_per_cpu_s_at_128": many, "peak_mb_one_run": peak_alone, "peak_mb_128_runs": peak,
    }  # fmt: skip
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    measure(sys.argv[1], int(sys.argv[2]))
