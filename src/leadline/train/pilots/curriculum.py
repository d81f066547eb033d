"""Fewer demonstrations in the rollout prompt, stage by stage (ICRL, arXiv:2603.08068, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadline.errors import UsageError


class Stage(NamedTuple):
    """`shots` demonstrations for `updates` updates. Each stage of the released scripts is a run of its own: optimizer
    and KL reference start anew (with an old reference the KL would compare policies under different prompts)."""

    shots: int
    updates: int


def few_shot(shots: Sequence[int], updates: int) -> list[Stage]:
    """Stages with these shots that share `updates` as equally as whole numbers allow; the last get what is left.

    >>> few_shot((3, 2, 0), 90)
    [Stage(shots=3, updates=30), Stage(shots=2, updates=30), Stage(shots=0, updates=30)]
    >>> [stage.updates for stage in few_shot((3, 2, 1, 0), 90)]
    [22, 22, 23, 23]
    """
    if not shots or updates < len(shots):
        raise UsageError(f"{updates} updates do not cover {len(shots)} stages.")
    n = len(shots)
    extra = updates % n
    return [Stage(s, updates // n + (i >= n - extra)) for i, s in enumerate(shots)]


def may_advance(tool_call_rates: Sequence[float], *, at_least: float = 0.5, window: int = 5) -> bool:
    """A gate for the next stage (ours): entered too early, the zero-shot stage collapses to direct answers."""
    recent = tool_call_rates[-window:]
    return len(recent) == window and sum(recent) / window >= at_least


def few_shot_prompt(instructions: str, examples: Sequence[tuple[str, str]], question: str, shots: int) -> str:
    """Instructions, the first `shots` of (problem, solution trace), and the question; with 0 no word of examples.

    >>> print(few_shot_prompt("Use the tags.", [("1+1?", "<answer>2</answer>")], "2+2?", 1))
    Use the tags.
    <BLANKLINE>
    Here are examples.
    <BLANKLINE>
    ## Example 1
    Problem: 1+1?
    Solution: <answer>2</answer>
    <BLANKLINE>
    Now solve the following. Do not reuse the example problems.
    Question: 2+2?
    """
    if shots > len(examples):
        raise UsageError(f"{shots} demonstrations are asked for and there are {len(examples)}.")
    if not shots:
        return f"{instructions}\n\nQuestion: {question}"
    shown = "\n\n".join(
        f"## Example {i}\nProblem: {problem}\nSolution: {trace}"
        for i, (problem, trace) in enumerate(examples[:shots], 1)
    )
    closing = "Now solve the following. Do not reuse the example problems."
    return f"{instructions}\n\nHere are examples.\n\n{shown}\n\n{closing}\nQuestion: {question}"
