"""Our training environments as `verifiers` environments (PrimeIntellect), so that its trainers and evaluators run them.

Single-turn worlds only: a data set of prompts and a rubric that scores the completion with the task's own score.
verifiers is not a dependency; it is imported when asked for. Not run here against the real package.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leadline.agents.base import Outcome, Task
from leadline.errors import UsageError, need
from leadline.train.worlds.base import TaskSet


def data(tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """One record per task: a chat prompt, the demonstrated answer, and the task's id under "info"."""
    return [
        {
            "prompt": [{"role": "user", "content": task.prompt}],
            "answer": task.metadata["demonstration"][-1],
            "info": {"task": task.id},
        }
        for task in tasks
    ]


def text_of(completion: Any) -> str:
    """The completion as text: a string, or the content of the last message of a chat."""
    return completion if isinstance(completion, str) else str(completion[-1]["content"])


def environment(world: TaskSet, n: int = 1000, *, seed: int = 0, split: str = "train") -> Any:
    """A verifiers SingleTurnEnv over n tasks."""
    if world.max_turns > 1:
        raise UsageError(f"{world.name} takes several turns; only single-turn worlds are exported.")
    verifiers = need("verifiers", "train", "Exporting to verifiers")
    tasks = world.draw(np.random.default_rng(seed), n, split)
    by_id = {task.id: task for task in tasks}

    def score(completion: Any, info: dict[str, Any], **more: Any) -> float:
        task = by_id[info["task"]]
        assert task.score is not None
        return task.score(Outcome(text_of(completion), "finished"))

    records = need("datasets", "train", "Exporting to verifiers").Dataset.from_list(data(tasks))
    rubric = verifiers.Rubric(funcs=[score], weights=[1.0])
    return verifiers.SingleTurnEnv(dataset=records, rubric=rubric)
