"""Rewards of tagged transcripts: format checks and the F1 variants that the search-RL papers use.

`set_f1` is DeepResearcher's (punctuation to spaces, articles kept, words as a set); SQuAD's multiset F1 is
`answers.token_f1`. Name the variant with every number.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from leadline.bench.metrics.answers import token_f1

_TO_SPACE = str.maketrans(string.punctuation, " " * len(string.punctuation))


def set_f1(prediction: str, golds: Sequence[str]) -> float:
    """
    >>> set_f1("New York New York", ["New York"]), round(set_f1("The Rialto Bridge", ["Rialto Bridge"]), 2)
    (1.0, 0.8)
    """
    left = set(prediction.lower().translate(_TO_SPACE).split())
    best = 0.0
    for gold in golds:
        right = set(gold.lower().translate(_TO_SPACE).split())
        shared = len(left & right)
        best = max(best, 2 * shared / (len(left) + len(right)) if shared else 0.0)
    return best


def balanced(text: str, tags: Sequence[str]) -> bool:
    """Equal counts of opening and closing tags, each closed after it was opened."""
    for tag in tags:
        depth = 0
        for match in re.finditer(rf"<(/?){tag}>", text):
            depth += -1 if match[1] else 1
            if depth not in (0, 1):
                return False
        if depth:
            return False
    return True


def answer_of(response: str) -> str | None:
    """The first answer pair of a response; None without one."""
    match = re.search(r"<answer>(.*?)</answer>", response, re.DOTALL)
    return match[1].strip() if match else None


def format_f1_reward(
    response: str, golds: Sequence[str], tags: Sequence[str] = ("think", "tool_call", "answer")
) -> float:
    """DeepResearcher's reward: -1 when tags are unbalanced or there is no answer, else set F1."""
    answer = answer_of(response)
    return set_f1(answer, golds) if answer is not None and balanced(response, tags) else -1.0


def tiered_f1_reward(well_formed: bool, f1: float, tools_used: int, tools_offered: int) -> float:
    """HierSearch's reward: 0 malformed; F1 when above 0; else .1 t / T for the share of tool kinds tried.

    >>> round(tiered_f1_reward(True, 0.0, 2, 3), 6)
    0.066667
    """
    if not well_formed:
        return 0.0
    return f1 if f1 > 0 else 0.1 * tools_used / tools_offered


def hiersearch_f1(prediction: str, golds: Sequence[str]) -> float:
    """Multiset F1 without articles; yes, no and noanswer only match themselves; best over golds."""
    return max((token_f1(prediction, gold, yes_no_strict=True) for gold in golds), default=0.0)


def composite_reward(
    answer: float,
    expert: float,
    efficiency: float,
    *,
    alpha: float = 1.0,
    beta: float = 0.2,
    gamma: float = 0.1,
) -> float:
    """MedResearcher-R1's reward: alpha answer + beta expert - gamma efficiency, all in [0, 1]; `efficiency` is the
    penalty for redundant calls. The weights are quoted in several places and not verified.

    >>> round(composite_reward(1, 0.5, 0.3), 2), round(composite_reward(0, 0.8, 0), 2)
    (1.07, 0.16)
    """
    return alpha * answer + beta * expert - gamma * efficiency
