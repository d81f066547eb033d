"""Which documents a text names: titles, file names and reference numbers, found at word borders, longest first.

This is the link structure of a folder that nobody linked: "the lanterns come under contract C-2022-07" names the
document called "Supply contract C-2022-07". Letter case, accents and a closing parenthesis ("Billy Elliot (film)")
do not matter; documents with the same title are all named. Ranking by such mentions is what lets a question over
several documents be answered at all (arXiv:2510.01553, knowledge-graph retrieval).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

from leadline.evidence.model import Document

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_CODE = re.compile(r"(?<![\w-])[A-Z]{1,6}-?\d[\w]*(?:[-/]\d+)*(?![\w])")
_CLOSING = re.compile(r"\s*\([^()]*\)\s*$")
MAX_WORDS = 40
"""Longer names are not looked for: nobody writes them out."""
MIN_CHARACTERS = 5
"""Shorter names ("It", "Home") stand in every text."""


class Mention(NamedTuple):
    """Text [start, end) names these documents, in order of id."""

    start: int
    end: int
    documents: tuple[str, ...]


class _Node:
    """A word of a name: what may follow, and the documents whose name ends here."""

    __slots__ = ("documents", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.documents: tuple[str, ...] = ()


class Titles:
    """Made once from documents; `mentions` then walks a tree of words, one look-up per word of a possible name."""

    def __init__(self, documents: Iterable[Document]) -> None:
        named: dict[tuple[str, ...], set[str]] = {}
        for document in documents:
            for name in names_of(document):
                named.setdefault(tuple(word for word, _, _ in _words(name)), set()).add(document.id)
        named.pop((), None)
        self._tree = _Node()
        for words, ids in named.items():
            node = self._tree
            for word in words:
                node = node.next.setdefault(word, _Node())
            node.documents = tuple(sorted(ids))

    def mentions(self, text: str, *, capitals: bool = True) -> list[Mention]:
        """Longest names first come, first served, from left to right.

        With `capitals`, a mention must start with a capital letter or a digit: in running text that is what tells
        a name from a word. Questions are often typed without, so pass False for them.
        """
        words = list(_words(text))
        found: list[Mention] = []
        at = 0
        while at < len(words):
            mention = self._at(text, words, at, capitals)
            if mention is None:
                at += 1
            else:
                found.append(mention[0])
                at += mention[1]
        return found

    def _at(
        self, text: str, words: list[tuple[str, int, int]], at: int, capitals: bool
    ) -> tuple[Mention, int] | None:
        start = words[at][1]
        if capitals and not (text[start].isupper() or text[start].isdigit()):
            return None
        longest, node = None, self._tree
        for length, (word, _, end) in enumerate(words[at : at + MAX_WORDS], 1):
            below = node.next.get(word)
            if below is None:
                break
            node = below
            if node.documents:
                longest = Mention(start, end, node.documents), length
        return longest


def names_of(document: Document) -> set[str]:
    """What a document may be called: its title, the title without its closing parenthesis, its file name in
    words, and the reference numbers in either.

    >>> d = Document("d", "Order (draft)", "", "a/C-2022-07-nordlys.pdf", "", "")
    >>> sorted(names_of(d))
    ['C 2022 07 nordlys', 'C-2022-07', 'Order', 'Order (draft)']
    """
    stem = file_stem(document)
    names = {document.title, _CLOSING.sub("", document.title), re.sub(r"[-_.]+", " ", stem)}
    names.update(code for text in (document.title, stem) for code in _CODE.findall(text))
    return {name for name in names if len(name) >= MIN_CHARACTERS and not name.replace(" ", "").isdigit()}


def file_stem(document: Document) -> str:
    """The name of its file, or of the member of an archive, without the suffix."""
    return PurePosixPath(document.uri.split("!")[-1].split("#")[0]).stem


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """(folded word, start, end) of each word; a possessive 's is not part of it.

    >>> [word for word, _, _ in _words("Lothair II's Café")]
    ['lothair', 'ii', 'cafe']
    """
    for match in _WORD.finditer(text):
        word, end = match.group(), match.end()
        if word.lower().endswith(("'s", "’s")):
            word, end = word[:-2], end - 2
        yield _fold(word), match.start(), end


@lru_cache(maxsize=100_000)
def _fold(word: str) -> str:
    if word.isascii():
        return word.lower()
    pieces = unicodedata.normalize("NFKD", word.casefold())
    return "".join(piece for piece in pieces if not unicodedata.combining(piece)).replace("’", "'")
