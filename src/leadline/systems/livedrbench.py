"""LiveDRBench: deep research as claim discovery (arXiv:2508.04183).

Idea: score a researcher by the claims it finds, as a tree, instead of judging its prose.
Method: precision and recall over claims, each weighted by the share of its sub-claims that are right (Eq. 1).
Departs: the 100 tasks are encrypted on a hub; the twin inverts problems over a seeded world of 120 entities with
three one-fact documents each, so that gold is known by construction. Agents are rules over BM25.
Not verified: judge agreement with people, weights other than 1, the trace study of closed systems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from leadline.bench.metrics.claims import Judged, set_scores, tree_scores
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.names import unique_words
from leadline.tasks.render.library import Library, compose
from leadline.tasks.search import LibrarySearch, library_search

FAMILIES, METHODS = ("laminar", "porous", "woven", "cast"), ("annealing", "etching", "milling", "plating")
Gold = dict[str, tuple[str, str]]
Agent = Callable[[LibrarySearch, str, str, int], Gold]


def corpus(rng: np.random.Generator, n: int = 120) -> tuple[Library, dict[tuple[str, str], Gold]]:
    """Three one-fact documents per entity, and for each (family, method) its entities with year and place."""
    words, library = unique_words(rng), Library()
    places = [next(words) for _ in range(12)]
    tasks: dict[tuple[str, str], Gold] = {}
    for _ in range(n):
        name, year, place = next(words), str(rng.integers(1950, 2024)), places[rng.integers(12)]
        family, method = FAMILIES[rng.integers(4)], METHODS[rng.integers(4)]
        tasks.setdefault((family, method), {})[name] = (year, place)
        facts = (f"{name} belongs to the {family} family.", f"{name} is made by {method}.",
                 f"{name} was first seen in {year} at {place}.")  # fmt: skip
        for part, text in enumerate(facts):
            compose(library, f"live/{name}-{part}", name, [(text, -1, "")])
    return library, tasks


def single_shot(search: LibrarySearch, family: str, method: str, budget: int) -> Gold:
    """One query; believes whatever names it sees, knows no details."""
    return dict.fromkeys((d.title for d in search(f"{family} family made by {method}", 10)), ("", ""))


def fan_out(search: LibrarySearch, family: str, method: str, budget: int) -> Gold:
    """List candidates of the family, verify the method of each, then look up year and place."""
    found: Gold = {}
    names = [
        d.title for d in search(f"belongs to the {family} family", 60) if f"the {family} family" in d.text
    ]
    for name in names:
        if search.calls >= budget:
            break
        text = " ".join(d.text for d in search(name, 3) if d.title == name)
        seen = re.search(r"first seen in (\d+) at (\w+)", text)
        if f"made by {method}" in text and seen:
            found[name] = (seen[1], seen[2])
    return found


def scores(found: Mapping[str, tuple[str, str]], gold: Gold) -> tuple[float, float]:
    """Claim-only F1, and Eq. 1's F1 with year and place as sub-claims."""
    judged = []
    for name, details in found.items():
        right = sum(a == b for a, b in zip(details, gold.get(name, ("", "")), strict=True))
        judged.append(Judged(float(name in gold), right=right, predicted=2, gold=2))
    return set_scores(list(found), list(gold), str.__eq__).f1, tree_scores(judged, len(gold)).f1


def run(
    library: Library, tasks: Mapping[tuple[str, str], Gold], agent: Agent, budget: int
) -> tuple[float, float]:
    """Mean claim-only F1 and mean tree F1 over the tasks, one fresh search each."""
    results = []
    with library_search(library.documents) as search:
        for (family, method), gold in sorted(tasks.items()):
            search.calls = 0
            results.append(scores(agent(search, family, method, budget), gold))
    only, tree = np.mean(results, axis=0)
    return float(only), float(tree)


def planted(
    tasks: Mapping[tuple[str, str], Gold], rng: np.random.Generator, recall: float
) -> tuple[float, float]:
    """An agent of known quality (each gold claim found with probability `recall`): (measured, true) recall."""
    measured, hits, total = [], 0, 0
    for gold in tasks.values():
        found = {name: details for name, details in gold.items() if rng.random() < recall}
        measured.append(tree_scores([Judged(1.0, 2, 2, 2) for _ in found], len(gold)).recall * len(gold))
        hits, total = hits + len(found), total + len(gold)
    return sum(measured) / total, hits / total


@system(
    slug="livedrbench",
    title="LiveDRBench: deep research as claim discovery",
    paper="2508.04183",
    idea="Score what was found (a tree of claims), not how it is told.",
    parts=("bench.metrics.claims", "tasks.makers.inverted", "bench.traces"),
    claims=(
        Claim("fan-out", "Fanning out and verifying beats one query", "claim x sub-claim F1", "fan-out",
              "single query"),
        Claim("budget", "F1 rises with the search budget", "claim x sub-claim F1", "budget 60", "budget 15"),
        Claim("gating", "Sub-claims make the score stricter", "F1 of one query", "claims alone", "claims x sub-claims"),
        Claim("planted", "Measured recall is the planted one", "|error| of recall (.02 allowed)", "measured",
              "allowance", "lower"),
    ),
    departs="Procedural twin and rule agents; the official rows are encrypted and not copied.",
    not_verified="Judge-human agreement; the trace study of closed systems; claim weights other than 1.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 31])
    library, tasks = corpus(rng, 120 if scale == "full" else 60)
    once, small, large = (run(library, tasks, *a) for a in ((single_shot, 1), (fan_out, 15), (fan_out, 60)))
    measured, true = planted(tasks, rng, 0.6)
    return {
        "fan-out": Pair(baseline=once[1], method=small[1]),
        "budget": Pair(baseline=small[1], method=large[1]),
        "gating": Pair(baseline=once[1], method=once[0]),
        "planted": Pair(baseline=0.02, method=abs(measured - true)),
    }
