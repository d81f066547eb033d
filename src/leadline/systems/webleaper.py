"""WebLeaper: entity-dense information seeking from tables (arXiv:2510.24697); the task part.

Idea: many targets per question make seeking measurable; joining tables and hiding the entry point remove shortcuts.
Method: tables as trees, maximal bicliques to join them, Reverse-Union with an anchor described but never named;
ISR = found / required, ISE = required / actions.
Departs: list pages are cut from a seeded world's tables. ISE keeps the printed n / T; found / T is offered.
Not verified: trained agents, omega of the soft F reward, the biclique minima (2 and 2 here).
"""

from __future__ import annotations

import numpy as np

from leadline.bench.metrics.seeking import ise, isr, keep_trajectory
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.item import Item
from leadline.tasks.makers.tables import tasks_from_trees, world_trees
from leadline.tasks.render.library import Library, compose
from leadline.tasks.search import LibrarySearch, library_search
from leadline.tasks.trees import Tree, pairs_with_common_keys
from leadline.tasks.world import make_world


def list_pages(trees: list[Tree]) -> Library:
    """What a web of lists would hold: each register, what two registers share or hold together, and the shared
    entries by the value of an attribute. A page is its title and the names that it lists."""
    library = Library()

    def page(title: str, names: list[str]) -> None:
        compose(library, f"list/{len(library.documents)}", title, [(f"{name}.", -1, "") for name in names])

    for tree in trees:
        page(f"List of the {tree.title}", list(tree.rows))
    for a, b, both in pairs_with_common_keys(trees):
        page(f"Entries in both the {a.title} and the {b.title}", both)
        page(f"Entries in the {a.title} or the {b.title}", list(dict.fromkeys([*a.rows, *b.rows])))
        for relation in sorted(a.relations() & b.relations()):
            for value in sorted({a.rows[k].get(relation, "") for k in both} - {""}):
                label = relation.replace("_", " ")
                title = f'Entries of both the {a.title} and the {b.title} whose "{label}" is {value}'
                page(title, [k for k in both if a.rows[k].get(relation) == value])
    return library


def shortcut(item: Item, search: LibrarySearch) -> bool:
    """Whether one BM25 query with the question finds, in its first five, a page that lists exactly the gold set."""
    gold = set(item.answers[0].split("; "))
    return any(
        set(page.text.split("\n\n", 1)[1].strip(".\n").split(". ")) == gold
        for page in search(item.question, 5)
    )


def trajectories(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """ISR and ISE of scripted agents with a wasted-action rate drawn from [0, .8] and a chance to stop early."""
    rates = np.empty((2, n))
    for i in range(n):
        required = [f"e{j}" for j in range(int(rng.integers(10, 40)))]
        waste, patience = rng.uniform(0, 0.8), rng.uniform(0.2, 1.0)
        found = required[: max(1, int(patience * len(required)))]
        actions = int(np.ceil(len(found) / (1 - waste)))
        rates[:, i] = isr(required, found), ise(required, found, actions, mode="found")
    return rates[0], rates[1]


def filtered(rng: np.random.Generator, n: int) -> tuple[float, float]:
    """Mean found / T of all trajectories, and of those that the two-sided filter keeps at strict thresholds."""
    complete, economical = trajectories(rng, n)
    kept = np.array(
        [keep_trajectory(a, b, alpha=0.7, beta=0.5) for a, b in zip(complete, economical, strict=True)]
    )
    return float(economical.mean()), float(economical[kept].mean())


@system(
    slug="webleaper",
    title="WebLeaper: entity-dense information-seeking tasks from tables",
    paper="2510.24697",
    idea="Dozens of targets per question, tables joined, the entry point hidden.",
    parts=("tasks.trees", "tasks.makers.tables", "bench.metrics.seeking"),
    claims=(
        Claim("shortcut", "Reverse-Union leaves fewer shortcuts to a list page than Basic and Union",
              "share with a page of the gold set in the top 5", "Reverse-Union", "Basic and Union",
              "lower"),
        Claim("filter", "Filtering by ISR and ISE keeps economical trajectories", "found / actions", "filtered", "all"),
        Claim("variance", "ISE is measured better with more targets", "variance of ISE", "64 targets", "4 targets",
              "lower"),
    ),
    departs="World tables and pages made from them; a shortcut is a page that lists exactly the gold set.",
    not_verified="SFT and RL results; theme similarity of joined tables.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 40])
    world = make_world(1200, seed)
    trees = world_trees(world, rng)
    items = list(tasks_from_trees(trees, 200 if scale == "full" else 60, rng, f"w{seed}"))
    with library_search(list_pages(trees).documents, titles_only=True) as search:
        rates = {
            hidden: float(
                np.mean([shortcut(i, search) for i in items if (i.kind == "tables-reverse-union") == hidden])
            )
            for hidden in (False, True)
        }
    everything, kept = filtered(rng, 2000 if scale == "full" else 300)
    few, many = (float(np.var(n / rng.geometric(0.3, size=(4000, n)).sum(axis=1))) for n in (4, 64))
    return {
        "shortcut": Pair(rates[False], rates[True]),
        "filter": Pair(everything, kept),
        "variance": Pair(few, many),
    }
