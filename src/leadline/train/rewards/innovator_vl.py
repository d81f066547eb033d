"""Innovator-VL's rewards: .9 accuracy by the type of the answer, .1 format (arXiv:2601.19325, its newer reward system).

The older system, which also accepts boxes by their ratio, is not built; nor are answers that have to be run (code, SVG,
HTML). Not verified: what counts as long, mathematical and answered in the format's third rule; the figures are ours.
"""

from __future__ import annotations

import re
from typing import Literal

from leadline.bench.metrics.answers import verify_answer
from leadline.bench.metrics.tagged import answer_of
from leadline.bench.metrics.visual_answers import read_box

TAGGED = re.compile(r"\s*<think>(.+?)</think>\s*<answer>(.+?)</answer>\s*", re.DOTALL)
STATED = re.compile(r"answer\s*(?:is\s*:?|:|=)\s*(.+)", re.IGNORECASE)
MATHEMATICAL = re.compile(r"\$|\\[a-z]+|\d\s*[-+*/=]\s*\d")
LONG = 200
"""Characters of an untagged response that reasons."""
JUDGED = {"normal": (0.05, 0.15, 0.80), "thinking": (0.10, 0.35, 0.55)}
"""Weights of format, reasoning and answer where a judge reads the response."""


def boxed(text: str) -> str | None:
    r"""What stands in the last \boxed{...}, braces balanced.

    >>> boxed(r"so \boxed{\frac{1}{2}}.")
    '\\frac{1}{2}'
    """
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth = 0
    for end in range(start + len("\\boxed"), len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[start + len("\\boxed{") : end]
    return None


def format_score(response: str) -> float:
    """1 for thought and answer in their tags or for a boxed answer, .8 for long mathematics that states an answer."""
    if TAGGED.fullmatch(response) or boxed(response) is not None:
        return 1.0
    reasoned = len(response) >= LONG and MATHEMATICAL.search(response) and STATED.search(response)
    return 0.8 if reasoned else 0.0


def final_answer(response: str) -> str:
    """The tagged, boxed or stated answer; without one the whole response."""
    stated = STATED.findall(response)
    for found in (answer_of(response), boxed(response), stated[-1].strip() if stated else None):
        if found is not None:
            return found
    return response.strip()


def accuracy(response: str, gold: str, kind: str) -> float:
    """By the type of the answer (bench.metrics.answers.verify_answer)."""
    return verify_answer(final_answer(response), [gold], kind)


def spatial_accuracy(response: str, gold: str, kind: str, gold_box: str, *, share: float = 0.5) -> float:
    """The answer's accuracy mixed with the overlap of the first box that the thinking names."""
    tagged = TAGGED.fullmatch(response)
    thought = tagged[1] if tagged and read_box(tagged[1]) else ""
    seen = verify_answer(thought, [gold_box], "box")
    return share * seen + (1 - share) * accuracy(response, gold, kind)


def score(response: str, gold: str, kind: str) -> float:
    """.9 accuracy + .1 format.

    >>> round(score("<think>last line</think><answer>TOTAL 9.80</answer>", "TOTAL 9.00", "ocr"), 6)
    0.91
    """
    return 0.9 * accuracy(response, gold, kind) + 0.1 * format_score(response)


def judged(
    fmt: float, reasoning: float, answer: float, mode: Literal["normal", "thinking"] = "normal"
) -> float:
    """The weighted parts where a judge gave marks in [0, 1] for reasoning and answer.

    >>> round(judged(1, 0.5, 1), 4), round(judged(1, 0.5, 1, "thinking"), 4)
    (0.925, 0.825)
    """
    return sum(w * mark for w, mark in zip(JUDGED[mode], (fmt, reasoning, answer), strict=True))
