"""The rollout loop of tagged search agents: say, search, read, until an answer (ICRL, arXiv:2603.08068, section 3).

What the environment says is marked as not the policy's own, so that it is masked from loss and KL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

TAGGED = re.compile(r"<(search|answer)>(.*?)</\1>", re.DOTALL)
INVALID = "\nMy previous action is invalid. To search, put a query between <search> and </search>; to answer, put it between <answer> and </answer>. Try again.\n"  # noqa: E501  # one message, as the policy sees it
MAX_TURNS, INFORMATION_WORDS = 6, 500


class Said(NamedTuple):
    text: str
    own: bool
    """True for the policy, False for the environment."""


def converse(
    prompt: str,
    say: Callable[[str], str],
    search: Callable[[str], Sequence[tuple[str, str]]],
    *,
    max_turns: int = MAX_TURNS,
    max_words: int = INFORMATION_WORDS,
) -> list[Said]:
    """What was said in turn. `say(context)` continues the text, `search(query)` gives (title, text) of documents.

    A turn is cut after its first closed search or answer. After the last turn the policy speaks once more and nothing
    is searched. Words stand in for the 500 tokens of an observation.
    """
    parts: list[Said] = []
    for _ in range(max_turns):
        spoken = say(prompt + "".join(part.text for part in parts))
        found = TAGGED.search(spoken)
        parts.append(Said(spoken[: found.end()] if found else spoken, True))
        if found is None:
            parts.append(Said(INVALID, False))
        elif found[1] == "answer":
            return parts
        else:
            parts.append(Said(information(search(found[2].strip()), max_words), False))
    return [*parts, Said(say(prompt + "".join(part.text for part in parts)), True)]


def information(documents: Sequence[tuple[str, str]], max_words: int = INFORMATION_WORDS) -> str:
    """Documents as the policy reads them, cut to `max_words`."""
    text = " ".join(f"Doc {i}(Title: {title}) {body}" for i, (title, body) in enumerate(documents, 1))
    return f"\n\n<information>{' '.join(text.split()[:max_words])}</information>\n\n"
