"""The reward of ICRL (arXiv:2603.08068, section 3): .8 answer + .2 format, on the text of one search episode.

The released code scores prompt and response together: instructions and demonstrations hold every tag, so a response
without search earns full format credit, and one without an answer is credited the last example's. Here the response is
scored alone; `score_prompt` reproduces the release.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from leadline.train.rewards.search_r1 import last_answer, normalised

PAIR = r"<{0}>.*?</{0}>"


class TagReward(NamedTuple):
    fmt: float
    acc: float
    total: float


def extracted(response: str) -> str:
    """The last answer pair; without one, the last line (the flexible extractor)."""
    answer = last_answer(response)
    return answer if answer is not None else (response.strip().splitlines() or [""])[-1].strip()


def format_score(response: str) -> float:
    """1 minus the penalties, in [0, 1]: no answer pair .5, unequal answer tags .2, no think pair .15, unequal think
    tags .1, no search tag .1, nothing extracted .2.

    >>> round(format_score("<think>a</think><answer>Paris</answer>"), 2)
    0.9
    """

    def lacks(tag: str) -> bool:
        return re.search(PAIR.format(tag), response, re.DOTALL) is None

    def unequal(tag: str) -> bool:
        return response.count(f"<{tag}>") != response.count(f"</{tag}>")

    penalty = 0.5 * lacks("answer") + 0.2 * unequal("answer") + 0.15 * lacks("think") + 0.1 * unequal("think")
    penalty += 0.1 * ("<search>" not in response) + 0.2 * (not extracted(response))
    return min(1.0, max(0.0, 1.0 - penalty))


def accuracy(answer: str, gold: Sequence[str]) -> float:
    """1 when the answer equals a gold one after normalisation, or contains all of several; else 0."""
    said, known = normalised(answer), [normalised(g) for g in gold]
    return float(said in known or (len(known) > 1 and all(g in said for g in known)))


def tag_reward(
    response: str, gold: Sequence[str], *, prompt: str = "", score_prompt: bool = False, alpha: float = 0.8
) -> TagReward:
    """alpha * acc + (1 - alpha) * fmt."""
    text = prompt + response if score_prompt else response
    fmt, acc = format_score(text), accuracy(extracted(text), gold)
    return TagReward(fmt, acc, alpha * acc + (1 - alpha) * fmt)
