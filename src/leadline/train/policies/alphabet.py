"""A character tokenizer for policies trained from scratch: id 0 pads, id 1 ends, then the alphabet in its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from leadline.errors import UsageError

PAD, END = 0, 1


class Codec(Protocol):
    """Text and token ids. `decode` stops at the end token and leaves padding out."""

    def encode(self, text: str, *, end: bool = False) -> list[int]: ...

    def decode(self, ids: Sequence[int]) -> str: ...


@dataclass(frozen=True)
class Alphabet:
    """`characters` are distinct. Text outside them is refused, with the character named."""

    characters: str

    @property
    def size(self) -> int:
        return len(self.characters) + 2

    def encode(self, text: str, *, end: bool = False) -> list[int]:
        unknown = sorted(set(text) - set(self.characters))
        if unknown:
            raise UsageError(f"The policy's alphabet has no {unknown[0]!r} (in {text[:40]!r}).")
        return [self.characters.index(c) + 2 for c in text] + ([END] if end else [])

    def decode(self, ids: Sequence[int]) -> str:
        """Text up to the first end; padding is left out."""
        text = []
        for i in ids:
            if i == END:
                break
            if i != PAD:
                text.append(self.characters[i - 2])
        return "".join(text)
