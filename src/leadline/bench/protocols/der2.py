"""DeR2: one question, four evidence regimes (arXiv:2601.21937). A case is a question in one regime."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from leadline.bench.metrics.answers import verify_answer
from leadline.bench.metrics.regimes import fragility
from leadline.bench.protocol import Answer, Case, Protocol, Scored, Scores, Twin, mean_of
from leadline.bench.twin import twin_world
from leadline.errors import SourceError
from leadline.models.judge import Judge
from leadline.tasks.item import Item
from leadline.tasks.makers.regimes import evidence, make

COLUMNS = ("id", "instruction", "CoT", "concepts", "answer")


def load(path: Path) -> list[Case]:
    """DeR2-300.tsv: only regimes I and C, since the document archive is not published. Documents of 163,000 tokens
    and more would be cut by `bench.metrics.regimes.truncate_middle`."""
    csv.field_size_limit(sys.maxsize)
    cases = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t"), 2):
            missing = [c for c in COLUMNS if not row.get(c)]
            if missing:
                raise SourceError(f"{path}, line {number}: the field {missing[0]!r} is missing.")
            for regime, text in (
                ("I", row["instruction"]),
                ("C", f"{row['instruction']}\n\n{row['concepts']}"),
            ):
                cases.append(
                    Case(f"{row['id']}-{regime}", text, {"answers": [row["answer"]]}, {"regime": regime})
                )
    return cases


def twin(seed: int, n: int) -> Twin:
    """n questions in all four regimes; the evidence is part of the prompt, so the corpus stays empty."""
    world, library = twin_world(seed, 20)
    cases = [regime_case(item, regime) for item in make(world, library, n, seed) for regime in "ICRF"]
    return Twin(cases, library.documents[:1])


def regime_case(item: Item, regime: str) -> Case:
    prompt = "\n\n".join([item.question, *evidence(item, regime)])
    gold = {"answers": list(item.answers), "answer_type": "number"}
    return Case(f"{item.id}-{regime}", prompt, gold, {"regime": regime, "k": item.metadata["k"]})


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Accuracy, also under the name of its regime, so that means give I, C, R and F."""
    value = verify_answer(answer.text, case.gold["answers"], case.gold.get("answer_type", "text"))
    return {"accuracy": value, f"accuracy {case.metadata['regime']}": value}


def over_all(scored: Sequence[Scored]) -> Scores:
    """The gaps between the regimes that were run, and the share of questions that are right alone and lost with all
    documents (fragility)."""
    found = {
        r: mean_of(scored, f"accuracy {r}")
        for r in "ICRF"
        if any(s.case.metadata["regime"] == r for s in scored)
    }
    pairs = {"knowledge": ("C", "I"), "doc": ("C", "R"), "noise": ("R", "F"), "rloss": ("C", "F")}
    differences = {name: found[a] - found[b] for name, (a, b) in pairs.items() if a in found and b in found}
    right = {
        (s.case.id.rpartition("-")[0], s.case.metadata["regime"]): s.scores["accuracy"] == 1 for s in scored
    }
    items = sorted(i for i, regime in right if regime == "I" and (i, "F") in right)
    lost = fragility([right[i, "I"] for i in items], [right[i, "F"] for i in items])
    return {**differences, **({"fragility": lost} if items else {})}


PROTOCOL = Protocol(
    name="der2",
    title="DeR2",
    paper="2601.21937",
    licence="none stated: use locally, do not redistribute",
    how_to_get="Take DeR2-300.tsv from the GitHub repository Retrieval-Infused-Reasoning-Sandbox.",
    main="accuracy",
    twin=twin,
    score=score,
    load=load,
    over_all=over_all,
    official={"cases": 600},
    known={
        "3473fab60fd1509c99e93c40c5612a03de527f722d7bc4e5c02cc559ad7d05c4": "DeR2-300.tsv of 3 February 2026 (95a8aba9)"
    },
)
