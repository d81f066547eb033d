"""An environment in a process of its own: a step that hangs or crashes is ended with its process.

Parent and child speak length-prefixed pickles over pipes. The child runs the same code that the parent would have run
itself, so nothing is trusted more than before; this is a bound on time, not a sandbox.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from leadline.environments.base import Action, Observation, SearchableEnvironment, Tool
from leadline.environments.isolated import receive, send

START_S = 60.0
"""For the child to import what the environment needs."""


class Worker:
    """The environment that `make` builds, in a child. Every call may take `timeout_s`; then the child is killed and
    TimeoutError raised. A child that dies raises EOFError. Afterwards this object is of no use any more."""

    def __init__(self, make: bytes, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._child = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )  # fmt: skip
        self.tools: Sequence[Tool] = self._answer(make, START_S)

    def reset(self, seed: int = 0) -> Observation:
        return self._call("reset", seed)

    def step(self, action: Action) -> Observation:
        return self._call("step", action)

    def legal_actions(self) -> Sequence[Action]:
        return self._call("legal_actions")

    def state_id(self) -> str:
        return self._call("state_id")

    def snapshot(self) -> Any:
        return self._call("snapshot")

    def restore(self, snapshot: Any) -> None:
        self._call("restore", snapshot)

    @property
    def replayed(self) -> int:
        """Steps that the environment spent on returning; 0 when it does not count them."""
        return int(self._call("replayed"))

    def close(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()

    def _call(self, name: str, *arguments: Any) -> Any:
        return self._answer(pickle.dumps((name, arguments)), self.timeout_s)

    def _answer(self, message: bytes, seconds: float) -> Any:
        try:
            send(self._child.stdin, message)
            worked, value = pickle.loads(receive(self._child.stdout, time.monotonic() + seconds))
        except BrokenPipeError as error:
            self.close()
            raise EOFError from error
        except (TimeoutError, EOFError):
            self.close()
            raise
        if not worked:
            raise value
        return value

    def __del__(self) -> None:
        if hasattr(self, "_child") and self._child.poll() is None:
            self.close()


def in_worker(make: Callable[[], SearchableEnvironment], timeout_s: float) -> Worker | None:
    """The environment in a child; None when `make` cannot be sent there (a lambda, a class of __main__)."""
    try:
        return Worker(pickle.dumps(make), timeout_s)
    except (pickle.PicklingError, AttributeError, TypeError, ImportError):
        return None


def serve() -> None:
    """The child: build the environment, answer calls until the pipe closes. What it prints goes to standard error."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the parent, which ends the search and so this
    asked, told = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    env: Any = None
    while True:
        try:
            message = receive(asked)
        except EOFError:
            return
        try:
            if env is None:
                env = pickle.loads(message)()
                answer = (True, env.tools)
            else:
                name, arguments = pickle.loads(message)
                found = getattr(env, name, 0)
                answer = (True, found(*arguments) if callable(found) else found)
            reply = pickle.dumps(answer)
        except Exception as error:  # somebody else's code: the parent hears of it
            reply = _raised(error)
        send(told, reply)


def _raised(error: Exception) -> bytes:
    """The error itself where it can be sent and rebuilt, else its words."""
    try:
        reply = pickle.dumps((False, error))
        pickle.loads(reply)
    except Exception:
        return pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return reply


if __name__ == "__main__":
    serve()
