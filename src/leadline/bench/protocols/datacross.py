"""DataCrossBench: analytic insights over several sources (arXiv:2601.21403)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from leadline.bench.metrics.insight import completeness, factuality, overall, strip_type
from leadline.bench.metrics.numbers import number_f1, number_recall
from leadline.bench.protocol import Answer, Case, Protocol, Scores, Twin
from leadline.bench.rating import ASKS, rate
from leadline.bench.twin import twin_world
from leadline.errors import SourceError
from leadline.files import DISK
from leadline.models.judge import Judge, ModelJudge
from leadline.tasks.makers.cross import make
from leadline.tasks.render.library import Library, compose


def load(path: Path) -> list[Case]:
    """A folder of tasks, each with meta-info.json {goal, role, insights, flag_id, input_files}."""
    cases = []
    for file in sorted(path.glob("**/meta-info.json")):
        try:
            meta = json.loads(file.read_text("utf-8"))
            hard = any(str(f).lower().endswith((".png", ".jpg", ".jpeg")) for f in meta["input_files"])
            gold = {"insights": [strip_type(i) for i in meta["insights"]]}
            cases.append(Case(meta["flag_id"], meta["goal"], gold, {"tier": "hard" if hard else "easy"}))
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(f"{file} is not a DataCross task: {error!r}.") from error
    return cases


def twin(seed: int, n: int) -> Twin:
    """Planted tasks; the sources are documents of text lines (the fact table, the dimension, the campaign list)."""
    world, _ = twin_world(seed, 10)
    library, cases = Library(), []
    for item in make(world, Library(), n, seed):
        sources = item.metadata["sources"]
        for name in ("facts", "dimension", "picture"):
            if sources[name]:
                columns, rows = sources[name]
                lines = [(" | ".join(map(str, row)), -1, "") for row in (columns, *rows)]
                compose(
                    library,
                    f"{item.id}/{name}",
                    f"{item.metadata['sources']['profile']['company']} {name}",
                    lines,
                )
        gold = {"insights": [strip_type(a) for a in item.answers], "needs": item.metadata["needs"]}
        cases.append(Case(item.id, item.question, gold, {"tier": item.metadata["tier"]}))
    return Twin(cases, library.documents)


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Overall = .30 F + .25 C + .20 L + .25 I. A judge with a chat model marks factuality, logic and insight; with any
    other its support of the gold insights stands for the three marks (so that I does not punish a copy of the gold)."""
    insights = case.gold["insights"]
    gold = " ".join(insights)
    support = [judge.judge(i, answer.text).score for i in insights]
    mean = sum(support) / len(support) if support else 0.0
    fact = logic = insight = mean
    if isinstance(judge, ModelJudge) and judge.model is not None:
        given = {"goal": case.prompt, "gold": insights, "answer": answer.text}
        fact, logic, insight = (rate(judge.model, aspect, **given) for aspect in ASKS)
    recall = number_recall(gold, answer.text) if answer.text else 0.0
    factual = factuality(recall, fact)
    complete = completeness([[s] for s in support])
    return {
        "overall": overall(factual, complete, logic, insight),
        "factuality": factual,
        "completeness": complete,
        "logic": logic,
        "insight": insight,
        "number recall": recall,
        "number recall (released)": number_recall(gold, answer.text, mode="paper") if answer.text else 0.0,
        "number F1": number_f1(gold, answer.text),
    }


def write(results: Sequence[tuple[Case, Answer]], folder: Path) -> None:
    """{"flag-1": {"pred_insights": [...]}}: one of the accepted forms."""
    rows = {c.id: {"pred_insights": [s for s in a.text.split("\n") if s.strip()]} for c, a in results}
    DISK.write(folder / "predictions.json", msgspec.json.encode(rows))


PROTOCOL = Protocol(
    name="datacrossbench",
    title="DataCrossBench",
    paper="2601.21403",
    licence="not stated",
    how_to_get="Download the release of Anecdote-Q/DataCrossBench (about 1 GB) and give its task folder.",
    main="overall",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 200},
    write=write,
)
