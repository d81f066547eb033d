"""What a step of a run saw: a search with its hits, an opened page, looked up again in the collection.

A trace keeps only a digest of each result. Reading changes nothing, so the step is taken once more, and the digest
says whether it saw then what is shown now.
"""

from __future__ import annotations

from leadline.agents.loop import result_digest
from leadline.agents.surroundings import environment_of
from leadline.environments.base import Action, Observation
from leadline.environments.corpus import Found, Opened, Results
from leadline.errors import NotFound
from leadline.evidence.model import Span
from leadline.evidence.render.page import escape, tag
from leadline.retrieval.collection import Collection
from leadline.retrieval.lexical.analysis import analyzer
from leadline.runs.trace import Step
from leadline.serve.pages.frame import count
from leadline.serve.pages.playground import marked
from leadline.serve.pages.watch import AGAIN

MOST_HITS = 20
MAX_TEXT = 300


def seen(steps: list[Step], n: str, collection: Collection | None) -> str:
    """What step number n saw, as HTML. NotFound for a step that is not there or that did more than read."""
    step = next((step for step in steps if str(step.n) == n and step.kind in AGAIN), None)
    if step is None:
        raise NotFound("step that only reads", n[:20])
    if collection is None:
        return tag("p", "The collection of this run is not here any more.", cls="note")
    found = environment_of(collection).step(Action(step.kind, step.arguments))
    same = result_digest(found) == step.digest
    note = (
        ""
        if same
        else tag("p", "The collection has changed since: this is what the step would see now.", cls="note")
    )
    return note + _shown(found, collection, str(step.arguments.get("query", "")))


def _shown(found: Observation, collection: Collection, query: str) -> str:
    data = found.data
    if found.error:
        return tag("p", escape(found.error), cls="bad")
    if isinstance(data, Results):
        more = f"{count(len(data.passages), 'passage')} found"
        more += f"; the first {MOST_HITS}." if len(data.passages) > MOST_HITS else "."
        hits = [_hit(hit, collection, query) for hit in data.passages[:MOST_HITS]]
        return tag("p", more, cls="soft") + tag("ol", hits, cls="hits")
    if isinstance(data, Opened):
        return _link(collection, data.document, data.title, data.start, data.end) + tag(
            "div", escape(data.text), cls="text", dir="auto"
        )
    if isinstance(data, list | tuple) and all(isinstance(span, Span) for span in data):
        spans = [
            tag("li", _link(collection, s.document, s.document, s.start, s.end) + tag("p", escape(s.quote), dir="auto"))
            for s in data[:MOST_HITS]
        ]  # fmt: skip
        return tag("ol", spans, cls="hits")
    return tag("pre", escape(found.text[:4000]), tabindex="0")


def _hit(hit: Found, collection: Collection, query: str) -> str:
    text = marked(
        " ".join(hit.text.split())[:MAX_TEXT], query, analyzer(collection.manifest.settings.analyzer)
    )
    link = _link(collection, hit.document, hit.title, hit.start, hit.end)
    score = tag("span", f"score {hit.score:.4f}", cls="soft")
    return tag("li", tag("p", link + " " + score) + tag("p", text, dir="auto"))


def _link(collection: Collection, document: str, title: str, start: int, end: int) -> str:
    address = f"/collections/{collection.name}/documents/{document}?start={start}&end={end}#quote"
    return tag("a", escape(title or document), href=address, dir="auto")
