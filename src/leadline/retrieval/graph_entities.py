"""What a graph of documents is about: entities by number, found again wherever a text mentions them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from leadline.retrieval.titles import Titles


class Entities:
    """Entities by number: one per set of documents that share a name, one per other useful name."""

    def __init__(self, titles: Titles, number: Mapping[str, int]) -> None:
        self._titles, self._number = titles, number
        self.known: dict[tuple[str, ...] | str, int] = {}
        """Document ids that share a name, or a name -> number, in the order of the numbers."""
        self._by_first: dict[str, list[str]] = {}
        self.documents: list[tuple[int, ...]] = []

    def of(self, text: str, extra: Sequence[str], *, capitals: bool = True) -> tuple[int, ...]:
        """Entities that the text mentions: titles anywhere, and those of the `extra` names that stand in it."""
        mentions = self._titles.mentions(text, capitals=capitals)
        found = [self._entity(mention.documents, mention.documents) for mention in mentions]
        taken = [text[mention.start : mention.end] for mention in mentions]
        found += [
            self._entity(name, ()) for name in extra if name in text and not any(name in t for t in taken)
        ]
        return tuple(dict.fromkeys(found))

    def extra_in(self, query: str) -> list[str]:
        """Useful names without a document of their own that stand in the query."""
        near = [
            name for word in dict.fromkeys(re.findall(r"\w+", query)) for name in self._by_first.get(word, ())
        ]
        return [name for name in near if re.search(rf"\b{re.escape(name)}\b", query)]

    def _entity(self, key: tuple[str, ...] | str, documents: tuple[str, ...]) -> int:
        if key not in self.known:
            self.known[key] = len(self.documents)
            if isinstance(key, str):
                self._by_first.setdefault(re.split(r"\W", key, maxsplit=1)[0], []).append(key)
            self.documents.append(tuple(self._number[document] for document in documents))
        return self.known[key]
