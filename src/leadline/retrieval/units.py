"""What is ranked: the document, a passage of packed sentences, or a sliding window; and back to documents by maxP.

The passage unit is that of the text-ranking study (arXiv:2602.21456), the TREC CAsT chunker: whole sentences packed
greedily up to 250 tokens. Upstream it forgets to clear its buffer at a long sentence and emits text twice;
`cast_compat` does the same, for comparable numbers. Upstream counts spaCy tokens; here words and punctuation marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from leadline.errors import NotFound
from leadline.evidence.model import Document, Passage
from leadline.retrieval.passages import CAP, TOKEN, n_tokens
from leadline.retrieval.sentences import sentences


def pack(sizes: Sequence[int], cap: int = CAP, *, cast_compat: bool = False) -> list[list[int]]:
    """Sentence numbers of each chunk, given the sentences' token counts.

    >>> pack([100, 100, 100, 260, 40])
    [[0, 1], [2], [3], [4]]
    >>> pack([100, 100, 100, 260, 40], cast_compat=True)
    [[0, 1], [2], [3], [2, 4]]
    """
    chunks: list[list[int]] = []
    buffer: list[int] = []
    for number, size in enumerate(sizes):
        if size >= cap:
            if buffer:
                chunks.append(buffer)
            chunks.append([number])
            buffer = list(buffer) if cast_compat else []
        elif sum(sizes[i] for i in buffer) + size > cap:
            chunks.append(buffer)
            buffer = [number]
        else:
            buffer = [*buffer, number]
    return [*chunks, buffer] if buffer else chunks


def whole(document: Document) -> list[Passage]:
    """The document as one unit, named like the document."""
    return [Passage(document.id, document.id, 0, len(document.text), document.text)]


def packed(document: Document, cap: int = CAP, *, cast_compat: bool = False) -> list[Passage]:
    """Sentences packed by `pack`. With cast_compat a chunk may be text from two places: it then spans both."""
    borders = sentences(document.text)
    chunks = pack([n_tokens(document.text[a:b]) for a, b in borders], cap, cast_compat=cast_compat)
    found = []
    for number, chunk in enumerate(chunks, 1):
        text = " ".join(document.text[slice(*borders[i])] for i in chunk) if cast_compat else None
        start, end = borders[chunk[0]][0], borders[chunk[-1]][1]
        found.append(
            Passage(f"{document.id}_{number}", document.id, start, end, text or document.text[start:end])
        )
    return found


def windows(document: Document, size: int = 150, stride: int = 75) -> list[Passage]:
    """Windows of `size` words or punctuation marks, each beginning `stride` after the one before."""
    tokens = [(m.start(), m.end()) for m in TOKEN.finditer(document.text)]
    found = []
    for number, first in enumerate(range(0, max(1, len(tokens)), stride), 1):
        piece = tokens[first : first + size]
        if piece:
            start, end = piece[0][0], piece[-1][1]
            found.append(
                Passage(f"{document.id}_{number}", document.id, start, end, document.text[start:end])
            )
        if first + size >= len(tokens):
            break
    return found


UNITS: dict[str, Callable[[Document], list[Passage]]] = {
    "document": whole,
    "passage": packed,
    "passage-cast": lambda document: packed(document, cast_compat=True),
    "window": windows,
}


def unit(name: str) -> Callable[[Document], list[Passage]]:
    """The splitter of that name, or NotFound with near matches."""
    if name not in UNITS:
        raise NotFound("unit", name, UNITS)
    return UNITS[name]


def max_p(passages: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """(document id, score) pairs of passages to documents by their best passage; equal scores by document id.

    >>> max_p([("d1", 3.0), ("d2", 2.5), ("d1", 4.0)])
    [('d1', 4.0), ('d2', 2.5)]
    """
    best: dict[str, float] = {}
    for document, score in passages:
        best[document] = max(score, best.get(document, float("-inf")))
    return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
