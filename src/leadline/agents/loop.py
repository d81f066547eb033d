"""The one loop that all agents share.

Orchestration is deterministic: the loop does no input or output of its own. Every effect is a `step` of the
environment or a call inside the policy's model, and both go through `Steps`, so that an interrupted run is resumed by
playing it again: finished effects are given back instead of done again. An environment that remembers what was done
in it has `recall(action, observation)`, which takes such a step in. A run ends in one of few named ways, and always
with an Outcome:

finished          the policy said its last word
environment done  the environment said that nothing more can happen
budget spent      a limit was reached
loop broken       the same call got the same answer `max_repeats` times in a row

In the last three the policy is asked for what it has, if it has a method `conclude(view) -> Finish`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import msgspec

from leadline.agents.base import Context, Finish, Outcome, Policy, Said, Task, Turn, View
from leadline.environments.base import Action, Environment, Observation
from leadline.runs.budget import Budget
from leadline.runs.steps import Steps
from leadline.runs.trace import Trace, digest

MAX_TOGETHER = 8
"""Calls of one turn that run side by side."""


def run(
    task: Task,
    policy: Policy,
    context: Context,
    environment: Environment,
    budget: Budget,
    trace: Trace,
    *,
    turns: Sequence[Turn] = (),
    steps: Steps | None = None,
    seed: int = 0,
    max_repeats: float = 3,
    clock: Callable[[], float] = time.perf_counter,
) -> Outcome:
    """Play `task` to its end. `turns` are those of an earlier run: they are seen, not played again. `steps` is where
    effects are kept; without it nothing is.

    The outcome's reward is the task's score where it has one, else the sum of the observations' rewards.
    """
    play = _Play(task, policy, context, environment, budget, trace, steps or Steps(), clock, list(turns))
    budget.start()
    if not turns:
        play.reset(seed)
    ending, last = play.until_the_end(max_repeats)
    finish = last or play.conclusion()
    outcome = Outcome(
        finish.answer,
        ending,
        tuple(play.turns),
        finish.result,
        sum(turn.observation.reward for turn in play.turns),
        total_cost(play.turns),
    )
    if task.score is not None:
        outcome = msgspec.structs.replace(outcome, reward=task.score(outcome))
    trouble = getattr(finish.result, "trouble", "")
    trace.add(
        "end", arguments={"ending": ending}, summary=finish.answer[:200], cost=outcome.cost, error=trouble
    )
    return outcome


@dataclass
class _Play:
    """A run under way: the loop's arguments, and the turns so far."""

    task: Task
    policy: Policy
    context: Context
    environment: Environment
    budget: Budget
    trace: Trace
    steps: Steps
    clock: Callable[[], float]
    turns: list[Turn] = field(default_factory=list)
    paid: tuple[int, float] = (0, 0.0)
    """Tokens and US dollars of the policy's model that are on the budget already."""

    def reset(self, seed: int) -> None:
        seen = self.environment.reset(seed)
        self.trace.add("reset", arguments={"seed": seed}, digest=result_digest(seen), summary=seen.text[:200])
        self.steps.traced(len(self.trace.steps))

    def until_the_end(self, max_repeats: float) -> tuple[str, Finish | None]:
        """Take turns until one of the endings; the policy's last word if it came to that."""
        while not self.budget.spent():
            said = as_said(self.policy.act(self.view()))
            self.pay()
            if isinstance(said.move, Finish):
                return "finished", said.move
            self.take(said, said.move if isinstance(said.move, tuple) else (said.move,))
            if self.turns[-1].observation.done:
                return "environment done", None
            if repeats(self.turns) >= max_repeats:
                return "loop broken", None
        return "budget spent", None

    def view(self) -> View:
        view = self.context.view(self.task, self.environment.tools, self.turns)
        return msgspec.structs.replace(view, past=self.turns)

    def pay(self) -> None:
        """Put what the policy's model has cost since last time on the budget."""
        cost: Mapping[str, float] = getattr(self.policy, "cost", {})
        tokens, usd = int(cost.get("tokens_in", 0) + cost.get("tokens_out", 0)), cost.get("usd", 0.0)
        self.budget.spend(tokens=tokens - self.paid[0], usd=usd - self.paid[1])
        self.paid = (tokens, usd)

    def take(self, said: Said, actions: Sequence[Action]) -> None:
        """One turn for each action, as far as the budget goes. Where the environment says that calls of a tool may
        run side by side, they do; turns and trace keep the order of the actions."""
        room = self.budget.max_steps - self.budget.steps
        allowed = actions[: int(room)] if room < len(actions) else actions
        numbered = dict(enumerate(allowed, len(self.trace.steps) + 1))
        ahead = self.ahead(numbered)
        for n, action in numbered.items():
            seen = self.step(n, action, ahead.get(n))
            self.turns.append(Turn(action, seen, said.thought, said.noted))

    def ahead(self, actions: Mapping[int, Action]) -> dict[int, Future[Observation]]:
        """Actions under way by their number; none where there is nothing to gain."""
        together: Callable[[str], bool] = getattr(self.environment, "together", lambda tool: False)
        chosen = [n for n, action in actions.items() if together(action.tool) and not self.steps.is_known(n)]
        if len(chosen) < 2:
            return {}
        with ThreadPoolExecutor(min(len(chosen), MAX_TOGETHER), thread_name_prefix="leadline-call") as pool:
            return {n: pool.submit(self.effect, n, actions[n]) for n in chosen}

    def effect(self, n: int, action: Action) -> Observation:
        """What the environment does, once in the life of a run. A tool that does not exist is an error for the policy
        to mend."""
        tools = {tool.name: tool for tool in self.environment.tools}
        if action.tool not in tools:
            return no_such_tool(action.tool, set(tools))
        costs = tools[action.tool].permission != "collection"
        known = self.steps.is_known(n)
        seen = self.steps.call(
            n, action.tool, action.arguments, lambda: self.environment.step(action), flush=costs
        )
        recall: Callable[[Action, Observation], None] | None = getattr(self.environment, "recall", None)
        if known and recall is not None:
            recall(action, seen)
        return seen

    def step(self, n: int, action: Action, ahead: Future[Observation] | None = None) -> Observation:
        """One effect, paid for and traced as line n."""
        began = self.clock()
        seen = self.effect(n, action) if ahead is None else ahead.result()
        self.budget.spend(steps=1, tokens=int(seen.cost.get("tokens", 0)), usd=seen.cost.get("usd", 0.0))
        self.trace.add(
            action.tool,
            arguments=action.arguments,
            digest=result_digest(seen),
            summary=seen.text[:200],
            seconds=self.clock() - began,
            cost=seen.cost,
            error=seen.error,
        )
        self.steps.traced(n)
        return seen

    def conclusion(self) -> Finish:
        """What the policy has when it is stopped: its own conclusion, else what it saw last."""
        self.steps.ended()
        return concluded(self.policy, self.view())


def concluded(policy: Policy, view: View) -> Finish:
    """The policy's own conclusion; without one what was seen last."""
    conclude: Callable[[View], Finish] | None = getattr(policy, "conclude", None)
    if conclude is not None:
        return conclude(view)
    past = view.past or view.turns
    return Finish(past[-1].observation.text if past else "")


def as_said(move: Action | Finish | Said) -> Said:
    """Any move with the words before it, which may be none."""
    return move if isinstance(move, Said) else Said("", move)


def no_such_tool(name: str, tools: set[str]) -> Observation:
    """The observation for a call of a tool that the environment does not have."""
    message = f"There is no tool {name!r}. There are: {', '.join(sorted(tools))}."
    return Observation(message, error=message)


def repeats(turns: Sequence[Turn]) -> int:
    """How many of the last turns in a row made the same call and got the same answer.

    >>> turn = Turn(Action("search", {"query": "a"}), Observation("nothing"))
    >>> repeats([turn, turn]), repeats([])
    (2, 0)
    """
    n = 0
    for turn in reversed(turns):
        if turn.action != turns[-1].action or turn.observation != turns[-1].observation:
            break
        n += 1
    return n


def total_cost(turns: Sequence[Turn]) -> dict[str, float]:
    """What the turns cost together, by unit."""
    total: dict[str, float] = {}
    for turn in turns:
        for unit, amount in turn.observation.cost.items():
            total[unit] = total.get(unit, 0.0) + amount
    return total


def result_digest(seen: Observation) -> str:
    """The digest of what an observation holds: its data where it has any, else its text."""
    return digest(seen.text if seen.data is None else seen.data)
