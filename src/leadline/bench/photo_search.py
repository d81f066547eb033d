"""Search among 1,000 real photographs as INQUIRE's two stages do (arXiv:2411.02537), without a picture or a network.

A photo is what EfficientNet-Lite0 saw in it (the most probable ImageNet classes). The 128 queries are the WordNet nouns
that cover 5 to 60 of the classes, one per extent; a photo is relevant when its true class lies under the noun. The
network was trained on ImageNet and may know some of the photos: only differences between methods mean something.
Source and licence of the data: photos/LICENSE.txt.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from leadline.bench.retrieval_metrics import ListScores, list_scores
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.query_forms import prose

DATA = Path(__file__).parent / "photos" / "photos.json"
K = 50


class PhotoClass(msgspec.Struct, frozen=True):
    """A class of ImageNet: WordNet id, its names and definition."""

    id: str
    names: tuple[str, ...]
    definition: str


class Noun(msgspec.Struct, frozen=True):
    """A query. `kind` is WordNet's lexicographer file (animal, artifact ...); `classes` are those under it."""

    id: str
    name: str
    definition: str
    kind: str
    classes: frozenset[int]

    @property
    def expanded(self) -> str:
        """Name and definition: a careless expansion."""
        return f"{self.name} {self.definition}"


class Seen(NamedTuple):
    """One class that the network saw in a photo, with its probability."""

    class_id: int
    p: float


class PhotoSet(msgspec.Struct, frozen=True):
    """Photo i shows class i; `photos[i]` lists what the network saw, most probable first, down to .0005."""

    classes: tuple[PhotoClass, ...]
    queries: tuple[Noun, ...]
    photos: tuple[tuple[Seen, ...], ...]

    def text(self, photo: int, *, definitions: bool) -> str:
        """The names of the five most probable classes, each max(1, round(5 p)) times, with or without definitions."""
        parts: list[str] = []
        for seen in self.photos[photo][:5]:
            known = self.classes[seen.class_id]
            said = ", ".join(known.names) + (f": {known.definition}" if definitions else "")
            parts += [said] * max(1, round(5 * seen.p))
        return ". ".join(parts)

    def judged(self, query: Noun, photo: int) -> float:
        """Probability that the photo shows something under the noun: the sum over its classes."""
        return sum(seen.p for seen in self.photos[photo] if seen.class_id in query.classes)


@cache
def photo_set() -> PhotoSet:
    """The data, read once."""
    return msgspec.json.decode(DATA.read_bytes(), type=PhotoSet)


@contextmanager
def photo_index(photos: PhotoSet, *, definitions: bool) -> Iterator[LexicalIndex]:
    """BM25 over the texts of the photos, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        index = LexicalIndex.create(folder)
        with index.writer() as writer:
            for photo in range(len(photos.photos)):
                writer.add(f"{photo:04d}", photos.text(photo, definitions=definitions))
        yield index


def first_stage(index: LexicalIndex, query: str, k: int) -> list[int]:
    """Photos by BM25, best first, at most k."""
    return [int(hit.id) for hit in index.search(prose(query), k).hits]


def second_stage(photos: PhotoSet, query: Noun, ranked: Sequence[int]) -> list[int]:
    """The same photos by their judged probability; equal ones keep the order of the first stage."""
    return sorted(ranked, key=lambda photo: -photos.judged(query, photo))


def ranking_scores(labels: Sequence[bool], n_positive: int, k: int = K) -> ListScores:
    """Metrics of a ranking at k. A shorter list is filled up: without that, AP would be divided by the length of the
    list, and one right item would be worth everything.

    >>> ranking_scores([True], 4).ap
    0.25
    """
    kept = [int(label) for label in labels[:k]]
    kept += [0] * (k - len(kept))
    return list_scores(kept, [float(k - i) for i in range(k)], n_positive)


def scored(query: Noun, ranked: Sequence[int], k: int = K) -> ListScores:
    """Metrics of a ranking of photos for a query."""
    return ranking_scores([photo in query.classes for photo in ranked], len(query.classes), k)
