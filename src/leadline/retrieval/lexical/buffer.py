"""Documents on their way into a segment: analysed at once, kept as numbers, turned into arrays at the end.

Analysis is remembered per distinct chunk of text (`Vocabulary`), so that a token costs one dictionary lookup.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np

from leadline.errors import UsageError
from leadline.retrieval.lexical.analysis import Analyzer
from leadline.retrieval.lexical.facets import facet_arrays
from leadline.retrieval.lexical.postings import MAX_LENGTH, invert, text_table
from leadline.retrieval.lexical.segment import Array

FIELD_GAP = 16
"""Empty positions between two fields, so that no phrase reaches across."""
_PENDING = 200_000
MAX_ID = 1024


class Vocabulary(dict[str, int]):
    """chunk -> code. 0 and up: the number of its one term; -1: a stop word; below: entry -2 - code of `several`."""

    def __init__(self, analyzer: Analyzer) -> None:
        super().__init__()
        self._analyzer = analyzer
        self.numbers: dict[str, int] = {}
        self.several: list[list[int]] = []
        self[""] = self._code([-1] * FIELD_GAP)

    def __missing__(self, chunk: str) -> int:
        numbers = self.numbers
        code = self[chunk] = self._code(
            [-1 if t is None else numbers.setdefault(t, len(numbers)) for t in self._analyzer.terms(chunk)]
        )
        return code

    def _code(self, terms: list[int]) -> int:
        if len(terms) == 1:
            return terms[0]
        self.several.append(terms)
        return -1 - len(self.several)

    def expand(self, codes: Array) -> tuple[Array, Array]:
        """Term numbers (-1 for stop words) of coded chunks, and how many each chunk has."""
        counts = np.ones(len(codes), np.int64)
        odd = np.flatnonzero(codes < -1)
        if not len(odd):
            return codes, counts
        sizes = np.array([len(s) for s in self.several])
        flat = np.array([n for s in self.several for n in s], np.int32)
        starts = np.cumsum(sizes) - sizes
        which = -2 - codes[odd]
        counts[odd] = sizes[which]
        tokens = np.repeat(codes, counts)
        inner = np.arange(counts[odd].sum()) - np.repeat(np.cumsum(counts[odd]) - counts[odd], counts[odd])
        tokens[tokens < -1] = flat[np.repeat(starts[which], counts[odd]) + inner]
        return tokens, counts


class Buffer:
    """Add documents, then take `arrays()`. A document added again or dropped leaves no trace."""

    def __init__(self, analyzer: Analyzer, vocabulary: Vocabulary) -> None:
        self._analyzer = analyzer
        self._vocabulary = vocabulary
        self._place: dict[str, int] = {}
        self._ids: list[str] = []
        self._sizes: list[int] = []
        self._named: list[tuple[tuple[str, int], ...]] = []
        self._facets: list[tuple[bytes, ...]] = []
        self._digests: list[bytes] = []
        self._pending: list[str] = []
        self._codes: list[Array] = []
        self.n_chunks = 0

    def __len__(self) -> int:
        return len(self._place)

    @property
    def ids(self) -> list[str]:
        return list(self._place)

    def add(self, id: str, text: str | Mapping[str, str], facets: tuple[bytes, ...]) -> None:
        """Analyse a document. A mapping gives one text per field; they are searched as one, in that order."""
        checked_id(id)
        fields = (("", text),) if isinstance(text, str) else tuple(text.items())
        digest = blake2b(id.encode(), digest_size=16)
        named: list[tuple[str, int]] = []
        size = 0
        for name, value in fields:
            digest.update(f"\0{name}\0".encode())
            digest.update(value.encode("utf-8", "replace"))
            if size:
                self._pending.append("")
                size += 1
            chunks = self._analyzer.chunks(clean(value))
            self._pending += chunks
            size += len(chunks)
            named.append((name, len(chunks)))
        if size > MAX_LENGTH // 2:
            raise UsageError(f"Document {id!r} has {size:,} tokens.", remedy="Cut it into passages first.")
        for key in facets:
            digest.update(b"\0" + key)
        self._place[id] = len(self._ids)
        self._ids.append(id)
        self._sizes.append(size)
        self._named.append(tuple(named))
        self._facets.append(facets)
        self._digests.append(digest.digest())
        self.n_chunks += size
        if len(self._pending) > _PENDING:
            self._encode()

    def drop(self, id: str) -> None:
        self._place.pop(id, None)

    def _encode(self) -> None:
        codes = map(self._vocabulary.__getitem__, self._pending)
        self._codes.append(np.fromiter(codes, np.int32, len(self._pending)))
        self._pending = []

    def arrays(self) -> tuple[dict[str, Array], tuple[str, ...]]:
        """The arrays of a segment (segment.py) and its fields. Documents in the order of their ids."""
        self._encode()
        tokens, counts = self._vocabulary.expand(np.concatenate(self._codes))
        self._codes = []
        ids = sorted(self._place)
        order = np.array([self._place[i] for i in ids], np.int64)
        chunk_ends = np.concatenate([[0], np.cumsum(self._sizes)])
        token_ends = np.concatenate([[0], np.cumsum(counts)])
        starts = token_ends[chunk_ends]
        tokens, doc_start = _reorder(tokens, starts, order)
        terms_before = np.concatenate([[0], np.cumsum(tokens >= 0)])
        lengths = np.diff(terms_before[doc_start]).astype(np.uint32)
        tokens, terms = self._sort_terms(tokens)
        postings = invert(tokens, doc_start, lengths)
        id_table, id_at = text_table([i.encode() for i in ids])
        term_table, term_at = text_table(terms)
        fields, bounds = self._field_arrays(order, chunk_ends, token_ends)
        digest = np.frombuffer(b"".join(self._digests), np.uint64).reshape(-1, 2)[order]
        return {
            "ids": id_table,
            "id_at": id_at,
            "lengths": lengths,
            "digest": digest,
            "terms": term_table,
            "term_at": term_at,
            **postings,
            **facet_arrays(self._facets[i] for i in order),
            **bounds,
        }, fields

    def _sort_terms(self, tokens: Array) -> tuple[Array, list[bytes]]:
        """Renumber the terms that occur by their bytes."""
        names = [name.encode() for name in self._vocabulary.numbers]
        used = np.zeros(len(names) + 1, np.bool_)
        used[tokens] = True  # -1, the gap, marks the extra last entry
        chosen = sorted((i for i in np.flatnonzero(used[:-1]).tolist()), key=names.__getitem__)
        number = np.full(len(names) + 1, -1, np.int32)
        number[chosen] = np.arange(len(chosen))
        return number[tokens], [names[i] for i in chosen]

    def _field_arrays(
        self, order: Array, chunk_ends: Array, token_ends: Array
    ) -> tuple[tuple[str, ...], dict[str, Array]]:
        names = sorted({name for named in self._named for name, _ in named if name})
        arrays = {
            f"{side}:{n}": np.zeros(len(self._ids), np.uint32) for n in names for side in ("from", "to")
        }
        for doc, named in enumerate(self._named if names else ()):
            at = first = int(chunk_ends[doc])
            for name, size in named:
                at += at > first  # the gap between two fields is one chunk
                if name:
                    arrays[f"from:{name}"][doc] = token_ends[at] - token_ends[first]
                    arrays[f"to:{name}"][doc] = token_ends[at + size] - token_ends[first]
                at += size
        return tuple(names), {name: array[order] for name, array in arrays.items()}


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
