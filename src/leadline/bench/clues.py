"""What a question of the tasks asks, read from its words: a constraint graph, or a list with its condition."""

from __future__ import annotations

import re
from typing import NamedTuple

from leadline.tasks.graph import ConstraintGraph, Edge
from leadline.tasks.reader import Statement, read_statements
from leadline.tasks.schema import PREDICATES


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
