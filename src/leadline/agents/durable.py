"""Runs that lose nothing: the model's calls as steps, and interrupted runs carried on where they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from leadline.agents.base import Context, Policy
from leadline.agents.inquiry import Listener, Progress, Runtime
from leadline.agents.research import pursue_run
from leadline.agents.roster import cast
from leadline.environments.granted import Approve
from leadline.evidence.model import Report
from leadline.models.base import ChatModel, Message, Reply
from leadline.models.cached import CachedModel
from leadline.models.specs import model_from
from leadline.runs.drive import Stop
from leadline.runs.steps import Steps
from leadline.runs.store import Run


class DurableModel:
    """A model whose calls are steps of a run: what was answered once is given back on resume, at what it cost then."""

    def __init__(self, model: ChatModel, steps: Steps) -> None:
        self.model, self.steps, self.name = model, steps, model.name
        self.parallel: int = getattr(model, "parallel", 1)

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
        options: dict[str, Any] = {
            "max_tokens": max_tokens, "temperature": temperature, "top_logprobs": top_logprobs, "schema": schema,
            "seed": seed,
        }  # fmt: skip
        asked = msgspec.json.encode([list(messages), options], order="deterministic")
        return self.steps.ask(self.name, asked, lambda: self.model.chat(messages, **options))


def cast_durably(
    agent: str, model: str, steps: Steps, *, offline: bool = False, seed: int = 0
) -> tuple[Policy, Context]:
    """Policy and context of an agent by name, its model (a spec, or empty) with its calls kept in `steps`.

    Answers are also kept in the cache, so that another run that asks the same pays nothing.
    """
    answering = DurableModel(CachedModel(model_from(model, offline=offline)), steps) if model else None
    return cast(agent, answering, seed=seed)


def carry_on(
    run: Run,
    *,
    listen: Listener | None = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
    steps: Steps | None = None,
    approve: Approve | None = None,
) -> Report:
    """Drive a recorded run to its end: from the start if it only waits, else from the step it was in.

    Question, sources, seed, agent, model, grants, limits and the report's folder are those of its record
    (`Run.change` gives it others). A run that is over gives its report again. Raises StoreError when another process
    drives the run, when it is broken, and when its steps are not those that were recorded.
    """
    record, steps = run.whole("resumed").record, steps or Steps()
    policy, context = cast_durably(
        record.agent, record.model, steps, offline=record.offline, seed=record.seed
    )
    return pursue_run(run, Runtime(policy, context, steps, listen, progress, stop, approve=approve))
