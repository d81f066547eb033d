"""Heading paths while a document is built from top to bottom."""

from __future__ import annotations

from leadline.evidence.model import Heading
from leadline.sources.canonical import canonical
from leadline.sources.compose import Composer


class Sections:
    """The stack of open headings; each section is marked when the next one begins."""

    def __init__(self) -> None:
        self.stack: list[tuple[int, str]] = []
        self.start = 0
        self.title = ""

    def open(self, composer: Composer, level: int, text: str, start: int) -> None:
        self.close(composer, start - 1)
        self.stack = [item for item in self.stack if item[0] < level] + [(level, canonical(text))]
        self.start = start
        self.title = self.title or text

    def close(self, composer: Composer, end: int | None = None) -> None:
        if self.stack:
            composer.mark(self.start, Heading(tuple(text for _, text in self.stack)), end)
