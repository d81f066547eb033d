"""The knowledge graph of a collection as something to draw: documents and names, linked where a sentence says so.

What links to what is retrieval/graph.py's to find; here it is added up per document, the part around one node or the
best connected part is chosen, and every node gets a place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leadline.errors import NotFound, UsageError
from leadline.retrieval.collection import Collection
from leadline.retrieval.graph import GraphIndex
from leadline.retrieval.statistics import per_state

MAX_PASSAGES = 20_000
"""Larger collections are not drawn: finding their links would keep a page waiting for minutes."""
MOST_NODES = 48
MOST_NAMED = 3
"""A name that more documents share than this is drawn as a name, not as links to all of them."""


class Node(NamedTuple):
    """A document (its id) or a name (`name:...`), and in how many sentences it is linked."""

    id: str
    label: str
    weight: int

    @property
    def is_document(self) -> bool:
        return not self.id.startswith("name:")


class Link(NamedTuple):
    """Two nodes by id, and the number of sentences that link them."""

    a: str
    b: str
    n: int


class Said(NamedTuple):
    """A passage that mentions a node."""

    document: str
    start: int
    end: int
    text: str


class Network:
    """All nodes and links of one state of a collection."""

    def __init__(self, index: GraphIndex) -> None:
        self.index = index
        self.names = index.entity_names()
        found: Counter[tuple[str, str]] = Counter()
        for fact in index.facts:
            document = index.documents[int(index.document_of[fact.passage])]
            for entity in fact.entities:
                found.update((document, other) for other in self._ends(entity) if other != document)
        both: Counter[tuple[str, str]] = Counter()
        for (a, b), n in found.items():
            both[min(a, b), max(a, b)] += n
        self.links = [Link(a, b, n) for (a, b), n in both.items()]
        weights: Counter[str] = Counter()
        for link in self.links:
            weights.update({link.a: link.n, link.b: link.n})
        nodes = [Node(id, self.label(id), weight) for id, weight in weights.items()]
        self.nodes = sorted(nodes, key=lambda node: (-node.weight, node.label, node.id))
        self.by_id = {node.id: node for node in self.nodes}

    def _ends(self, entity: int) -> tuple[str, ...]:
        """Node ids that a mention of the entity leads to."""
        named = self.index.entity_documents[entity]
        if not named and not self.names[entity][:1].isalpha():
            return ()  # "3 The": a number at the head of a sentence, no name
        if not named or len(named) > MOST_NAMED:
            return (f"name:{self.names[entity]}",)
        return tuple(self.index.documents[n] for n in named)

    def label(self, id: str) -> str:
        if id.startswith("name:"):
            return id.removeprefix("name:")
        facets = self.index.facets[id]
        return facets.get("title") or facets.get("uri", id)

    def part(self, about: str) -> tuple[list[Node], list[Link]]:
        """The node `about` with its neighbours, or the best connected nodes; never more than MOST_NODES."""
        if about and about not in self.by_id:
            raise NotFound("node of the graph", about.removeprefix("name:")[:80],
                           [node.label for node in self.nodes[:500]])  # fmt: skip
        near: Counter[str] = Counter()
        for link in self.links:
            if about in (link.a, link.b):
                near[link.b if link.a == about else link.a] += link.n
        chosen = (
            [self.by_id[about], *(self.by_id[id] for id, _ in near.most_common())] if about else self.nodes
        )
        kept = {node.id for node in chosen[:MOST_NODES]}
        return chosen[:MOST_NODES], [link for link in self.links if link.a in kept and link.b in kept]

    def said(self, id: str, most: int = 40) -> list[Said]:
        """Passages whose sentences mention the node, in reading order."""
        entities = {n for n in range(len(self.names)) if id in self._ends(n)}
        passages = {f.passage for f in self.index.facts if entities.intersection(f.entities)}
        chosen = [self.index.passages[n] for n in sorted(passages)]
        other = [p for p in chosen if p.document != id]
        return [Said(p.document, p.start, p.end, p.text) for p in other[:most]]


@per_state
def network(collection: Collection) -> Network:
    """The network of a collection. UsageError when it is too large to be drawn."""
    n = collection.manifest.n_passages
    if n > MAX_PASSAGES:
        raise UsageError(
            f"The graph is drawn for at most {MAX_PASSAGES:,} passages; this collection has {n:,}.",
            remedy="Search it instead, or make a smaller collection of the folder that matters.",
        )
    return Network(GraphIndex(collection.documents(), collection.passages(), index=collection.index_id))


def places(nodes: Sequence[Node], links: Sequence[Link], rounds: int = 200) -> NDArray[np.float64]:
    """(x, y) in [0, 1] per node: springs along links, repulsion between all (Fruchterman, Reingold 1991).

    Own code, since the drawing library is not part of the core and these are a few dozen nodes. The start is a circle
    in the order of the nodes, so that the same network looks the same each time.
    """
    n = len(nodes)
    angle = 2 * np.pi * np.arange(n) / max(n, 1)
    at = 0.5 + 0.4 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    number = {node.id: i for i, node in enumerate(nodes)}
    pull = np.zeros((n, n))
    for link in links:
        a, b = number[link.a], number[link.b]
        pull[a, b] = pull[b, a] = 1.0
    # A node with many links would draw all of them into one heap: its links share its strength.
    strength = np.maximum(pull.sum(axis=1), 1.0)
    pull *= 1.6 / np.sqrt(np.minimum(strength[:, None], strength[None, :]))
    far = (1 / max(n, 1)) ** 0.5
    for step in range(rounds):
        gap = at[:, None] - at[None, :]
        distance = np.maximum(np.linalg.norm(gap, axis=2), 1e-3)
        force = far**2 / distance**2 - pull * distance / far
        move = (gap * force[:, :, None]).sum(axis=1) + 0.4 * (
            0.5 - at
        )  # a little gravity keeps islands in sight
        length = np.maximum(np.linalg.norm(move, axis=1, keepdims=True), 1e-9)
        at = at + move / length * np.minimum(length, 0.1 * (1 - step / rounds))
    low, span = at.min(axis=0, initial=1.0), np.ptp(at, axis=0) if n else np.ones(2)
    return np.where(span > 1e-6, (at - low) / np.maximum(span, 1e-6), 0.5)


def apart(
    at: NDArray[np.float64], sizes: NDArray[np.float64], frame: NDArray[np.float64], rounds: int = 150
) -> NDArray[np.float64]:
    """Centres (n, 2) of boxes of these sizes (n, 2), moved until none covers another, as far as there is room in the
    frame (width, height): two that do go apart along the side on which they overlap less.
    """
    n = len(at)
    first = np.where(np.arange(n)[:, None] < np.arange(n)[None, :], -1.0, 1.0)[:, :, None]
    for _ in range(rounds):
        gap = at[:, None] - at[None, :]
        over = (sizes[:, None] + sizes[None, :]) / 2 - np.abs(gap)
        hit = (over > 0).all(axis=2) & ~np.eye(n, dtype=bool)
        if not hit.any():
            break
        along = over == over.min(axis=2, keepdims=True)
        away = np.where(gap == 0, first, np.sign(gap))
        at = at + (away * over * along * hit[:, :, None]).sum(axis=1) / 4
        at = np.clip(at, sizes / 2, frame - sizes / 2)
    return at
