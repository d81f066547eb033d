"""One step in somebody else's environment: an exception, a hang or an impossible number becomes a named failure.

With a time limit the environment lives in a child process, which is killed when a step overruns (worker.py). Where
`make` cannot be sent to a child (a lambda), the step runs in a thread: one that hangs is left behind in it, its
environment is never touched again, and a fresh one takes its place.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from leadline.environments.base import Action, Observation, SearchableEnvironment
from leadline.explore.worker import Worker, in_worker


class Taken(NamedTuple):
    """What a step gave: an observation, or why there is none."""

    observation: Observation | None
    failure: str = ""


class Guarded:
    """An environment that can be stepped without fear. `make` builds it, and builds it again after a hang."""

    def __init__(self, make: Callable[[], SearchableEnvironment], timeout_s: float = math.inf) -> None:
        self.make, self.timeout_s = make, timeout_s
        self.env = self._made()

    def _made(self) -> SearchableEnvironment:
        child = None if math.isinf(self.timeout_s) else in_worker(self.make, self.timeout_s)
        return child or self.make()

    def step(self, action: Action) -> Taken:
        try:
            seen = self._timed(action)
        except TimeoutError:
            return self._renewed(f"the step hung for more than {self.timeout_s:g} s")
        except EOFError:
            return self._renewed("the process of the environment ended")
        except Exception as error:  # somebody else's code: whatever it is, this branch ends
            return Taken(None, f"{type(error).__name__}: {error}"[:200])
        if not math.isfinite(seen.reward):
            return Taken(None, f"the reward is {seen.reward}")
        return Taken(seen)

    def _renewed(self, failure: str) -> Taken:
        self.env = self._made()
        self.env.reset()
        return Taken(None, failure)

    def _timed(self, action: Action) -> Observation:
        if math.isinf(self.timeout_s) or isinstance(self.env, Worker):
            return self.env.step(action)
        box: dict[str, Any] = {}
        env = self.env

        def work() -> None:
            try:
                box["seen"] = env.step(action)
            except Exception as error:
                box["error"] = error

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(self.timeout_s)
        if thread.is_alive():
            raise TimeoutError
        if "error" in box:
            raise box["error"]
        return box["seen"]
