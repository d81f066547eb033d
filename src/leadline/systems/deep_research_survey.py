"""Deep Research, a systematic survey: its taxonomy as an acceptance checklist (arXiv:2512.02038).

Idea: a deep research system plans queries, acquires information, manages memory and writes a verifiable answer; take a
component away and a measurable thing must get worse.
Method: `leadline audit` lists every leaf with the test that shows it; the experiment removes one component at a time
from a rule-based researcher on multi-hop questions.
Departs: the survey body could not be read; criteria are ours. The reader is rule-based.
Not verified: leaves marked (i) in the audit; nothing numeric is claimed by the survey itself.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.clue_reader import reader
from leadline.bench.clues import parse_question
from leadline.bench.metrics.answers import verify_answer
from leadline.bench.protocol import Answer, Case, Prompt, Twin
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.bench.twin import answer_twin
from leadline.models.judge import RuleJudge
from leadline.tasks.graph import solve
from leadline.tasks.reader import Knowledge
from leadline.tasks.search import LibrarySearch, library_search


def no_planning(prompt: Prompt, search: LibrarySearch) -> Answer:
    """One query with the question itself, no follow-up."""
    return reader(prompt, search, budget=1)


def no_memory(prompt: Prompt, search: LibrarySearch) -> Answer:
    """Every search is read and forgotten: only one result list at a time can be reasoned over."""
    graph = parse_question(prompt.prompt)
    full = reader(prompt, search)
    if graph is None:
        return full
    for name in full.retrieved:
        found = solve(graph, Knowledge.of([search.by_id[name].text]), limit=2)
        if len(found) == 1:
            return Answer(found[0], retrieved=(name,))
    return Answer(retrieved=full.retrieved)


def accuracy(twin: Twin, agent: object) -> float:
    """Share of questions answered right."""

    def score(case: Case, answer: Answer) -> float:
        return verify_answer(answer.text, case.gold["answers"], case.gold["answer_type"])

    assert callable(agent)
    with library_search(twin.documents) as search:
        return float(np.mean([score(c, agent(Prompt(c.id, c.prompt), search)) for c in twin.cases]))


def unsupported(twin: Twin, rng: np.random.Generator, *, checked: bool) -> float:
    """Share of unsupported statements in drafts that mix true sentences with altered ones (40 %), with and without the
    attribution check of a judge."""
    judge, wrong, total = RuleJudge(0.8), 0, 0
    for document in twin.documents[:80]:
        for sentence in [s + "." for s in document.text.split("\n\n", 1)[-1].split(". ") if s.strip()][:3]:
            altered = rng.random() < 0.4 and any(c.isdigit() for c in sentence)
            said = (
                "".join(str((int(c) + 3) % 10) if c.isdigit() else c for c in sentence)
                if altered
                else sentence
            )
            if checked and judge.judge(said, document.text).verdict != "supported":
                continue
            wrong, total = wrong + altered, total + 1
    return wrong / total if total else 0.0


@system(
    slug="deep-research-survey",
    title="Deep Research: a systematic survey, as an acceptance checklist",
    paper="2512.02038",
    idea="Planning, acquisition, memory, answer: each component earns its place by what is lost without it.",
    parts=("bench.clue_reader", "bench.audit", "models.judge"),
    claims=(
        Claim("planning", "Without follow-up queries multi-hop answers are lost", "accuracy", "full", "no planning"),
        Claim("memory", "Without memory between searches they are lost too", "accuracy", "full", "no memory"),
        Claim("attribution", "Without the check unsupported statements stay", "unsupported share", "checked",
              "unchecked", "lower"),
    ),
    departs="Rule-based reader; criteria of the checklist are ours.",
    not_verified="The survey's own wording of inferred leaves.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    twin = answer_twin("multihop", seed, 40 if scale == "full" else 8)
    full = accuracy(twin, reader)
    rng = np.random.default_rng([seed, 81])
    return {
        "planning": Pair(accuracy(twin, no_planning), full),
        "memory": Pair(accuracy(twin, no_memory), full),
        "attribution": Pair(unsupported(twin, rng, checked=False), unsupported(twin, rng, checked=True)),
    }
