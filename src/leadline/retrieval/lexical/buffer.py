"""Documents on their way into a segment: analysed at once, kept as numbers, turned into arrays at the end."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from leadline.errors import UsageError
from leadline.retrieval.lexical.analysis import Analyzer
from leadline.retrieval.lexical.engine import inversion
from leadline.retrieval.lexical.facets import facet_arrays
from leadline.retrieval.lexical.postings import MAX_LENGTH, compact, term_table, text_table
from leadline.retrieval.lexical.segment import Array
from leadline.retrieval.lexical.vocabulary import GAP, Vocabulary

_PENDING = 1 << 20
"""Characters that are kept before they are cut and coded together."""
MAX_ID = 1024
_MOST_REMEMBERED = 2_000_000


Text = str | Mapping[str, str]
"""One text, or one per field."""


class TextBuffers:
    """Makes buffers that share what was learned of the vocabulary, as long as that is not too much."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._vocabulary = Vocabulary(analyzer)

    def __call__(self) -> Buffer:
        if len(self._vocabulary.names) > _MOST_REMEMBERED:
            self._vocabulary = Vocabulary(self._analyzer)
        return Buffer(self._analyzer, self._vocabulary)


class Buffer:
    """Add documents, then take `arrays()`. A document added again or dropped leaves no trace."""

    def __init__(self, analyzer: Analyzer, vocabulary: Vocabulary) -> None:
        self._analyzer = analyzer
        self._vocabulary = vocabulary
        self._place: dict[str, int] = {}
        self._ids: list[str] = []
        self._fields: list[tuple[str, ...]] = []
        self._facets: list[tuple[bytes, ...]] = []
        self._digests: list[bytes] = []
        self._pieces: list[str] = []
        self._pending = 0
        self._codes: list[Array] = []
        self._sizes: list[Array] = []
        self.n_chunks = 0

    def __len__(self) -> int:
        return len(self._place)

    @property
    def ids(self) -> list[str]:
        return list(self._place)

    def add(self, id: str, text: Text, facets: tuple[bytes, ...]) -> None:
        """Analyse a document. A mapping gives one text per field; they are searched as one, in that order."""
        checked_id(id)
        fields = {"": text} if isinstance(text, str) else text
        if (size := sum(map(len, fields.values()))) > MAX_LENGTH:
            raise UsageError(
                f"Document {id!r} has {size:,} characters.", remedy="Cut it into passages first."
            )
        digest = blake2b(id.encode(), digest_size=16)
        for name, value in fields.items():
            digest.update(f"\0{name}\0{value}".encode("utf-8", "replace"))
            self._pieces += (self._analyzer.spaced(clean(value)), GAP)
        self._pieces.pop()
        for key in facets:
            digest.update(b"\0" + key)
        self._place[id] = len(self._ids)
        self._ids.append(id)
        self._fields.append(tuple(fields))
        self._facets.append(facets)
        self._digests.append(digest.digest())
        self._pending += size + 1
        if self._pending > _PENDING:
            self._encode()

    def drop(self, id: str) -> None:
        self._place.pop(id, None)

    def _encode(self) -> None:
        codes, sizes = self._vocabulary.encode(self._pieces)
        self._codes.append(codes)
        self._sizes.append(sizes)
        self.n_chunks += len(codes)
        self._pieces, self._pending = [], 0

    def arrays(self) -> tuple[dict[str, Array], tuple[str, ...]]:
        """The arrays of a segment (segment.py) and its fields. Documents in the order of their ids."""
        self._encode()
        tokens, counts = self._vocabulary.expand(np.concatenate(self._codes))
        self._codes = []
        piece_at = _ends(np.concatenate(self._sizes))
        piece_at = piece_at if counts is None else _ends(counts)[piece_at]
        first_piece = _ends([max(1, 2 * len(names) - 1) for names in self._fields])
        ids = sorted(self._place)
        order = np.array([self._place[i] for i in ids], np.int64)
        tokens, doc_start = _reorder(tokens, piece_at[first_piece], order)
        gaps = np.flatnonzero(tokens < 0)
        lengths = np.diff(doc_start - np.searchsorted(gaps, doc_start)).astype(np.uint32)
        tokens, terms = self._sort_terms(tokens)
        invert = inversion(self._vocabulary.n_characters).invert
        postings = compact(invert(tokens, doc_start, lengths))
        id_table, id_at = text_table([i.encode() for i in ids])
        fields, bounds = self._field_arrays(order, piece_at, first_piece)
        digest = np.frombuffer(b"".join(self._digests), np.uint64).reshape(-1, 2)[order]
        return {
            "ids": id_table,
            "id_at": id_at,
            "lengths": lengths,
            "digest": digest,
            **term_table(terms),
            **postings,
            **facet_arrays(self._facets[i] for i in order),
            **bounds,
        }, fields

    def _sort_terms(self, tokens: Array) -> tuple[Array, list[bytes]]:
        """Renumber the terms that occur by their bytes."""
        names = self._vocabulary.names
        used = np.zeros(len(names) + 1, np.bool_)
        used[tokens] = True  # -1, the gap, marks the extra last entry
        chosen = self._vocabulary.sorted()
        chosen = chosen[used[chosen]]
        number = np.full(len(names) + 1, -1, np.int32)
        number[chosen] = np.arange(len(chosen))
        return number[tokens], [names[i] for i in chosen.tolist()]

    def _field_arrays(
        self, order: Array, piece_at: Array, first_piece: Array
    ) -> tuple[tuple[str, ...], dict[str, Array]]:
        """Per field the positions [from, to) of each document; the pieces of a document are its fields and gaps."""
        names = sorted({name for fields in self._fields for name in fields if name})
        arrays = {
            f"{side}:{n}": np.zeros(len(self._ids), np.uint32) for n in names for side in ("from", "to")
        }
        for doc, fields in enumerate(self._fields if names else ()):
            first = int(first_piece[doc])
            for i, name in enumerate(fields):
                if name:
                    arrays[f"from:{name}"][doc] = piece_at[first + 2 * i] - piece_at[first]
                    arrays[f"to:{name}"][doc] = piece_at[first + 2 * i + 1] - piece_at[first]
        return tuple(names), {name: array[order] for name, array in arrays.items()}


def _ends(sizes: Any) -> Array:
    """Running sums, beginning with 0."""
    ends = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=ends[1:])
    return ends


def clean(text: str) -> str:
    """Without what cannot be stored: lone surrogates, and the zero byte."""
    if text.isascii():
        return text.replace("\0", " ") if "\0" in text else text
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def checked_id(id: str) -> None:
    try:
        size = len(id.encode())
    except (UnicodeEncodeError, AttributeError):
        size = 0
    if not 0 < size <= MAX_ID or "\0" in id:
        raise UsageError(
            f"{id!r:.80} cannot be an id.", remedy=f"Use 1 to {MAX_ID} bytes of text without zero bytes."
        )


def _reorder(tokens: Array, starts: Array, order: Array) -> tuple[Array, Array]:
    """The stream with the documents in another order (and only those), and where each begins."""
    spans = np.diff(starts)[order]
    new = np.concatenate([[0], np.cumsum(spans)])
    if len(order) == len(starts) - 1 and bool((np.diff(order) == 1).all()):
        return tokens, new
    where = np.repeat(starts[order] - new[:-1], spans) + np.arange(new[-1])
    return tokens[where], new
