"""Chunks of text -> numbered terms. Analysis happens once per distinct chunk, so a token costs one lookup."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from leadline.retrieval.lexical.analysis import Analyzer
from leadline.retrieval.lexical.engine import coding
from leadline.retrieval.lexical.segment import Array

FIELD_GAP = 16
"""Empty positions between two fields, so that no phrase reaches across."""
GAP = "\0"
"""The chunk that stands for them; texts hold no zero bytes."""


class Vocabulary(dict[str, int]):
    """chunk -> code. 0 and up: the number of its one term; -1: a stop word; below: entry -2 - code of `several`."""

    def __init__(self, analyzer: Analyzer) -> None:
        super().__init__()
        self._analyzer = analyzer
        self.numbers: dict[str, int] = {}
        self.names: list[bytes] = []
        """Terms by number, in UTF-8."""
        self.several: list[list[int]] = []
        self[GAP] = self._code([-1] * FIELD_GAP)
        self._table: Any = None
        self._codes = np.empty(1 << 12, np.int32)
        self._n_codes = 0
        self.n_characters = 0
        """Of all text that was encoded."""
        self._order: list[int] = []

    def number(self, term: str) -> int:
        number = self.numbers.setdefault(term, len(self.names))
        if number == len(self.names):
            self.names.append(term.encode())
        return number

    def _learned(self, chunks: list[str]) -> list[int]:
        """The codes of chunks. Nearly all are one term, and a large collection has a million of them."""
        terms, numbers, names, codes = self._analyzer.terms, self.numbers, self.names, list[int]()
        for chunk in chunks:
            if chunk in self:
                codes.append(self[chunk])
                continue
            found = terms(chunk)
            term = found[0] if len(found) == 1 else None
            if term is None:
                codes.append(self._code([-1 if t is None else self.number(t) for t in found]))
                continue
            number = numbers.setdefault(term, len(names))
            if number == len(names):
                names.append(term.encode())
            codes.append(number)
        return codes

    def _code(self, terms: list[int]) -> int:
        if len(terms) == 1:
            return terms[0]
        self.several.append(terms)
        return -1 - len(self.several)

    def encode(self, pieces: list[str]) -> tuple[Array, Array]:
        """Codes of the chunks of all pieces (as `Analyzer.spaced` leaves them), and how many each piece has."""
        self.n_characters += sum(map(len, pieces))
        module = coding(self.n_characters)
        if module is None:
            chunks = [piece.split() for piece in pieces]
            sizes = np.array([len(c) for c in chunks], np.int64)
            flat = list(chain.from_iterable(chunks))
            fresh = [chunk for chunk in dict.fromkeys(flat) if chunk not in self]
            self.update(zip(fresh, self._learned(fresh), strict=True))
            return np.fromiter(map(self.__getitem__, flat), np.int32, len(flat)), sizes
        if self._table is None:
            self._table = module.ChunkTable()
        places, sizes, fresh = self._table.code(pieces)
        end = self._n_codes + len(fresh)
        if end > len(self._codes):
            self._codes = np.concatenate([self._codes, np.empty(end, np.int32)])
        self._codes[self._n_codes : end] = self._learned(fresh)
        self._n_codes = end
        return self._codes[places], sizes

    def expand(self, codes: Array) -> tuple[Array, Array | None]:
        """Term numbers (-1 for stop words) of coded chunks, and how many each chunk has (None: one)."""
        odd = np.flatnonzero(codes < -1)
        if not len(odd):
            return codes, None
        counts = np.ones(len(codes), np.int64)
        sizes = np.array([len(s) for s in self.several])
        flat = np.fromiter(chain.from_iterable(self.several), np.int32, int(sizes.sum()))
        starts = np.cumsum(sizes) - sizes
        which = -2 - codes[odd]
        counts[odd] = sizes[which]
        tokens = np.repeat(codes, counts)
        inner = np.arange(counts[odd].sum()) - np.repeat(np.cumsum(counts[odd]) - counts[odd], counts[odd])
        tokens[tokens < -1] = flat[np.repeat(starts[which], counts[odd]) + inner]
        return tokens, counts

    def sorted(self) -> Array:
        """All term numbers in the order of their bytes. Adding terms to a sorted list costs one merge."""
        known = len(self._order)
        if known < len(self.names):
            fresh = sorted(range(known, len(self.names)), key=self.names.__getitem__)
            self._order = sorted(self._order + fresh, key=self.names.__getitem__)
        return np.array(self._order, np.int64)
