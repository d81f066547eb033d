"""Is the packaged local model worth using? `python -m benchmarks.agents_local --data DIR [--questions N]`

The first N of the evaluated nq-oracle questions: share of reports in which a claim with a citation holds a gold answer,
for the researcher without a model and for a chat agent with SmolLM2-135M in this process. Answers of the model are kept
in $LEADLINE_HOME, so an interrupted measurement goes on where it was.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from benchmarks.answers import claims_say
from benchmarks.questions import Asked, collection_of, data_folder, evaluation_questions
from benchmarks.record import record, table

from leadline.agents.research import research
from leadline.agents.roster import cast
from leadline.bench.stats import mean_interval
from leadline.evidence.check import check_report
from leadline.models.base import ChatModel, Message, Reply
from leadline.models.cached import CachedModel
from leadline.models.local import LocalModel
from leadline.retrieval.collection import Collection

MAX_STEPS, MAX_TOKENS, SHOWN_CHARS = 3, 220, 1500


class Small:
    """A model that reads and writes little at a time: results are cut, and answers are short. Counts tokens."""

    def __init__(self, model: ChatModel) -> None:
        self.model, self.name = model, model.name
        self.calls = 0

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        top_logprobs: int = 0,
        schema: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> Reply:
        self.calls += 1
        cut = [msgspec.structs.replace(m, content=m.content[:SHOWN_CHARS]) for m in messages]
        return self.model.chat(
            cut, max_tokens=min(max_tokens, MAX_TOKENS), temperature=temperature, schema=schema, seed=seed
        )


class Seen(NamedTuple):
    """What one agent did: hits per question, and what its reports hold."""

    agent: str
    hits: list[float]
    claims: int
    held: int
    nothing: int


def measure(agent: str, model: ChatModel | None, asked: Sequence[Asked], collection: Collection) -> Seen:
    """Every question once, by the front door; citations are checked against the collection."""
    hits, claims, held, nothing = [], 0, 0, 0
    for one in asked:
        policy, context = cast(agent, model)
        report = research(one.text, collection=collection, policy=policy, context=context,
                          max_steps=MAX_STEPS if model else float("inf"))  # fmt: skip
        hits.append(claims_say(report, one.answers))
        documents = {source.document: collection.document(source.document) for source in report.sources}
        verdicts = check_report(report, documents)
        claims, held = claims + len(verdicts), held + sum(verdict.ok for verdict in verdicts)
        nothing += not report.claims
        print(agent, one.id, hits[-1], flush=True)
    return Seen(agent, hits, claims, held, nothing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--questions", type=int, default=50)
    given = parser.parse_args()
    folder = data_folder(given.data) / "nq-oracle"
    asked, collection = evaluation_questions(folder)[: given.questions], collection_of(folder)
    small = Small(CachedModel(LocalModel()))
    seen = [measure("extractive", None, asked, collection), measure("react", small, asked, collection)]
    rows = []
    for one in seen:
        mean = mean_interval(one.hits)
        interval = f"[{mean.low:.3f}, {mean.high:.3f}]"
        rows.append([one.agent, mean.mean, interval, mean.n, one.claims, one.held, one.nothing])
    text = "\n\n".join([
        f"nq-oracle, the first {len(asked)} evaluated questions. The chat agent runs on {small.name}: at most "
        f"{MAX_STEPS} tool calls, {SHOWN_CHARS} characters of each result, {small.calls} model calls in all.",
        table(["agent", "gold answer in a supported claim", "95 % interval", "n", "citations", "hold", "nothing found"],
              rows),
        "The default agent is the one with the higher share: `extractive`, which needs no model."
        if rows[0][1] >= rows[1][1] else "The chat agent with the local model is ahead.",
    ])  # fmt: skip
    record(
        "agents_local",
        "The packaged local model as a researcher",
        text,
        {"agents": [s._asdict() for s in seen]},
    )


if __name__ == "__main__":
    main()
