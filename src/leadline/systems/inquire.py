"""INQUIRE: natural-world text-to-image retrieval (arXiv:2411.02537).

Idea: expert queries with all relevant photos known; retrieve, and let a second model look at the first hundred.
Method: AP@k divides by min(all positives, k); stage 1 ranks everything, stage 2 scores its first from_k by P(Yes).
Experiment: (A) 128 WordNet nouns over 1,000 real photos, described by what a network saw in them; a seed is one of
five folds of 25 or 26 queries. (B) its rerank budget. (C) drawn scenes, two towers and a judge trained for every seed.
Assumes: A's network knew ImageNet, perhaps some of the photos: differences count, levels do not.
Departs: photos of ImageNet instead of iNat24; in C every query has 10 relevant scenes, so that kinds can be compared.
Not verified: the published scores, which need 5 million photos and models of billions of parameters.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from leadline.bench.photo_search import (
    Noun,
    PhotoSet,
    first_stage,
    photo_index,
    photo_set,
    ranking_scores,
    scored,
    second_stage,
)
from leadline.bench.system import Claim, Pair, Scale, system

FOLDS, BUDGETS = 5, (50, 100, 200, 400)


def mean_ap(queries: list[Noun], rank: Callable[[Noun], list[int]]) -> float:
    """Mean AP@50, times 100."""
    return 100 * float(np.mean([scored(query, rank(query)).ap for query in queries]))


def photo_rankings(photos: PhotoSet, queries: list[Noun]) -> dict[str, float]:
    """AP@50 of every row of the specification's table, and of the rerank budgets ("rerank 100")."""
    with photo_index(photos, definitions=False) as tags, photo_index(photos, definitions=True) as told:
        found = {query.id: first_stage(told, query.expanded, max(BUDGETS)) for query in queries}
        rows = {
            "tags": mean_ap(queries, lambda q: first_stage(tags, q.name, 50)),
            "definitions": mean_ap(queries, lambda q: first_stage(told, q.name, 50)),
        }
    rows["expanded"] = mean_ap(queries, lambda q: found[q.id])
    everything = range(len(photos.photos))

    def reranked(budget: int) -> float:
        return mean_ap(queries, lambda q: second_stage(photos, q, found[q.id][:budget]))

    rows |= {f"rerank {budget}": reranked(budget) for budget in BUDGETS}
    return rows | {"ceiling": mean_ap(queries, lambda q: second_stage(photos, q, everything))}


def drawn(seed: int, steps: int, n_scenes: int, n_queries: int) -> tuple[dict[str, float], Pair]:
    """AP@50 x 100 of the dot product by kind of query; over all kinds, dot product and judge on its top 100."""
    import torch

    from leadline.bench.drawn_scenes import KINDS, ask, draw_scenes, pictures
    from leadline.train.pilots.two_towers import PictureIndex, train_stages

    rng = np.random.default_rng([seed, 2])
    scenes = draw_scenes(n_scenes, rng)
    index = PictureIndex(train_stages(seed, steps), torch.from_numpy(pictures(scenes, rng)))
    first: dict[str, list[float]] = {}
    second: list[float] = []
    for kind in KINDS:
        for asked in ask(scenes, kind, n_queries, 10, rng):
            order, judged = index.search(torch.from_numpy(asked.query), torch.from_numpy(asked.rows))
            first.setdefault(kind, []).append(100 * ranking_scores(asked.labels[order].tolist(), 10).ap)
            second.append(100 * ranking_scores(asked.labels[judged].tolist(), 10).ap)
    kinds = {kind: float(np.mean(values)) for kind, values in first.items()}
    return kinds, Pair(float(np.mean(list(kinds.values()))), float(np.mean(second)))


@system(
    slug="inquire",
    title="INQUIRE: natural-world text-to-image retrieval",
    paper="2411.02537",
    idea="Every relevant photo is known: rank all, let a judge look at the first hundred, divide by min(positives, k).",
    parts=("bench.retrieval_metrics", "bench.photo_search", "bench.drawn_scenes", "bench.protocols.inquire",
           "retrieval.rerank.pointwise", "train.pilots.two_towers"),
    claims=(
        Claim("rerank", "Reranking the first 100 raises AP", "AP@50", "stage 1, then rerank", "stage 1"),
        Claim("knowledge", "Knowledge text beats bare tags", "AP@50", "tags and definitions", "tags"),
        Claim("expansion", "Careless expansion of the query hurts", "AP@50", "query", "query and its definition"),
        Claim("bound", "Reranking is bounded by the recall of stage 1", "AP@50", "rerank all 1,000", "rerank 100"),
        Claim("budget-100", "AP does not fall with the rerank budget: 100 candidates", "AP@50", "100", "50"),
        Claim("budget-200", "... 200", "AP@50", "200", "100"),
        Claim("budget-400", "... 400", "AP@50", "400", "200"),
        Claim("species", "Drawn scenes: species-like queries are no harder than appearance", "AP@50", "species",
              "appearance"),
        Claim("relations", "... and appearance no harder than relations", "AP@50", "appearance", "behavior"),
        Claim("judge", "A yes/no reranker trained on pairs beats the dot product", "AP@50", "judge on top 100",
              "dot product"),
    ),
    departs="ImageNet photos as class probabilities; folds of queries as seeds in A; C trains for 40 s, not five "
    "minutes.",
    not_verified="Published scores on iNat24; labelling by experts.",
    seeds=FOLDS,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    from leadline.train.threads import threads

    photos = photo_set()
    rows = photo_rankings(photos, list(photos.queries[seed % FOLDS :: FOLDS]))
    with threads(1):
        kinds, judge = drawn(seed, 2000, 3000, 16) if scale == "full" else drawn(seed, 5, 1500, 2)
    return {
        "rerank": Pair(rows["expanded"], rows["rerank 100"]),
        "knowledge": Pair(rows["tags"], rows["definitions"]),
        "expansion": Pair(rows["expanded"], rows["definitions"]),
        "bound": Pair(rows["rerank 100"], rows["ceiling"]),
        "budget-100": Pair(rows["rerank 50"], rows["rerank 100"]),
        "budget-200": Pair(rows["rerank 100"], rows["rerank 200"]),
        "budget-400": Pair(rows["rerank 200"], rows["rerank 400"]),
        "species": Pair(kinds["appearance"], kinds["species"]),
        "relations": Pair(kinds["behavior"], kinds["appearance"]),
        "judge": judge,
    }
