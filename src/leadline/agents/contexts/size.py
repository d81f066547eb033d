"""How large a context gets: DeepMiner's arithmetic, and tokens sent over a whole run."""

from __future__ import annotations

from collections.abc import Callable


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
