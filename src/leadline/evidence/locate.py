"""Where a quote stands in a text: exactly, or up to differences that no reader would call a difference.

The second kind covers runs of white space, typographic quotation marks and dashes, ligatures and full-width
forms, soft hyphens and zero-width characters. The span that comes back always holds the text's own characters,
so what is cited is what is written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from leadline.evidence.model import Document, Span

_SAME = str.maketrans(
    {"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
     "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-"}
)  # fmt: skip
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


def locate(quote: str, document: Document, *, near: int = 0) -> Span | None:
    """The span of `document` that says `quote`: an exact one if there is any, else a loose one.

    Of several, the one that starts closest to `near` (an offset in code points; the earlier on a tie).
    None when the quote is not there, is empty, or is hidden from a person's eyes wherever it stands.
    """
    for candidates in (exact(quote, document.text), loose(quote, document.text)):
        open_ones = [(start, end) for start, end in candidates if not is_hidden(document, start, end)]
        if open_ones:
            start, end = min(open_ones, key=lambda stretch: (abs(stretch[0] - near), stretch[0]))
            return Span(document.id, start, end, document.text[start:end])
    return None


def exact(quote: str, text: str) -> Iterator[tuple[int, int]]:
    """Every place where `quote` stands character for character, overlapping ones included.

    >>> list(exact("ana", "banana"))
    [(1, 4), (3, 6)]
    """
    at = text.find(quote) if quote else -1
    while at >= 0:
        yield at, at + len(quote)
        at = text.find(quote, at + 1)


def loose(quote: str, text: str) -> Iterator[tuple[int, int]]:
    """Every place where `quote` stands after both sides are folded by `fold`.

    >>> list(loose("it's  fine", "So it\u2019s\\nfine."))
    [(3, 12)]
    """
    wanted, _ = fold(quote.strip())
    folded, origin = fold(text)
    for start, end in exact(wanted, folded):
        yield origin[start], origin[end - 1] + 1


def fold(text: str) -> tuple[str, list[int]]:
    """The text in the form in which quotes are compared, and for each of its characters the offset it came from.

    >>> fold("a \\n\u201cb\u201d")
    ('a "b"', [0, 1, 3, 4, 5])
    """
    characters: list[str] = []
    origin: list[int] = []
    for offset, character in enumerate(text):
        if character in _INVISIBLE:
            continue
        for piece in _same(character):
            if piece == " " and characters and characters[-1] == " ":
                continue
            characters.append(piece)
            origin.append(offset)
    return "".join(characters), origin


def _same(character: str) -> str:
    if character.isascii():
        return " " if character.isspace() else character
    plain = unicodedata.normalize("NFKC", character.translate(_SAME))
    return " " if plain.isspace() else plain


def is_hidden(document: Document, start: int, end: int) -> bool:
    """Whether any character of [start, end) is hidden from a person who looks at the source."""
    return any(start < last and first < end for first, last in document.hidden)
