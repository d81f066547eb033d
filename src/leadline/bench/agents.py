"""Agents of known ability for the twins, beside the real researcher.

Each sees a prompt and a search over documents, never gold. `silent` answers nothing, `first` quotes the best
document, `reader` (clue_reader.py) solves what can be parsed, `researcher` is the product itself; with a model, every
agent of `leadline agents` can stand here.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from leadline import json_lines
from leadline.bench.clue_reader import reader
from leadline.bench.protocol import Answer, Case, Cited, Prompt
from leadline.errors import NotFound, UsageError
from leadline.evidence.model import Claim, Document
from leadline.own_file import is_own, load
from leadline.retrieval.collection import Collection
from leadline.tasks.search import LibrarySearch

Agent = Callable[[Prompt, LibrarySearch], Answer]


def silent(prompt: Prompt, search: LibrarySearch) -> Answer:
    """Says nothing: every protocol must score it 0."""
    return Answer()


def first(prompt: Prompt, search: LibrarySearch) -> Answer:
    """The best document of one BM25 query, whole."""
    found = search(prompt.prompt, 5)
    if not found:
        return Answer(searches=1)
    best = found[0]
    claims = (Cited(best.text, (best.id,)),)
    return Answer(best.text, (best.id,), tuple(d.id for d in found), 0.5, 1, claims)


def researcher(prompt: Prompt, search: LibrarySearch) -> Answer:
    """The product's extractive researcher over the same documents, as a collection whose ids are theirs."""
    return research_with("extractive", "", prompt, search)


def research_with(name: str, model: str, prompt: Prompt, search: LibrarySearch) -> Answer:
    """An agent of `leadline agents` with the model of a spec ("" for the one that needs none).

    Each case is a run of its own (`leadline runs show`) with its trace. An answer is what the report claims.
    """
    from leadline.agents.inquiry import Inquiry, Runtime
    from leadline.agents.research import pursue
    from leadline.agents.roster import cast
    from leadline.models.specs import model_from

    policy, context = cast(name, model_from(model) if model else None)
    collection = _collection(search.documents)
    asked = Inquiry(prompt.prompt, collection=collection, agent=name, model=model)
    report = pursue(asked, Runtime(policy, context))
    cited = tuple(dict.fromkeys(c.span.document for c in report.citations()))
    claims = tuple(stated(report.claims))
    text = "\n".join(claim.text for claim in claims)
    return Answer(text, cited, cited, claims=claims, run=str(report.run.get("id", "")))


def stated(claims: Sequence[Claim]) -> Iterator[Cited]:
    """All claims that carry a citation, in reading order (headings that only group are left out)."""
    for claim in claims:
        if claim.citations:
            yield Cited(claim.text, tuple(dict.fromkeys(c.span.document for c in claim.citations)))
        yield from stated(claim.claims)


_MAKING = Lock()


def _collection(documents: Sequence[Document]) -> Collection:
    """A collection of exactly these documents, made once and kept under a name that their contents give."""
    digest = hashlib.sha256("".join(f"{d.id}{d.sha256}" for d in documents).encode()).hexdigest()[:16]
    with _MAKING:
        collection = Collection.open(f"bench-{digest}", create=True)
        if len(collection) != len(documents):
            with tempfile.TemporaryDirectory() as folder:
                rows = [
                    {"_id": d.id, "title": d.title, "text": d.text.removeprefix(d.title)} for d in documents
                ]
                for name, content in (("corpus", rows), ("queries", [{"_id": "q", "text": "q"}])):
                    (Path(folder) / f"{name}.jsonl").write_bytes(json_lines.lines(content))
                collection.update([folder])
        return collection


AGENTS: dict[str, Agent] = {"silent": silent, "first": first, "reader": reader, "researcher": researcher}


def answers_in(path: Path, cases: Sequence[Case]) -> Agent:
    """The answers that any system has saved, as an agent: JSON lines {id, text} with what else an Answer has.

    A case without a line counts as failed. UsageError names a line that is no answer, an id that stands twice, and a
    file that answers none of the cases.
    """
    given: dict[str, Answer] = {}
    remedy = 'A line is {"id": "...", "text": "..."}, and may have citations, retrieved, confidence, searches, claims.'
    for number, row in json_lines.read_named(path, dict[str, Any], "a file of answers", remedy):
        case = str(row.pop("id", ""))
        if not case or case in given or not isinstance(row.get("text"), str):
            what = f"the id {case!r} stands twice" if case in given else "it has no id or no text"
            raise UsageError(f"{path}, line {number}: {what}.", remedy=remedy)
        try:
            given[case] = msgspec.convert(row, Answer)
        except msgspec.ValidationError as error:
            raise UsageError(f"{path}, line {number}: {error}.", remedy=remedy) from error
    known = [case.id for case in cases]
    if not set(known) & set(given):
        raise UsageError(
            f"{path} answers none of the cases.", remedy=f"Their ids are like {', '.join(known[:2])}."
        )

    def answer(prompt: Prompt, search: LibrarySearch) -> Answer:
        if prompt.id not in given:
            raise LookupError(f"{path.name} has no answer to it")
        return given[prompt.id]

    return answer


def agent_named(name: str, model: str | None = None) -> Agent:
    """An agent of this file or in a file of the user's, or with the spec of a model one of `leadline agents`.

    NotFound lists near matches; UsageError when a model is given to an agent that uses none, or is lacking.
    """
    from leadline.agents.roster import AGENTS as ROSTER

    if is_own(name):
        own: Agent = load(name, "benchmark agent", "agent").agent
        return own
    if name in AGENTS:
        if model is not None:
            raise UsageError(
                f"The agent {name} uses no model.", remedy="Leave out --model, or try --agent react."
            )
        return AGENTS[name]
    needing = [agent.name for agent in ROSTER if agent.needs_model]
    if name not in needing:
        raise NotFound("benchmark agent", name, [*AGENTS, *needing])
    if model is None:
        raise UsageError(
            f"The agent {name} needs a model.", remedy="Give --model, for example --model local."
        )
    return partial(research_with, name, model)
