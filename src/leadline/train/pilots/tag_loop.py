"""The rollout loop of tagged search agents: say, act, read, until an answer (ICRL, arXiv:2603.08068, section 3).

What the environment says is marked as not the policy's own, tags included, so that it is masked from loss and KL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

MAX_TURNS, INFORMATION_WORDS = 6, 500


class Grammar(NamedTuple):
    """Tags that the policy may act with, one action a turn; `answer` ends. After a turn without an action it is told
    `invalid`; after more than `max_invalid` of them it is over."""

    tags: tuple[str, ...]
    invalid: str
    max_invalid: float = float("inf")

    def first(self, text: str) -> re.Match[str] | None:
        """The first closed action: group 1 is its tag, group 2 what is in it."""
        return re.search(rf"<({'|'.join(self.tags)})>(.*?)</\1>", text, re.DOTALL)


INVALID = "\nMy previous action is invalid. To search, put a query between <search> and </search>; to answer, put it between <answer> and </answer>. Try again.\n"  # noqa: E501  # one message, as the policy sees it
SEARCH_OR_ANSWER = Grammar(("search", "answer"), INVALID)


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
    """What was said in turn by a policy that searches texts. `search(query)` gives (title, text) of documents.

    Words stand in for the 500 tokens of an observation.
    """

    def reply(tag: str, content: str) -> str:
        return information(search(content), max_words)

    return dialogue(prompt, say, reply, SEARCH_OR_ANSWER, max_turns=max_turns)


def dialogue(
    prompt: str,
    say: Callable[[str], str],
    reply: Callable[[str, str], str],
    grammar: Grammar,
    *,
    max_turns: int,
) -> list[Said]:
    """What was said in turn. `say(context)` continues the text, `reply(tag, content)` is what the environment says.

    A turn is cut after its first closed action. After the last turn the policy speaks once more and nothing is done.
    """
    parts: list[Said] = []
    invalid = 0
    for _ in range(max_turns):
        spoken = say(prompt + "".join(part.text for part in parts))
        found = grammar.first(spoken)
        parts.append(Said(spoken[: found.end()] if found else spoken, True))
        if found is None:
            invalid += 1
            if invalid > grammar.max_invalid:
                return parts
            parts.append(Said(grammar.invalid, False))
        elif found[1] == "answer":
            return parts
        else:
            parts.append(Said(reply(found[1], found[2].strip()), False))
    return [*parts, Said(say(prompt + "".join(part.text for part in parts)), True)]


def information(documents: Sequence[tuple[str, str]], max_words: int = INFORMATION_WORDS) -> str:
    """Documents as the policy reads them, cut to `max_words`."""
    text = " ".join(f"Doc {i}(Title: {title}) {body}" for i, (title, body) in enumerate(documents, 1))
    return informed(" ".join(text.split()[:max_words]))


def informed(text: str) -> str:
    """What the environment says, between the tags that only it may write."""
    return f"\n\n<information>{text}</information>\n\n"
