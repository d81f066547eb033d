"""Graph retrieval without a language model: documents, passages, entities and facts, linked by mention.

    document -has- passage -states- fact -mentions- entity -names- document

A fact is a sentence that mentions an entity; an entity is a title (or file name, or reference number) of a
document, or a name that `names` (`graph_names.py`) finds in at least two documents. Two ways to rank:

hop        what the question names, then what those passages mention (IoDResearch, arXiv:2510.01553, section 5A):
           2 for a named document; for a linked one the sum over the passages that link to it of
           1 / sqrt(number of links of the passage) * (1 + share of the question's words in the linking sentence)
pagerank   personalised PageRank from the question's entities (HippoRAG, arXiv:2405.14831), facts weighted by
           the same overlap

Better extractors plug in as a function from text to names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.errors import NotFound
from leadline.evidence.model import Document, Passage
from leadline.retrieval.base import Filter, Hits
from leadline.retrieval.dense import check_k, ranked
from leadline.retrieval.filters import accepts, facets
from leadline.retrieval.graph_entities import Entities
from leadline.retrieval.graph_names import everyday, names
from leadline.retrieval.lexical.analysis import analyzer
from leadline.retrieval.sentences import sentences
from leadline.retrieval.titles import Titles

Extractor = Callable[[str], list[str]]
Way = Literal["hop", "pagerank"]
WAYS: tuple[Way, ...] = ("hop", "pagerank")
DAMPING = 0.5
"""Share of a walk that goes on at each step: HippoRAG's setting, which stays near the question."""
COMMON = 0.02
"""Names in more than this share of the passages say little and are left out (never below 20 passages)."""


class Fact(NamedTuple):
    """A sentence of a passage, its words, and the entities that it mentions."""

    passage: int
    words: frozenset[str]
    entities: tuple[int, ...]


class GraphIndex:
    """Built in memory from documents and their passages; `search` gives passages."""

    def __init__(
        self,
        documents: Iterable[Document],
        passages: Iterable[Passage],
        extract: Extractor = names,
        index: str = "",
    ) -> None:
        kept = sorted(documents, key=lambda document: document.id)
        self.facets = {document.id: facets(document) for document in kept}
        self.titles = Titles(kept)
        self.passages = sorted(passages, key=lambda passage: passage.id)
        self.index = f"graph-{index}" if index else "graph"
        self._words = analyzer("english")
        number = {document.id: n for n, document in enumerate(kept)}
        self.documents = list(number)
        self.document_of = np.array([number[passage.document] for passage in self.passages], np.int64)
        self.passages_of: list[list[int]] = [[] for _ in kept]
        for n, at in enumerate(self.document_of):
            self.passages_of[at].append(n)
        self._entities = Entities(self.titles, number)
        self.facts = self._facts(extract)
        self.entity_documents = self._entities.documents
        self._stating: dict[int, list[Fact]] = {}
        self._mentioning: dict[int, list[Fact]] = {}
        for fact in self.facts:
            self._stating.setdefault(fact.passage, []).append(fact)
            for entity in fact.entities:
                self._mentioning.setdefault(entity, []).append(fact)
        self._edges = self._link()

    # ---- building -----------------------------------------------------------------------------------

    def _facts(self, extract: Extractor) -> list[Fact]:
        """Facts of all passages; names that are no titles must stand in two documents and in few passages."""
        spoken = [list(dict.fromkeys(extract(passage.text))) for passage in self.passages]
        holders: dict[str, set[int]] = {}
        in_passages = Counter(name for said in spoken for name in said)
        for said, document in zip(spoken, self.document_of, strict=True):
            for name in said:
                holders.setdefault(name, set()).add(int(document))
        most = max(20, COMMON * len(self.passages))
        useful = {name for name, inside in holders.items() if len(inside) > 1 and in_passages[name] <= most}
        if extract is names:
            useful -= everyday(holders, (passage.text for passage in self.passages))
        facts = []
        for n, (passage, said) in enumerate(zip(self.passages, spoken, strict=True)):
            mine = [name for name in said if name in useful]
            for start, end in sentences(passage.text):
                sentence = passage.text[start:end]
                entities = self._entities.of(sentence, mine)
                if entities:
                    facts.append(Fact(n, self.words(sentence), entities))
        return facts

    def words(self, text: str) -> frozenset[str]:
        return frozenset(term for term in self._words(text) if term)

    def _link(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Undirected edges as (from, to, fact or -1). Nodes: documents, passages, entities, facts, in this order."""
        d, p, e = len(self.documents), len(self.passages), len(self.entity_documents)
        edges = [(int(document), d + n, -1) for n, document in enumerate(self.document_of)]
        edges += [
            (d + p + entity, document, -1)
            for entity, named in enumerate(self.entity_documents)
            for document in named
        ]
        for n, fact in enumerate(self.facts):
            node = d + p + e + n
            edges.append((d + fact.passage, node, n))
            edges += [(node, d + p + entity, n) for entity in fact.entities]
        table = np.array(edges, np.int64).reshape(-1, 3)
        both = np.concatenate([table, table[:, [1, 0, 2]]])
        return both[:, 0], both[:, 1], both[:, 2]

    def entity_names(self) -> list[str]:
        """Entity number -> what a person calls it: the name, or the title of its first document."""
        facets = self.facets
        return [
            key if isinstance(key, str) else facets[key[0]].get("title") or facets[key[0]].get("uri", key[0])
            for key in self._entities.known
        ]

    # ---- searching ----------------------------------------------------------------------------------

    def search(self, query: str, k: int = 10, filter: Filter | None = None, *, way: Way = "hop") -> Hits:
        """The best k passages by `way`; nothing when the question names nothing that the graph knows."""
        if way not in WAYS:
            raise NotFound("way through the graph", way, WAYS)
        k = check_k(k, len(self.passages))
        scores = self._hop(query) if way == "hop" else self._walk(query)
        pairs = [
            (self.passages[n].id, score)
            for n, score in scores.items()
            if score > 0 and accepts(filter, self.facets[self.passages[n].document])
        ]
        notes = () if pairs else ("The question names nothing that the graph knows.",)
        return Hits(query, ranked(pairs, k), self.index, {"retriever": "graph", "way": way}, notes)

    def search_batch(
        self, queries: Sequence[str], k: int = 10, filter: Filter | None = None, *, way: Way = "hop"
    ) -> list[Hits]:
        return [self.search(query, k, filter, way=way) for query in queries]

    def _hop(self, query: str) -> dict[int, float]:
        asked = self._entities.of(query, self._entities.extra_in(query), capitals=False)
        words = self.words(query)
        named = {document for entity in asked for document in self.entity_documents[entity]}
        scores: dict[int, float] = {}
        for document in sorted(named):
            for n in self.passages_of[document]:
                scores[n] = scores.get(n, 0.0) + 2.0
        seeds = {n for document in named for n in self.passages_of[document]}
        linking = {fact: None for n in sorted(seeds) for fact in self._stating.get(n, ())}
        for entity in asked:
            if not self.entity_documents[entity]:
                linking |= dict.fromkeys(self._mentioning.get(entity, ()))
        degree = Counter(f.passage for f in linking for entity in f.entities if not self._own(f, entity))
        for fact in linking:
            overlap = len(words & fact.words) / max(1, len(words))
            value = (1 + overlap) / max(1, degree[fact.passage]) ** 0.5
            if fact.passage not in seeds:
                scores[fact.passage] = scores.get(fact.passage, 0.0) + value
                continue
            for entity in fact.entities:
                if self._own(fact, entity):
                    continue
                for document in self.entity_documents[entity]:
                    for n in self.passages_of[document]:
                        scores[n] = scores.get(n, 0.0) + value
        return scores

    def _own(self, fact: Fact, entity: int) -> bool:
        """Whether the entity is the name of the fact's own document: no link leads there."""
        return int(self.document_of[fact.passage]) in self.entity_documents[entity]

    def _walk(self, query: str, rounds: int = 30) -> dict[int, float]:
        d, p = len(self.documents), len(self.passages)
        n_nodes = d + p + len(self.entity_documents) + len(self.facts)
        asked = self._entities.of(query, self._entities.extra_in(query), capitals=False)
        if not asked:
            return {}
        start = np.zeros(n_nodes)
        for entity in asked:
            start[d + p + entity] += 1 / len(asked)
        source, target, weight = self._weighted(query)
        rank = start
        for _ in range(rounds):
            moved = np.bincount(target, weights=rank[source] * weight, minlength=n_nodes)
            rank = (1 - DAMPING) * start + DAMPING * moved
        return {n: float(rank[d + n]) for n in range(p)}

    def _weighted(self, query: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Edges with the probability of each step; facts that share words with the question draw more."""
        source, target, fact = self._edges
        words = self.words(query)
        overlap = np.array([len(words & f.words) for f in self.facts] or [0], np.float64) / max(1, len(words))
        weight = np.where(fact >= 0, 1 + 4 * overlap[np.maximum(fact, 0)], 1.0)
        total = np.bincount(source, weights=weight, minlength=int(source.max(initial=0)) + 1)
        return source, target, weight / total[source]
