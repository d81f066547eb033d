"""Python code from a model, in pydantic-monty: an interpreter of its own without files, network or processes.

A program gets `query(sql)` and nothing else from outside; it runs in a worker process with limits on time,
memory, calls and output. Sleeping takes no time, the clock stands still and chance is seeded, so that a
program gives the same result each time. The interpreter is a subset of Python (no class hierarchies of the
host, no imports beyond a few pure modules); its own errors come back as the program's errors.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from leadline.errors import LeadlineError, UsageError, need, short

Query = Callable[[str, float], list[dict[str, Any]]]
"""SQL and the seconds that are left -> rows by column."""
STILL = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """What one program may cost and print."""

    timeout_s: float = 10.0
    """Wall time of the program with its queries."""
    max_memory_mb: int = 128
    max_output_chars: int = 10_000
    max_code_chars: int = 50_000
    max_queries: int = 50


DEFAULT_CODE_LIMITS = CodeLimits()


class Run(msgspec.Struct, frozen=True):
    """What a program printed, the text of its last expression, and its error (empty when it worked)."""

    printed: str
    value: str
    error: str
    seconds: float


class Sandbox:
    """Runs programs one at a time; close it, or use it as a context manager."""

    def __init__(self, query: Query | None = None, limits: CodeLimits = DEFAULT_CODE_LIMITS) -> None:
        monty = need("pydantic_monty", "code", "Running Python code")
        self.limits = limits
        self._query = query
        self._monty = monty
        self._errors = (monty.MontyError, TimeoutError, ValueError, RuntimeError, RecursionError, MemoryError)
        # The pool kills a worker that overruns; the sandbox's own clock should have ended it before.
        self._pool = monty.Monty(max_processes=1, request_timeout=limits.timeout_s + 0.5)
        self._pool.__enter__()

    def run(self, code: str) -> Run:
        """Run one program. Never raises for what the program does."""
        if not isinstance(code, str) or len(code) > self.limits.max_code_chars:
            raise UsageError(f"A program is a text of at most {self.limits.max_code_chars:,} characters.")
        began = time.monotonic()
        printed = self._monty.CollectString(max_bytes=4 * self.limits.max_output_chars)
        value, error = "", ""
        try:
            with self._pool.checkout(limits=self._bounds(), os_policy=policy()) as session:
                outside = {"query": self._served(began)} if self._query else {}
                found = session.feed_run(
                    code.encode("utf-8", "replace").decode(), external_lookup=outside, print_callback=printed
                )
                value = "" if found is None else repr(found)
        except self._errors as failure:
            error = explained(failure)
        seconds = time.monotonic() - began
        return Run(self._cut(printed.output), self._cut(value), self._cut(error), seconds)

    def close(self) -> None:
        self._pool.__exit__(None, None, None)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _served(self, began: float) -> Callable[..., list[dict[str, Any]]]:
        """The one function from outside: checks its argument, shares the program's time, counts its calls."""
        calls = 0

        def query(sql: object = None) -> list[dict[str, Any]]:
            nonlocal calls
            calls += 1
            left = self.limits.timeout_s - (time.monotonic() - began)
            if not isinstance(sql, str):
                raise TypeError("query(sql) takes one text")
            if calls > self.limits.max_queries or left <= 0:
                raise RuntimeError(
                    f"{self.limits.max_queries} queries in {self.limits.timeout_s:g} s are allowed"
                )
            assert self._query is not None
            try:
                return self._query(sql, left)
            except LeadlineError as failure:
                raise ValueError(str(failure)) from None

        return query

    def _bounds(self) -> Mapping[str, Any]:
        limits = self.limits
        return {
            "max_feed_duration_secs": limits.timeout_s,
            "max_memory": limits.max_memory_mb * 2**20,
            "max_recursion_depth": 400,
            # Names looked up outside count too; the count of queries is kept by `query` itself.
            "max_suspensions": 4 * limits.max_queries + 100,
            "max_total_sleep_secs": 0.0,
        }

    def _cut(self, text: str) -> str:
        return short(text, self.limits.max_output_chars)


def policy() -> dict[str, Any]:
    """No waiting, a clock that stands still, seeded chance."""
    return {"sleep": "zero", "datetime": STILL, "random_start": {"seed": 0}}


def explained(failure: BaseException) -> str:
    """One line for the author of the program: the kind of the error and what it says."""
    kind = type(failure).__name__
    if kind == "MontyCrashedError":
        return "The program needed more time or memory than it may have."
    lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
    text = lines[-1] if lines else kind
    return f"SyntaxError: {text}" if kind == "MontySyntaxError" and "Error" not in text else text
