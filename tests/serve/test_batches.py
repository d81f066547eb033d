"""Searches that come together are answered together, each with its own ranking or error."""

import asyncio
import threading

import pytest

from leadline.errors import UsageError
from leadline.retrieval.base import Hits
from leadline.serve.batches import LARGEST, Batches


class Slow:
    """Searches only when told to; notes what it was asked together."""

    def __init__(self):
        self.go, self.calls = threading.Event(), []

    def __call__(self, queries, k, **options):
        self.calls.append((list(queries), k, options))
        self.go.wait(5)
        if options.get("retriever") == "magic":
            raise UsageError("There is no such retriever.")
        return [Hits(query, (), "index", {"k": k}) for query in queries]


def ask_all(search, questions):
    async def go():
        batches = Batches(search)
        tasks = [asyncio.create_task(batches.ask(*question)) for question in questions]
        await asyncio.sleep(0.05)
        search.go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(go())


def test_what_waits_while_one_runs_is_one_batch():
    search = Slow()
    answers = ask_all(search, [(f"q{n}", 10, {}) for n in range(LARGEST + 3)])
    assert [hits.query for hits in answers] == [f"q{n}" for n in range(LARGEST + 3)]
    assert [len(queries) for queries, _, _ in search.calls] == [LARGEST, 3]


def test_other_parameters_are_another_batch_and_keep_their_errors():
    search = Slow()
    answers = ask_all(search, [("a", 10, {}), ("b", 5, {}), ("c", 10, {"retriever": "magic"}), ("d", 10, {})])
    assert [hits.parameters["k"] for hits in (answers[0], answers[1], answers[3])] == [10, 5, 10]
    with pytest.raises(UsageError, match="no such retriever"):
        raise answers[2]
    assert [queries for queries, _, _ in search.calls] == [["a", "d"], ["b"], ["c"]]


def test_a_search_that_nobody_waits_for_any_more_harms_no_other():
    search = Slow()

    async def go():
        batches = Batches(search)
        gone, stays = (asyncio.create_task(batches.ask(name, 3, {})) for name in ("gone", "stays"))
        await asyncio.sleep(0.05)
        gone.cancel()
        search.go.set()
        return await stays, await batches.ask("later", 3, {})

    assert [hits.query for hits in asyncio.run(go())] == ["stays", "later"]


def test_those_who_were_answered_together_are_searched_for_together_again():
    search = Slow()
    search.go.set()

    async def client(batches, pause):
        await batches.ask("first", 10, {})
        await asyncio.sleep(pause)
        await batches.ask("again", 10, {})

    async def go(pauses):
        batches = Batches(search)
        await asyncio.gather(*(client(batches, pause) for pause in pauses))

    asyncio.run(go([0.0, 0.0, 0.0, 0.0005]))
    assert [len(queries) for queries, _, _ in search.calls] == [4, 4]
    search.calls.clear()
    asyncio.run(go([0.0]))
    assert [len(queries) for queries, _, _ in search.calls] == [1, 1]
