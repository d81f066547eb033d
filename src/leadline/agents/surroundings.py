"""What a run acts on: the collection with its tables, and what the agent needs beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Collection as Several
from typing import Any

from leadline.agents.desk import Desk
from leadline.agents.lessons import MemoryEnvironment
from leadline.environments.base import Environment, Permission
from leadline.environments.corpus import CorpusEnvironment
from leadline.environments.granted import Approve, Granted
from leadline.environments.user import Person, UserEnvironment
from leadline.retrieval.collection import Collection
from leadline.retrieval.statistics import per_state, statistics


def environment_of(collection: Collection) -> Desk:
    """Search, open and find over the collection, and its tables where it has any."""
    return Desk(CorpusEnvironment(collection), _ask_tables(collection))


def surroundings(
    collection: Collection,
    *,
    needs: Several[str] = (),
    person: Person | None = None,
    beside: Sequence[Environment] = (),
    granted: Several[Permission] = (),
    question: str = "",
    approve: Approve | None = None,
) -> Environment:
    """The environment of a run.

    `needs` are what an agent asks for (`Policy.needs`): "data", the tables with describe, sql and python; "user", the
    person who asked; "memory", lessons of earlier runs. `beside` are further environments (the web, an MCP server).
    Only tools whose permission is `granted` can be called, and where `approve` is there, only after its yes.
    """
    found: list[Environment] = [environment_of(collection)]
    tables = _tables(collection) if "data" in needs else None
    if tables is not None:
        found.append(tables)
    if "user" in needs:
        found.append(UserEnvironment(person))
    if "memory" in needs:
        found.append(MemoryEnvironment())
    found += beside
    return found[0] if len(found) == 1 else Granted(found, granted, question=question, approve=approve)


@per_state
def _ask_tables(collection: Collection) -> Callable[[str], Any] | None:
    """Answers from the tables of a collection; None where it has none."""
    from leadline.agents.tables import answer_from_tables

    tables = _tables(collection)
    return None if tables is None else lambda question: answer_from_tables(question, tables)


@per_state
def _tables(collection: Collection) -> Any:
    """The tables of a collection, loaded once, those of a file and its copies once; None where it has none."""
    from leadline.environments.data import DataEnvironment

    copies = statistics(collection).copies
    documents = [d for d in collection.documents() if d.tables and d.id not in copies]
    return DataEnvironment(documents) if documents else None
