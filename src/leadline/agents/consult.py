"""One agent asks another: an agent offered as a tool, and several agents side by side.

An agent behind a tool has its own context and sees nothing of its siblings. It may use the tools that it was given, a
part of its caller's, and every call that it makes is a step of the caller's run: what limits the caller limits it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import msgspec

from leadline.agents.base import Context, Finish, Policy, Task, Turn, View
from leadline.agents.directed import Script
from leadline.agents.loop import as_said, no_such_tool, repeats
from leadline.environments.arguments import mistake
from leadline.environments.base import Action, Observation, Tool

MAX_TURNS = 12
"""Turns of an agent that another one asked, unless it says otherwise."""
MAX_REPEATS = 3


class Consulted(NamedTuple):
    """How an agent that was asked came out: its last word, and all that it did."""

    finish: Finish
    turns: tuple[Turn, ...]


class AgentTool(NamedTuple):
    """An agent as a tool: `answer` is a script that takes the call's arguments and returns an Observation."""

    tool: Tool
    answer: Callable[[Mapping[str, Any]], Script]


def question_tool(name: str, description: str) -> Tool:
    """The face of an agent that takes one question."""
    text = {"question": {"type": "string"}}
    return Tool(name, description, {"type": "object", "properties": text, "required": ["question"]})


def consult(
    policy: Policy,
    context: Context,
    task: Task,
    tools: Sequence[Tool],
    *,
    agents: Sequence[AgentTool] = (),
    max_turns: int = MAX_TURNS,
    keep: Callable[[Finish], None] = lambda finish: None,
) -> Script:
    """Let `policy` work on `task` with `tools` and other `agents` as tools; returns Consulted.

    It ends by its own last word, after `max_turns`, or when it makes the same call for the third time in a row.
    `keep` is given its last word also when the run is stopped in the middle of it.
    """
    offered, turns = (*tools, *(agent.tool for agent in agents)), list[Turn]()

    def seen_so_far() -> View:
        return msgspec.structs.replace(context.view(task, offered, turns), past=turns)

    finish: Finish | None = None
    try:
        while len(turns) < max_turns and repeats(turns) < MAX_REPEATS:
            said = as_said(policy.act(seen_so_far()))
            if isinstance(said.move, Finish):
                finish = said.move
                break
            for action in said.move if isinstance(said.move, tuple) else (said.move,):
                seen = yield from call(action, offered, agents)
                turns.append(Turn(action, seen, said.thought, said.noted))
    finally:
        if finish is None:
            conclude: Callable[..., Finish] | None = getattr(policy, "conclude", None)
            finish = conclude(seen_so_far()) if conclude else Finish("")
        keep(finish)
    return Consulted(finish, tuple(turns))


def call(action: Action, offered: Sequence[Tool], agents: Sequence[AgentTool] = ()) -> Script:
    """One call of a tool or of an agent; a tool that was not offered is an error, wherever else it may exist."""
    if action.tool not in {tool.name for tool in offered}:
        return no_such_tool(action.tool, {tool.name for tool in offered})
    agent = next((agent for agent in agents if agent.tool.name == action.tool), None)
    if agent is None:
        seen = yield action
        return seen
    wrong = mistake(agent.tool, action.arguments)
    if wrong:
        return Observation(wrong, error=wrong)
    seen = yield from agent.answer(action.arguments)
    return seen


def side_by_side(scripts: Sequence[Script], *, at_once: int = 1) -> Script:
    """Run scripts in step with each other: their next calls go out together. Returns their results in order.

    `at_once` scripts advance at the same time, which pays when they wait for a model that serves several; the calls
    keep the order of the scripts either way.
    """
    results: list[Any] = [None] * len(scripts)
    waiting: dict[int, Any] = dict.fromkeys(range(len(scripts)))

    def advance(number: int) -> tuple[Action, ...] | None:
        try:
            move = scripts[number].send(waiting[number])
        except StopIteration as end:
            results[number] = end.value
            return None
        return move if isinstance(move, tuple) else (move,)

    pool = ThreadPoolExecutor(at_once, thread_name_prefix="leadline-agent") if at_once > 1 else None
    try:
        while waiting:
            numbers = sorted(waiting)
            moves = list(pool.map(advance, numbers) if pool else map(advance, numbers))
            going = {n: move for n, move in zip(numbers, moves, strict=True) if move is not None}
            seen = iter((yield tuple(action for move in going.values() for action in move)) if going else ())
            waiting = {n: _answer(move, [next(seen) for _ in move]) for n, move in going.items()}
    finally:
        if pool:
            pool.shutdown()
        for script in scripts:
            script.close()
    return results


def _answer(move: tuple[Action, ...], seen: list[Observation]) -> Any:
    return seen[0] if len(move) == 1 else tuple(seen)


def picked(tools: Sequence[Tool], names: Sequence[str]) -> list[Tool]:
    """Those of `tools` that are named: a part of what the caller has, never more."""
    return [tool for tool in tools if tool.name in names]
