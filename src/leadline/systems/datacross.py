"""DataCross: analysis across tables, databases and pictures of tables (arXiv:2601.21403).

Idea: the insight that matters joins a fact table with something locked elsewhere, often in an image.
Method: reverse synthesis (insights first, sources after), number-matching factuality, cross-source hypotheses.
Departs: planted sources and a scripted analyst of fixed ability with switches; at full scale the picture is drawn,
scanned and read by OCR.
Not verified: the 200 official tasks (not obtainable whole), judged logic and insight, the agent's prompts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from leadline.agents.key_source import source_priority
from leadline.bench.metrics.numbers import number_recall
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.makers.cross import Insight, Sources, analyse, plant


def insight_recall(said: list[str], insights: list[Insight], *, only_joined: bool = False) -> float:
    """Share of gold insights stated (their numbers all matched and their names present)."""
    wanted = [i for i in insights if not only_joined or len(i.needs) >= 2]
    text = " ".join(said)
    hits = [number_recall(i.text, text) == 1 and all(w in text for w in re.findall(r"[A-Z]\w+", i.text)) and
            i.text.split(" its ")[-1].rstrip(".") in text for i in wanted]  # fmt: skip
    return float(np.mean(hits))


def read_by_ocr(sources: Sources, seed: int) -> list[tuple[str, str]]:
    """Draw the cause table as a scanned form and read it with the OCR engine."""
    from leadline.models.ocr import read_lines
    from leadline.tasks.render.images import scanned_form

    assert sources.picture is not None
    form = scanned_form("Campaigns", sources.picture[1], seed=seed)
    text = " ".join(read_lines(form.png))
    return [(site, cause) for site, cause in re.findall(r"(\w+):\s*(\w+ campaign)", text)]


def primary_is_fact_table(sources: Sources) -> bool:
    """Key-source identification: the fact table must score highest."""

    def score(rows: Sequence[Sequence[object]], columns: Sequence[str], dated: bool) -> float:
        overlap = sum(c in ("month", "site", "value") for c in columns) / len(columns)
        return source_priority(missing=0, n_columns=len(columns), n_rows=len(rows), has_date=dated, semantic=overlap,
                               judged=overlap)  # fmt: skip

    facts = score(sources.facts[1], sources.facts[0], True)
    others = [score(sources.dimension[1], sources.dimension[0], False)]
    if sources.picture:
        others.append(score(sources.picture[1], sources.picture[0], False))
    return facts > max(others)


@system(
    slug="datacross",
    title="DataCross: cross-modal heterogeneous data analysis",
    paper="2601.21403",
    idea="Plant the insight, scatter its parts over a table, a database and a picture, and see who joins them.",
    parts=("agents.datacross", "agents.key_source",
           "tasks.makers.cross", "bench.metrics.numbers", "bench.metrics.insight", "tasks.render.images"),
    claims=(
        Claim("picture", "On hard tasks the picture is needed", "insights stated (hard)", "with picture", "without"),
        Claim("cross", "Joined insights need cross-pollination", "joined insights stated", "cross", "each alone"),
        Claim("primary", "Key-source identification finds the fact table", "share found", "priority score", "chance"),
    ),
    departs="Planted tasks, scripted analyst; OCR reads the drawn picture at full scale.",
    not_verified="Official tasks; judged dimensions of the score.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    n = 40 if scale == "full" else 10
    hard: list[tuple[Sources, list[Insight]]] = []
    easy: list[tuple[Sources, list[Insight]]] = []
    for number in range(n):
        rng = np.random.default_rng([seed, 44, number])
        (hard if number % 2 else easy).append(plant(rng, hard=number % 2 == 1))
    read = {0: read_by_ocr(hard[0][0], seed)} if scale == "full" else {}
    seeing = [insight_recall(analyse(s, read_picture=read.get(i)), g) for i, (s, g) in enumerate(hard)]
    blind = [insight_recall(analyse(s, use_picture=False), g) for s, g in hard]
    joined = [insight_recall(analyse(s), g, only_joined=True) for s, g in hard + easy]
    alone = [insight_recall(analyse(s, cross=False), g, only_joined=True) for s, g in hard + easy]
    found = float(np.mean([primary_is_fact_table(s) for s, _ in hard + easy]))
    return {
        "picture": Pair(float(np.mean(blind)), float(np.mean(seeing))),
        "cross": Pair(float(np.mean(alone)), float(np.mean(joined))),
        "primary": Pair(0.25, found),
    }
