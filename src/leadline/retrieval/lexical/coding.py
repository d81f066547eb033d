"""Compiled cutting and coding of text: what `Vocabulary` does, an order of magnitude faster. Needs numba.

A chunk is known by two independent 64-bit hashes; one memory access finds it. That two of a million chunks share
both has a chance below 1e-26.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from leadline.retrieval.lexical.segment import Array

_SPACE = np.zeros(256, np.bool_)
_SPACE[[9, 10, 11, 12, 13, 28, 29, 30, 31, 32]] = True  # what str.split cuts at in ASCII


class ChunkTable:
    """Hashes of chunks -> their place in order of first appearance. Open addressing, at most half full."""

    def __init__(self) -> None:
        self._keys = np.zeros((1 << 12, 2), np.uint64)
        self._place = np.full(1 << 12, -1, np.int32)
        self._n = 0

    def code(self, pieces: list[str]) -> tuple[Array, Array, list[str]]:
        """Places of all chunks of all pieces, how many each piece has, and the chunks that are new, in order."""
        encoded = [piece.encode() for piece in pieces]
        data = np.frombuffer(b"".join(encoded), np.uint8)
        ends = np.cumsum([len(e) for e in encoded])
        out = np.empty(len(data) // 2 + len(pieces) + 1, np.int32)
        sizes = np.zeros(len(pieces), np.int64)
        state = np.zeros(3, np.int64)  # piece, byte, chunks so far
        fresh: list[str] = []
        raw = bytes(data)
        while state[0] < len(pieces):
            room = len(self._place) // 2 - self._n
            spans = np.empty((room, 2), np.int64)
            found = _code(data, ends, _SPACE, self._keys, self._place, self._n, spans, out, sizes, state)
            fresh += [raw[a:b].decode() for a, b in spans[:found].tolist()]
            self._n += found
            if state[0] < len(pieces):
                self._grow()
        return out[: state[2]], sizes, fresh

    def _grow(self) -> None:
        keys, place = self._keys, self._place
        self._keys = np.zeros((2 * len(place), 2), np.uint64)
        self._place = np.full(2 * len(place), -1, np.int32)
        _rehash(keys, place, self._keys, self._place)


@njit(cache=True)
def _code(data, ends, space, keys, place, n_known, spans, out, sizes, state):  # type: ignore[no-untyped-def]
    """Fills out and sizes from `state` on; stops when `spans`, the room for new chunks, is used up."""
    mask = np.uint64(len(place) - 1)
    n_new, m = 0, state[2]
    i = state[1]
    for piece in range(state[0], len(ends)):
        end = ends[piece]
        while True:
            while i < end and space[data[i]]:
                i += 1
            if i >= end:
                break
            begin = i
            one, two = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)
            while i < end and not space[data[i]]:
                byte = np.uint64(data[i])
                one = (one ^ byte) * np.uint64(0x100000001B3)
                two = (two + byte) * np.uint64(0xFF51AFD7ED558CCD)
                two ^= two >> np.uint64(32)
                i += 1
            slot = (one ^ (one >> np.uint64(29))) & mask
            while place[slot] >= 0 and not (keys[slot, 0] == one and keys[slot, 1] == two):
                slot = (slot + np.uint64(1)) & mask
            if place[slot] < 0:
                if n_new == len(spans):
                    state[0], state[1], state[2] = piece, begin, m
                    return n_new
                keys[slot, 0], keys[slot, 1] = one, two
                place[slot] = n_known + n_new
                spans[n_new, 0], spans[n_new, 1] = begin, i
                n_new += 1
            out[m] = place[slot]
            m += 1
            sizes[piece] += 1
    state[0], state[1], state[2] = len(ends), i, m
    return n_new


@njit(cache=True)
def _rehash(old_keys, old_place, keys, place):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(place) - 1)
    for i in range(len(old_place)):
        if old_place[i] >= 0:
            one = old_keys[i, 0]
            slot = (one ^ (one >> np.uint64(29))) & mask
            while place[slot] >= 0:
                slot = (slot + np.uint64(1)) & mask
            keys[slot, 0], keys[slot, 1] = one, old_keys[i, 1]
            place[slot] = old_place[i]
