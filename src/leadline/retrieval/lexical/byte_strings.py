"""Sorted byte strings that lie end to end, data[at[i]:at[i + 1]], searched where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadline.retrieval.lexical.segment import Array

REMEMBERED_IDS = 100_000
"""Per segment: some 15 MB."""


def bisect(data: memoryview, at: Array, key: bytes) -> int:
    """The first entry that is not before `key`."""
    low, high = 0, len(at) - 1
    while low < high:
        middle = (low + high) // 2
        if bytes(data[at[middle] : at[middle + 1]]) < key:
            low = middle + 1
        else:
            high = middle
    return low


def find(data: memoryview, at: Array, key: bytes) -> int:
    """The entry that is `key`; -1 if there is none."""
    i = bisect(data, at, key)
    return i if i < len(at) - 1 and bytes(data[at[i] : at[i + 1]]) == key else -1


class KnownIds(dict[int, str]):
    """The ids that were asked for, by document: reading one takes several times as long as finding it here."""

    def __init__(self, data: memoryview, at: memoryview) -> None:
        super().__init__()
        self._data, self._at = data, at

    def __missing__(self, doc: int) -> str:
        if len(self) >= REMEMBERED_IDS:
            self.clear()
        id = self[doc] = str(self._data[self._at[doc] : self._at[doc + 1]], "utf-8")
        return id
