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
from typing import NamedTuple

import msgspec
import numpy as np

from leadline.bench.metrics.claims import Judged, set_scores, tree_scores
from leadline.bench.protocol import Answer, Case
from leadline.bench.protocols.livedrbench import PROTOCOL
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.bench.traces import Search, analyse_trace
from leadline.models.judge import RuleJudge
from leadline.tasks.names import unique_words
from leadline.tasks.render.library import Library, compose
from leadline.tasks.search import LibrarySearch, library_search

FAMILIES = ("laminar", "porous", "woven", "cast", "sintered", "fluted")
METHODS = ("annealing", "etching", "milling", "plating", "forging", "drawing")
SEEN = re.compile(r"(\w+) was first seen in (\d+) at (\w+)\.")
Gold = dict[str, tuple[str, str]]
Tasks = dict[tuple[str, str], Gold]
Agent = Callable[[LibrarySearch, str, str, int], Gold]


def corpus(rng: np.random.Generator, n: int = 120, *, listed: bool = False) -> tuple[Library, Tasks]:
    """Three one-fact documents per entity, and for each (family, method) its entities with year and place. `listed`
    adds for each task one page that lists its whole answer."""
    words, library = unique_words(rng), Library()
    places = [next(words) for _ in range(12)]
    tasks: Tasks = {}
    for _ in range(n):
        name, year, place = next(words), str(rng.integers(1950, 2024)), places[rng.integers(12)]
        family, method = FAMILIES[rng.integers(6)], METHODS[rng.integers(6)]
        tasks.setdefault((family, method), {})[name] = (year, place)
        facts = (f"{name} belongs to the {family} family.", f"{name} is made by {method}.",
                 f"{name} was first seen in {year} at {place}.")  # fmt: skip
        for part, text in enumerate(facts):
            compose(library, f"live/{name}-{part}", name, [(text, -1, "")])
    for (family, method), gold in tasks.items() if listed else ():
        lines = [
            (f"{name} was first seen in {year} at {place}.", -1, "") for name, (year, place) in gold.items()
        ]
        compose(library, f"live/{family}-{method}", f"The {family} family made by {method}", lines)
    return library, tasks


def single_shot(search: LibrarySearch, family: str, method: str, budget: int) -> Gold:
    """One query. It believes a page that lists several entries; else whatever names it sees, without details."""
    found = search(f"{family} family made by {method}", 10)
    for page in found:
        if page.title.startswith("The "):
            return {name: (year, place) for name, year, place in SEEN.findall(page.text)}
    return dict.fromkeys((d.title for d in found), ("", ""))


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
        seen = SEEN.search(text)
        if f"made by {method}" in text and seen:
            found[name] = (seen[2], seen[3])
    return found


def scores(found: Mapping[str, tuple[str, str]], gold: Gold) -> tuple[float, float]:
    """Claim-only F1, and Eq. 1's F1 with year and place as sub-claims."""
    judged = []
    for name, details in found.items():
        right = sum(a == b for a, b in zip(details, gold.get(name, ("", "")), strict=True))
        judged.append(Judged(float(name in gold), right=right, predicted=2, gold=2))
    return set_scores(list(found), list(gold), str.__eq__).f1, tree_scores(judged, len(gold)).f1


class Run(NamedTuple):
    """Means over tasks: F1 of claims alone, Eq. 1's F1, queries, and queries that depend on an earlier result."""

    claims: float
    tree: float
    queries: float
    dependent: float


def run(library: Library, tasks: Tasks, agent: Agent, budget: int) -> Run:
    """All tasks, one fresh search each."""
    results = []
    with library_search(library.documents) as shared:
        for (family, method), gold in sorted(tasks.items()):
            search = shared.afresh()
            found = scores(agent(search, family, method, budget), gold)
            trace = [Search(q, " ".join(search.by_id[d].text for d in ids)) for q, ids in search.asked]
            shape = analyse_trace(f"the {family} family made by {method}", trace)
            results.append((*found, shape.queries, shape.dependent))
    return Run(*(float(value) for value in np.mean(results, axis=0)))


def planted(rng: np.random.Generator, recall: float, precision: float, n: int) -> tuple[float, float]:
    """Precision and recall that the benchmark's own scorer measures for an agent of known quality on `n` lists of ten:
    it finds each gold claim with probability `recall` and adds wrong ones until `precision` is left."""
    words, measured, owed = unique_words(rng), [], 0.0
    for number in range(n):
        rows = [{"name": next(words), "year": str(1900 + i)} for i in range(10)]
        said = [row for row in rows if rng.random() < recall]
        owed += (
            len(said) * (1 - precision) / precision
        )  # the fraction of a wrong claim is carried to the next list
        wrong, owed = int(owed), owed - int(owed)
        said += [{"name": next(words), "year": "1900"} for _ in range(wrong)]
        case = Case(str(number), "", {"truth": rows, "grading": {"primary_keys": ["name"]}},
                    {"category": "novel-datasets-peer"})  # fmt: skip
        answer = Answer(msgspec.json.encode([said[i] for i in rng.permutation(len(said))]).decode())
        found = PROTOCOL.score(case, answer, RuleJudge(0.9))
        assert abs(found["F1"] - found["Eq. 1 F1"]) < 1e-9, "rows with equal keys: both ways of scoring agree"
        measured.append((found["precision"], found["recall"]))
    mean = np.mean(measured, axis=0)
    return float(mean[0]), float(mean[1])


@system(
    slug="livedrbench",
    title="LiveDRBench: deep research as claim discovery",
    paper="2508.04183",
    idea="Score what was found (a tree of claims), not how it is told.",
    parts=("bench.metrics.claims", "bench.metrics.discovery", "bench.protocols.livedrbench", "tasks.makers.inverted",
           "bench.traces"),
    claims=(
        Claim("fan-out", "Fanning out and verifying beats one query", "claim x sub-claim F1", "fan-out",
              "single query"),
        Claim("budget", "F1 rises with the search budget", "claim x sub-claim F1", "budget 60", "budget 15"),
        Claim("gating", "Sub-claims make the score stricter", "F1 of one query", "claims alone", "claims x sub-claims"),
        Claim("listed", "One page that lists the answer closes the gap: a task is hard for a corpus, not by itself",
              "F1 of fan-out minus one query", "listed", "scattered", "lower"),
        Claim("dependent", "Fanning out asks what earlier results suggest", "queries that depend on a result",
              "fan-out", "single query"),
        Claim("recall", "Measured recall is the planted .60", "|error| (.02 allowed)", "measured", "allowance",
              "lower"),
        Claim("precision", "Measured precision is the planted .75", "|error| (.02 allowed)", "measured", "allowance",
              "lower"),
    ),
    departs="Procedural twin and rule agents; the official rows are encrypted and not copied.",
    not_verified="Judge-human agreement; the trace study of closed systems; claim weights other than 1.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    full = scale == "full"
    library, tasks = corpus(np.random.default_rng([seed, 31]), 120 if full else 60)
    once, small, large = (run(library, tasks, *a) for a in ((single_shot, 1), (fan_out, 15), (fan_out, 60)))
    easy, _ = corpus(np.random.default_rng([seed, 31]), 120 if full else 60, listed=True)
    shown, verified = run(easy, tasks, single_shot, 1), run(easy, tasks, fan_out, 60)
    precision, recall = planted(np.random.default_rng([seed, 30]), 0.6, 0.75, 400 if full else 60)
    return {
        "fan-out": Pair(baseline=once.tree, method=small.tree),
        "budget": Pair(baseline=small.tree, method=large.tree),
        "gating": Pair(baseline=once.tree, method=once.claims),
        "listed": Pair(baseline=large.tree - once.tree, method=verified.tree - shown.tree),
        "dependent": Pair(baseline=once.dependent, method=large.dependent),
        "recall": Pair(baseline=0.02, method=abs(recall - 0.6)),
        "precision": Pair(baseline=0.02, method=abs(precision - 0.75)),
    }
