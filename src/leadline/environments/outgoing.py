"""What may leave in a request: nothing that was read in the collection word for word, and none of its codes.

A run that reads private documents and also asks the web or an MCP server could be told by a text to carry one to the
other. A request is refused if it holds four words in a row, or a code (a number, an address, a key), that the run has
read in the collection and that neither the question nor anything from outside has said. Single names may leave:
following one is what a search is for. A model that retells a document in other words is not noticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

RUN = 4
"""So many words in a row are a quotation."""
_WORD = re.compile(r"\w+")
_CODE = re.compile(r"[^\s\"'<>(),;{}\[\]/?&=:#]*[\d@][^\s\"'<>(),;{}\[\]/?&=:#]*")
MIN_CODE = 4


class Outgoing:
    """Remembers what a run has read inside and outside; `question` may leave as it is."""

    def __init__(self, question: str = "") -> None:
        self._inside: set[str] = set()
        self._free = set(pieces(question))

    def read(self, text: str, *, inside: bool) -> None:
        """Take in a text that the run was shown, from the collection or from outside."""
        (self._inside if inside else self._free).update(pieces(text))

    def carried(self, arguments: dict[str, object]) -> str:
        """The first piece of the collection that a request would carry out; empty when there is none."""
        said = unquote(" \n ".join(_texts(arguments)))
        found = (piece for piece in pieces(said) if piece in self._inside and piece not in self._free)
        return next(found, "")


def pieces(text: str) -> Iterator[str]:
    """Quotations of RUN words and codes of a text, in lower case.

    >>> list(pieces("The key of the safe is AB-1234."))
    ['the key of the', 'key of the safe', 'of the safe is', 'the safe is ab', 'safe is ab 1234', 'ab-1234']
    """
    words = _WORD.findall(text.lower())
    for start in range(len(words) - RUN + 1):
        yield " ".join(words[start : start + RUN])
    for code in _CODE.findall(text.lower()):
        code = code.strip(".:!?")
        if len(code) >= MIN_CODE:
            yield code


def _texts(value: object) -> Iterator[str]:
    """Every text inside of a call's arguments; numbers as they are written."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (str(key), *_texts(item))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif value is not None:
        yield value if isinstance(value, str) else msgspec.json.encode(value).decode()
