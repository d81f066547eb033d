"""An agent that parses the clues of a question and searches name by name until it can solve them."""

from __future__ import annotations

import re

from leadline.bench.clues import Listing, parse_list, parse_question
from leadline.bench.protocol import Answer, Cited, Prompt
from leadline.tasks.graph import ConstraintGraph, solve
from leadline.tasks.makers.regimes import careful_reader
from leadline.tasks.reader import Knowledge, Statement, read_statements
from leadline.tasks.schema import BY_NAME
from leadline.tasks.search import LibrarySearch


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
