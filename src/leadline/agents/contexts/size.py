"""How large a context gets: DeepMiner's arithmetic, tokens sent over a whole run, and what pictures cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


def shown_tokens(
    calls: int, *, question: int, assistant: int, result: int, blank: int = 0, placeholder: int = 12
) -> int:
    """Tokens in the context when `calls` results have come and `blank` of them are placeholders."""
    return question + calls * assistant + (calls - blank) * result + blank * placeholder


def sent_tokens(calls: int, blanked: Callable[[int], int], **sizes: int) -> int:
    """Tokens of all requests of a run of `calls` tool calls, the one for the final answer included.

    >>> sizes = dict(question=300, assistant=250, result=2000)
    >>> sent_tokens(2, lambda t: 0, **sizes)  # 300 + 2,550 + 4,800
    7650
    """
    return sum(shown_tokens(n, blank=blanked(n), **sizes) for n in range(calls + 1))


def calls_that_fit(limit: int, blanked: Callable[[int], int], **sizes: int) -> int:
    """The largest number of tool calls whose contexts, the final answer's included, stay within `limit` tokens.

    >>> from leadline.agents.contexts.window import blanked
    >>> sizes = dict(question=300, assistant=250, result=2000)
    >>> calls_that_fit(32_768, lambda t: 0, **sizes), calls_that_fit(32_768, lambda t: blanked(t, 5, 3), **sizes)
    (14, 85)
    """
    calls = 0
    while True:
        following = calls + 1
        room = limit - sizes["assistant"]  # the turn that reads the result must fit too
        if shown_tokens(following, blank=blanked(following), **sizes) > room or following > 100_000:
            return calls
        calls = following


class PictureSizes(NamedTuple):
    """Tokens of a turn that finds pictures (LMM-Searcher, arXiv:2604.12890, at laptop scale)."""

    text: int = 800
    pictures: int = 5
    pixels: int = 1000
    name: int = 25
    stub: int = 20

    @property
    def inline(self) -> int:
        """A turn whose pictures are in the context."""
        return self.text + self.pictures * self.pixels

    @property
    def named(self) -> int:
        """A turn whose pictures stand there by name.

        >>> PictureSizes().inline, PictureSizes().named
        (5800, 925)
        """
        return self.text + self.pictures * self.name

    def kept_last(self, turns: int, k: int) -> int:
        """Tokens after `turns` turns of which the last k are whole, with pictures, and the others a stub.

        >>> PictureSizes().kept_last(100, 5)
        30900
        """
        whole = min(turns, k)
        return whole * self.inline + (turns - whole) * self.stub
