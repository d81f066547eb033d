"""Agents of known ability for the twins, beside the real researcher.

Each sees a prompt and a search over documents, never gold. `silent` answers nothing, `first` quotes the best
document, `reader` parses the clues of a question and searches name by name until it can solve them, `researcher` is
the product itself; with a model, every agent of `leadline agents` can stand here.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import msgspec

from leadline.bench.protocol import Answer, Cited, Prompt
from leadline.errors import NotFound, UsageError
from leadline.evidence.model import Claim, Document
from leadline.retrieval.collection import Collection
from leadline.tasks.graph import ConstraintGraph, Edge, solve
from leadline.tasks.makers.regimes import careful_reader
from leadline.tasks.reader import Knowledge, Statement, read_statements
from leadline.tasks.schema import BY_NAME, PREDICATES
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


def reader(prompt: Prompt, search: LibrarySearch, *, budget: int = 40) -> Answer:
    """Parses the question and answers by reading: lists entry by entry, invented operators from the definitions in
    the prompt, everything else as a constraint graph whose names it searches one after the other."""
    listed = parse_list(prompt.prompt)
    if listed is not None:
        return _read_list(listed, search, budget)
    graph = parse_question(prompt.prompt)
    if graph is None:
        value = careful_reader(prompt.prompt, [prompt.prompt])
        return Answer("" if value is None else str(value), confidence=0.5)
    return _read_graph(graph, prompt.prompt, search, budget)


def _read_graph(graph: ConstraintGraph, question: str, search: LibrarySearch, budget: int) -> Answer:
    """Search the question, then every name that a relation of the question leads to, until one answer is left."""
    knowledge, opened = Knowledge(), dict[str, list[Statement]]()
    relations = {edge.predicate for edge in graph.edges}
    asked, queue = {""}, [question, *_names(question)]
    searches = 0
    while queue and searches < budget:
        query = queue.pop(0)
        if query in asked:
            continue
        asked.add(query)
        searches += 1
        for document in search(query, 10):
            if document.id not in opened:
                opened[document.id] = read_statements(document.text)
                for statement in opened[document.id]:
                    knowledge.add(statement)
        found = solve(graph, knowledge, limit=3)
        if len(found) == 1:
            return Answer(found[0], _bearing(graph, found[0], opened), tuple(opened), 0.9, searches)
        linked = [s for statements in opened.values() for s in statements if s.predicate in relations]
        queue += [end for s in linked if {s.subject, s.value} & asked for end in (s.subject, s.value)]
    return Answer("", (), tuple(opened), 0.1, searches)


class Listing(NamedTuple):
    """ "List every <kind> such that ...": one condition (as a statement about "the <kind>") and details to give."""

    condition: Statement
    details: tuple[str, ...]


def parse_list(question: str) -> Listing | None:
    """The parts of a list question, or None."""
    match = re.fullmatch(r"List every (\w+) such that (.*)\. Give for each: (.*)\.", question)
    if match is None:
        return None
    stated = read_statements(match[2].replace(f"the {match[1]}", "It") + ".")
    return Listing(stated[0], tuple(match[3].split(", "))) if stated else None


def _read_list(listing: Listing, search: LibrarySearch, budget: int) -> Answer:
    """Candidates by the value of the condition, then each candidate's details by name; quotes what it read."""
    _, predicate, value = listing.condition
    seen: dict[str, list[Statement]] = {}
    searches = 0

    def read(query: str, k: int) -> None:
        for document in search(query, k):
            seen.setdefault(document.id, read_statements(document.text))

    read(f"{predicate} {value}", 40)
    known = Knowledge(s for statements in seen.values() for s in statements)
    claims: list[Cited] = []
    for name in known.follow([value], predicate, inverse=True):
        if searches >= budget:
            break
        searches += 1
        read(name, 5)
        homes: dict[Statement, str] = {}
        for document, statements in seen.items():
            for s in statements:
                if s.subject == name and s.predicate in (predicate, *listing.details):
                    homes.setdefault(s, document)
        claims += [
            Cited(BY_NAME[s.predicate].wordings[0].format(s=s.subject, o=s.value), (document,))
            for s, document in homes.items()
        ]
    cited = tuple(dict.fromkeys(document for claim in claims for document in claim.documents))
    text = "\n".join(claim.text for claim in claims)
    return Answer(text, cited, tuple(seen), 0.7, searches + 1, tuple(claims))


def parse_question(question: str) -> ConstraintGraph | None:
    """The constraint graph of a clue question ("Which person is A? Clues: ...") or of a nested one ("What is the
    seat of the maker of X?"); None when it is neither."""
    clues = re.fullmatch(r"Which \w+ is ([A-P])\? Clues: (.*)", question, re.DOTALL)
    if clues:
        edges = [Edge(_term(s.subject), s.predicate, _term(s.value)) for s in _clue_statements(clues[2])]
        return ConstraintGraph(tuple(edges), f"?{clues[1]}") if edges else None
    nested = re.fullmatch(r"What is (.*)\?", question)
    chain: list[str] = []
    phrase = nested[1] if nested else ""
    while phrase:
        for predicate in PREDICATES:
            head = predicate.question.removesuffix("{s}")
            if phrase.startswith(head):
                chain.append(predicate.name)
                phrase = phrase[len(head) :]
                break
        else:
            break
    if not chain or not phrase:
        return None
    terms = [phrase, *(f"?{i}" for i in range(len(chain)))]
    steps = reversed(chain)
    return ConstraintGraph(tuple(Edge(terms[i], p, terms[i + 1]) for i, p in enumerate(steps)), terms[-1])


def _clue_statements(text: str) -> list[Statement]:
    """Statements of the clues. A number, date or word may be asked for too: then a letter stands for it."""
    found = read_statements(text)
    for predicate in PREDICATES:
        if predicate.range != "entity":
            before, after = predicate.wordings[0].split("{s}")[1].split("{o}")
            pattern = rf"([A-Z]\w*(?: [A-Z]\w*)*){re.escape(before)}([A-P]){re.escape(after)}"
            found += [Statement(s, predicate.name, o) for s, o in re.findall(pattern, text)]
    return list(dict.fromkeys(found))


def _term(text: str) -> str:
    return f"?{text}" if re.fullmatch("[A-P]", text) else text


def _names(text: str) -> list[str]:
    return [
        n
        for n in re.findall(r"[A-Z]\w{2,}(?: [A-Z]\w+)*", text)
        if n not in ("Which", "Clues", "What", "List")
    ]


def _bearing(graph: ConstraintGraph, answer: str, opened: dict[str, list[Statement]]) -> tuple[str, ...]:
    """Documents that state something about the answer or about a name of the question."""
    names = {answer, *(t for e in graph.edges for t in (e.subject, e.object) if not t.startswith("?"))}
    predicates = {edge.predicate for edge in graph.edges}
    return tuple(
        document
        for document, statements in opened.items()
        if any(s.predicate in predicates and {s.subject, s.value} & names for s in statements)
    )


def researcher(prompt: Prompt, search: LibrarySearch) -> Answer:
    """The product's extractive researcher over the same documents, as a collection whose ids are theirs."""
    return research_with("extractive", "", prompt, search)


def research_with(name: str, model: str, prompt: Prompt, search: LibrarySearch) -> Answer:
    """An agent of `leadline agents` with the model of a spec ("" for the one that needs none).

    Each case is a run of its own (`leadline runs show`) with its trace. An answer is what the report claims.
    """
    from leadline.agents.research import research
    from leadline.agents.roster import cast
    from leadline.models.specs import model_from

    policy, context = cast(name, model_from(model) if model else None)
    report = research(
        prompt.prompt,
        collection=_collection(search.documents),
        policy=policy,
        context=context,
        cast_as=(name, model),
    )
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
                lines = {"corpus.jsonl": rows, "queries.jsonl": [{"_id": "q", "text": "q"}]}
                for name, content in lines.items():
                    (Path(folder) / name).write_bytes(
                        b"".join(msgspec.json.encode(row) + b"\n" for row in content)
                    )
                collection.update([folder])
        return collection


AGENTS: dict[str, Agent] = {"silent": silent, "first": first, "reader": reader, "researcher": researcher}


def agent_named(name: str, model: str | None = None) -> Agent:
    """An agent of this file, or with the spec of a model one of `leadline agents`. NotFound lists near matches;
    UsageError when a model is given to an agent that uses none, or is lacking."""
    from leadline.agents.roster import AGENTS as ROSTER

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
