"""Rewards on the text of a search episode: DeepResearch-R1's rule and its format check (arXiv:2603.01152, section 4).

Tags: <think>, <search>, <information>, <answer>. Only the response is scored: the released code also reads the prompt,
whose example answer earns the format part for free (prompt and response as one text reproduce that).
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
INFORMATION = re.compile(r"<information>(.*?)</information>", re.DOTALL)
TAG = re.compile(r"(</?(?:think|search|information|answer)>)")


def normalised(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces (SQuAD).

    >>> normalised("The U.S.A., an ally!")
    'usa ally'
    """
    bare = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def last_answer(text: str) -> str | None:
    found = ANSWER.findall(text)
    return found[-1].strip() if found else None


def retrieved(text: str, gold: Sequence[str]) -> bool:
    """Whether an information block contains a gold answer."""
    blocks = [normalised(block) for block in INFORMATION.findall(text)]
    return any(normalised(g) in block for g in gold for block in blocks)


def rule_reward(
    response: str, gold: Sequence[str], *, fmt: float = 0.2, score: float = 1.0, bonus: float = 0.1
) -> float:
    """0 without an answer; fmt + score if right; fmt + bonus if wrong but retrieved; else fmt."""
    answer = last_answer(response)
    if answer is None:
        return 0.0
    if normalised(answer) in {normalised(g) for g in gold}:
        return fmt + score
    return fmt + bonus if retrieved(response, gold) else fmt


def well_formed(response: str) -> bool:
    """think, then any number of (search, information, think), then one answer; nothing but spaces between."""
    state, open_tag = "start", ""
    after = {
        "start": {"think"}, "think": {"search", "answer"}, "search": {"information"}, "information": {"think"},
        "answer": set[str](),
    }  # fmt: skip
    for piece in TAG.split(response):
        if not TAG.fullmatch(piece):
            if piece.strip() and not open_tag:
                return False
            continue
        name = piece.strip("</>")
        if piece.startswith("</"):
            if name != open_tag:
                return False
            state, open_tag = name, ""
        elif open_tag or name not in after[state]:
            return False
        else:
            open_tag = name
    return state == "answer" and not open_tag


def format_reward(
    response: str, gold: Sequence[str], *, structure: float = 0.2, wrong: float = 0.2, bonus: float = 0.1
) -> float:
    """The second reward of the paper by exact match: structure and answer together; its judge model is left out."""
    valid, answer = well_formed(response), last_answer(response)
    if answer is None:
        return (structure + (bonus if retrieved(response, gold) else 0.0)) if valid else 0.0
    if normalised(answer) in {normalised(g) for g in gold}:
        return 1.0 if valid else 1.0 - structure
    return wrong


def token_f1(answer: str, gold: Sequence[str]) -> float:
    """Largest token-overlap F1 with a gold answer."""
    best = 0.0
    said = normalised(answer).split()
    for g in gold:
        right = normalised(g).split()
        common = sum(min(said.count(w), right.count(w)) for w in set(said))
        if common:
            precision, recall = common / len(said), common / len(right)
            best = max(best, 2 * precision * recall / (precision + recall))
    return best
