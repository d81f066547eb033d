"""WISE: prompts whose picture needs knowledge that they do not state (PKU-YuanGroup/WISE). Here its text side: does a
brief for the generator say what the prompt leaves unsaid? The explanation is hidden from the agent, no picture is made.

For pictures that a judge has marked, bench.metrics.pictures has the official scores.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

from leadline.bench.drawn_emblems import page_document
from leadline.bench.metrics.pictures import WISE_WEIGHTS, wise_overall
from leadline.bench.protocol import Answer, Case, Protocol, Scored, Scores, Twin, mean_of
from leadline.environments.emblems import Commission, make_emblems
from leadline.errors import SourceError
from leadline.models.judge import Judge, content_words

FIELDS = ("prompt_id", "Prompt", "Explanation", "Category")
CATEGORIES = {
    "Cultural knowledge": "culture", "time": "time", "Space": "space", "Biology": "biology",
    "Physical Knowledge": "physics", "Chemistry": "chemistry",
}  # fmt: skip


def load(path: Path) -> list[Case]:
    """data_verified/merge.json, or any other of the repository's lists of prompts. Raises SourceError with record and
    field."""
    try:
        records = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise SourceError(f"{path} is not JSON: {error}.") from error
    cases = []
    for number, record in enumerate(records if isinstance(records, list) else [records], 1):
        missing = [field for field in FIELDS if not isinstance(record, dict) or not record.get(field)]
        if missing:
            raise SourceError(f"{path}, record {number}: the field {missing[0]!r} is missing.")
        category = CATEGORIES.get(record["Category"], record["Category"])
        metadata = {"category": category, "subcategory": record.get("Subcategory", "")}
        gold = {"answers": [record["Explanation"]]}
        cases.append(Case(str(record["prompt_id"]), record["Prompt"], gold, metadata))
    return cases


def twin(seed: int, n: int) -> Twin:
    """Commissions of invented emblems; what they leave unsaid stands on a page."""
    emblems = make_emblems(max(24, 2 * n), seed)
    cases = []
    for emblem in random.Random(seed).sample(emblems, n):
        told = f'The emblem of the {emblem.name} carries the words "{emblem.motto}".'
        gold = {"answers": [told], "evidence": [page_document(emblem).id]}
        cases.append(
            Case(emblem.plate, Commission(emblem, "white", True).prompt, gold, {"category": "culture"})
        )
    return Twin(cases, [page_document(emblem) for emblem in emblems])


def recall(wanted: set[str], said: str) -> float:
    """Share of the wanted words that are said; 1 when nothing is wanted.

    >>> recall(set(content_words("mooncakes at a festival")), "A plate of mooncakes"), recall(set(), "")
    (0.5, 1.0)
    """
    return len(wanted & set(content_words(said))) / len(wanted) if wanted else 1.0


def score(case: Case, answer: Answer, judge: Judge) -> Scores:
    """Recall of the explanation's content words, and of those among them that the prompt does not hold: repeating the
    prompt earns some of the first and nothing of the second. No judge is asked."""
    wanted = set(content_words(case.gold["answers"][0]))
    unsaid = wanted - set(content_words(case.prompt))
    return {"recall": recall(wanted, answer.text), "unsaid": recall(unsaid, answer.text)}


def over_all(scored: Sequence[Scored]) -> Scores:
    """Means by category; with all six of them the benchmark's weighted mean too."""
    groups: dict[str, list[Scored]] = {}
    for one in scored:
        groups.setdefault(one.case.metadata.get("category", ""), []).append(one)
    means = {name: mean_of(cases, "unsaid") for name, cases in sorted(groups.items())}
    found = {f"unsaid, {name}": mean for name, mean in means.items()}
    whole = set(WISE_WEIGHTS["verified"]) <= set(means)
    return found | ({"unsaid, weighted": wise_overall(means)} if whole else {})


PROTOCOL = Protocol(
    name="wise-text",
    title="WISE, what the prompt leaves unsaid",
    paper="2503.07265",
    licence="none stated: use locally, do not redistribute",
    how_to_get="Clone PKU-YuanGroup/WISE and take data_verified/merge.json.",
    main="recall",
    twin=twin,
    score=score,
    load=load,
    official={"cases": 1000},
    known={
        "10f2690624ed8f03f21bd3e9c535e26f791da8bab67ac857903bede65985b82d": "merge.json, verified release (eb51174)"
    },
    over_all=over_all,
)
