"""Questions over a small invented world: `?ab pq` -> `s ab p` / observation / ... / `a cd`. Several turns."""

from __future__ import annotations

import numpy as np

from leadline.agents.base import Finish, Outcome, Task
from leadline.environments.base import Action
from leadline.environments.search_world import Question, SearchWorld, World, answer, ask, make
from leadline.train.worlds.base import TaskSet


def tasks(*, hops: tuple[int, ...] = (1, 2), n_entities: int = 30, seed: int = 0) -> TaskSet:
    """One world for training and test; the questions differ by chance only, so ask for other `hops` to generalise."""
    world = make(np.random.default_rng(seed), n_entities=n_entities)

    def draw(rng: np.random.Generator, count: int, split: str) -> list[Task]:
        return [posed(world, ask(world, rng, hops[int(rng.integers(len(hops)))])) for _ in range(count)]

    return TaskSet(
        "search_world", "abcdefghijklpqrsnoe? \n", 7, draw,
        environment=lambda task: SearchWorld(world), parse=parse, max_turns=max(hops) + 2,
    )  # fmt: skip


def parse(text: str) -> Action | Finish:
    """`s QUERY` searches, `a ANSWER` answers; anything else is a search that finds nothing."""
    if text.startswith("a "):
        return Finish(text[2:])
    return Action("search", {"query": text[2:] if text.startswith("s ") else text})


def posed(world: World, question: Question) -> Task:
    said, at = [], question.entity
    for relation in question.chain:
        said.append(f"s {at} {relation}")
        at = world.facts[relation][at]
    gold = answer(world, question)

    def score(outcome: Outcome) -> float:
        return float(outcome.answer == gold and outcome.ending == "finished")

    metadata = {"demonstration": [*said, f"a {gold}"], "hops": len(question.chain), "gold": gold}
    return Task(question.text, f"?{question.text}\n", score, metadata)
