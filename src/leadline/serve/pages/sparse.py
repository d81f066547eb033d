"""A collection ranked by SPLADE: every passage as weighted words, encoded in the background when a page first asks.

Weights are kept on the disk in an index of impacts, each under the hash of the text that it was made of. So a changed
collection encodes only its new passages, and a server that was stopped goes on where it was. Indexing a collection
costs nothing more for it: only who looks at this ranking pays.
"""

from __future__ import annotations

import shutil
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillAtIt
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from threading import Event, Lock
from typing import NamedTuple, Protocol

import msgspec

from leadline.errors import Busy, StoreError, UsageError
from leadline.files import home
from leadline.retrieval.base import Hit, Hits
from leadline.retrieval.collection import Collection
from leadline.retrieval.dense import ranked
from leadline.retrieval.entries import indexed_texts
from leadline.retrieval.impacts import Encoder, ImpactIndex
from leadline.retrieval.lexical.impact_buffer import SCALE, quantise

MAX_PASSAGES = 5_000
"""Larger collections are not encoded: a core takes 20 to 50 ms for a passage, so these are minutes already."""
BATCH = 64
"""Passages after which what was encoded is kept."""
WAIT_S = 2.0
"""How long a page waits for the encoding before it says how far it has come."""
STATES = 4
"""Collection states whose index stays open."""


class Pieces(Encoder, Protocol):
    """An encoder that also says which words of its vocabulary a text is made of."""

    def pieces(self, text: str) -> list[str]: ...


class Match(NamedTuple):
    """A word of the query and of a passage with both weights; it is `added` where one of the texts lacks it."""

    word: str
    query: float
    passage: float
    added: bool

    @property
    def product(self) -> float:
        return self.query * self.passage


@dataclass(frozen=True)
class Ready:
    """The encoded passages of one state of a collection: text hash -> ids of the passages with that text."""

    index: ImpactIndex
    encoder: Pieces
    owners: Mapping[str, Sequence[str]]

    def search(self, query: str, k: int) -> Hits:
        """The best k passages by the dot product of weights, without places."""
        found = self.index.search_weights(self.encoder.encode([query]), k, texts=[query])[0]
        scores = [(id, hit.score / SCALE**2) for hit in found.hits for id in self.owners[hit.id]]
        parameters = {"encoder": self.encoder.name}
        return msgspec.structs.replace(found, hits=ranked(scores, k), parameters=parameters)

    def words(self, query: str) -> list[Match]:
        """The query as the encoder reads it, the heaviest word first (`passage` is 0 here)."""
        own = set(self.encoder.pieces(query))
        weights = quantise(self.encoder.encode([query])[0])
        found = [Match(word, value / SCALE, 0.0, word not in own) for word, value in weights.items()]
        return sorted(found, key=lambda match: (-match.query, match.word))

    def matches(self, query: str, texts: Mapping[str, str]) -> dict[str, list[Match]]:
        """Passage id -> the words that it shares with the query, the largest product first: they add up to its score.

        `texts` are what was encoded of each passage. A word's product is the score of a search for it alone.
        """
        keys = {id: _key(text) for id, text in texts.items()}
        own = {id: set(self.encoder.pieces(text)) for id, text in texts.items()}
        words = self.words(query)
        alone = self.index.search_weights([{one.word: one.query} for one in words], max(1, len(keys)),
                                          {"key": sorted(set(keys.values()))}) if words and keys else []  # fmt: skip
        found: dict[str, list[Match]] = {id: [] for id in texts}
        for one, hits in zip(words, alone, strict=True):
            score = {hit.id: hit.score for hit in hits.hits}
            for id in texts:
                if keys[id] in score:
                    weight = score[keys[id]] / SCALE**2 / one.query
                    found[id].append(Match(one.word, one.query, weight, one.added or one.word not in own[id]))
        return {
            id: sorted(some, key=lambda match: (-match.product, match.word)) for id, some in found.items()
        }


class Sparse:
    """Encodes collections one after the other; `take` waits a moment for one and says how far it is."""

    def __init__(
        self,
        encoder: Callable[[], Pieces] | None = None,
        *,
        wait_s: float = WAIT_S,
        most: int = MAX_PASSAGES,
        batch: int = BATCH,
    ) -> None:
        self._encoder = cache(encoder or _splade)
        self.wait_s, self.most, self.batch = wait_s, most, batch
        self._states: OrderedDict[str, Future[Ready]] = OrderedDict()
        self._done: dict[str, int] = {}
        self._lock, self.leaving = Lock(), Event()
        self._line = ThreadPoolExecutor(1, thread_name_prefix="leadline-sparse")

    def take(self, collection: Collection) -> Ready:
        """The collection encoded. Raises Busy while that goes on, UsageError where it is too large or a library is
        missing, ModelError without the weights; the last two say what to install.
        """
        n = collection.manifest.n_passages
        if n > self.most:
            raise UsageError(
                f"Learned-sparse ranking is for at most {self.most:,} passages here; this collection has {n:,}.",
                remedy="Make a smaller collection of the folder that matters, or measure it on judged data with "
                "leadline bench retrieval --retriever splade.",
            )
        encoder = self._encoder()
        with self._lock:
            made = self._states.get(collection.index_id)
            if made is None or (made.done() and made.exception() is not None):  # what failed is tried again
                made = self._line.submit(self._make, collection, encoder)
            self._states[collection.index_id] = made
            self._states.move_to_end(collection.index_id)
            while len(self._states) > STATES:
                old, dropped = self._states.popitem(last=False)
                dropped.cancel()
                self._done.pop(old, None)
        try:
            return made.result(self.wait_s)
        except StillAtIt:
            done = self._done.get(collection.index_id, 0)
            raise Busy(f"Encoding: {done:,} of {n:,} passages. It is done once, and kept.") from None

    def close(self) -> None:
        """Stop after the present passages; what was encoded is kept."""
        self.leaving.set()
        self._line.shutdown(wait=True, cancel_futures=True)

    def _make(self, collection: Collection, encoder: Pieces) -> Ready:
        texts, owners = dict[str, str](), defaultdict[str, list[str]](list)
        for id, text in passage_texts(collection):
            texts[_key(text)] = text
            owners[_key(text)].append(id)
        index = _opened(_folder(collection.name), encoder)
        known = set(index.ids())
        new = [key for key in texts if key not in known]
        self._done[collection.index_id] = sum(len(owners[key]) for key in known.intersection(texts))
        if known == texts.keys():
            return Ready(index, encoder, owners)
        with index.writer() as writer:
            for key in known.difference(texts):
                writer.delete(key)
            for n, key in enumerate(new, 1):
                writer.add(key, encoder.encode([texts[key]])[0], {"key": key})
                self._done[collection.index_id] += len(owners[key])
                if n % self.batch == 0:
                    writer.commit()
                if self.leaving.is_set():
                    raise Busy("The server stops.")
        return Ready(index, encoder, owners)


def passage_texts(collection: Collection) -> Iterator[tuple[str, str]]:
    """(passage id, what is indexed of it) of all passages: as the other rankings see them, title and headings first."""
    for id, passages in groupby(collection.passages(), lambda passage: passage.document):
        some = list(passages)
        for passage, text in zip(some, indexed_texts(collection.document(id), some), strict=True):
            yield passage.id, text


def texts_of(collection: Collection, hits: Sequence[Hit]) -> dict[str, str]:
    """Passage id -> what is indexed of it, for some hits."""
    found: dict[str, str] = {}
    for hit in hits:
        passage = collection.passage(hit.id)
        found[hit.id] = indexed_texts(collection.document(passage.document), [passage])[0]
    return found


def _key(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _folder(name: str) -> Path:
    """Where the index of a collection is kept; those of collections that are gone are removed on the way."""
    base = home() / "cache" / "splade"
    for old in base.iterdir() if base.is_dir() else ():
        if old.name not in Collection.names():
            shutil.rmtree(old, ignore_errors=True)
    return base / name


def _opened(folder: Path, encoder: Encoder) -> ImpactIndex:
    """The index in a folder; a damaged one, or one of another encoder, is made anew: it is only a cache."""
    try:
        if folder.is_dir():
            return ImpactIndex.open(folder, encoder)
    except StoreError:
        shutil.rmtree(folder, ignore_errors=True)
    return ImpactIndex.create(folder, encoder)


def _splade() -> Pieces:
    from leadline.models.splade import SpladeTiny

    return SpladeTiny()
