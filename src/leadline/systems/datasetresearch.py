"""DatasetResearch: find or make a data set for a demand (arXiv:2508.06960).

Idea: judge a discovered data set by what a model trained on it scores on the hidden reference test, relative to
training on the reference itself.
Method: normalised score = score / reference; search suits knowledge tasks, synthesis suits rule tasks.
Departs: scikit-learn's bundled sets and a logistic regression as the probe model; (score - base) / (ref - base) is
offered beside the ratio.
Not verified: the 208 demands (on a hub), metadata judging by a model, few-shot scores of large models.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leadline.bench.metrics.reference import relative_score
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.errors import need

Arrays = tuple[np.ndarray, np.ndarray]


def probe(train: Arrays, test: Arrays) -> float:
    """Test accuracy of a logistic regression on standardised features; 0 if a class is missing altogether."""
    linear: Any = need("sklearn.linear_model", "lab", "The probe model")
    pipeline: Any = need("sklearn.pipeline", "lab", "The probe model")
    scaling: Any = need("sklearn.preprocessing", "lab", "The probe model")
    if len(set(train[1])) < 2:
        return float(np.mean(test[1] == train[1][0])) if len(train[1]) else 0.0
    model = pipeline.make_pipeline(scaling.StandardScaler(), linear.LogisticRegression(max_iter=500))
    return float(model.fit(*train).score(*test))


def splits(rng: np.random.Generator) -> list[tuple[Arrays, Arrays]]:
    """60/40 train and test splits of iris, wine and breast cancer."""
    data: Any = need("sklearn.datasets", "lab", "The bundled data sets")
    found = []
    for load in (data.load_iris, data.load_wine, data.load_breast_cancer):
        x, y = load(return_X_y=True)
        order = rng.permutation(len(y))
        cut = int(0.6 * len(y))
        found.append(((x[order[:cut]], y[order[:cut]]), (x[order[cut:]], y[order[cut:]])))
    return found


def synthesise(train: Arrays, rng: np.random.Generator, how: str, per_class: int = 40) -> Arrays:
    """Made data by what the demand says: "rich" (per-class means and deviations), "example" (one real example per
    class with the overall spread), or "ranges" (feature ranges only: labels cannot be known). "few" makes nothing: it
    takes five real examples per class."""
    x, y = train
    rows, labels = [], []
    for label in np.unique(y):
        mine = x[y == label]
        if how == "few":
            rows.append(mine[rng.permutation(len(mine))[:5]])
        elif how == "rich":
            rows.append(rng.normal(mine.mean(0), mine.std(0) + 1e-9, (per_class, x.shape[1])))
        elif how == "example":
            centre = mine[rng.integers(len(mine))]
            rows.append(rng.normal(centre, 0.3 * x.std(0) + 1e-9, (per_class, x.shape[1])))
        else:
            rows.append(rng.uniform(x.min(0), x.max(0), (per_class, x.shape[1])))
        labels += [label] * len(rows[-1])
    return np.vstack(rows), np.array(labels)


def normalised(seed: int, how: str) -> float:
    """Mean over three tasks of accuracy / reference accuracy."""
    rng = np.random.default_rng([seed, 42])
    scores = []
    for train, test in splits(rng):
        reference = probe(train, test)
        made = probe(synthesise(train, rng, how), test)
        scores.append(relative_score({"accuracy": made}, {"accuracy": reference}, {"accuracy": 1.0}))
    return float(np.mean(scores))


def crossover(seed: int, n: int = 300) -> tuple[float, float, float, float]:
    """Search and synthesis on a knowledge task (labels are arbitrary facts of a table) and on a rule task (the
    demand states the rule). Search finds a related set that shares the facts, with a third of foreign rows."""
    rng = np.random.default_rng([seed, 43])
    x = rng.normal(size=(2 * n, 12))
    facts = rng.normal(size=12)
    knowledge, rule = (x @ facts > 0).astype(int), (x[:, 0] + x[:, 1] > 0).astype(int)
    test = slice(n, None)
    found = []
    for y, stated in ((knowledge, False), (rule, True)):
        foreign = rng.random(n) < 1 / 3
        searched = np.where(foreign, rng.integers(2, size=n), y[:n])
        made_x = rng.normal(size=(n, 12))
        made_y = (made_x[:, 0] + made_x[:, 1] > 0).astype(int) if stated else rng.integers(2, size=n)
        found += [probe((x[:n], searched), (x[test], y[test])), probe((made_x, made_y), (x[test], y[test]))]
    return found[0], found[1], found[2], found[3]


@system(
    slug="datasetresearch",
    title="DatasetResearch: demand-driven dataset discovery",
    paper="2508.06960",
    idea="A found or made data set is worth what a probe model trained on it scores, relative to the reference.",
    parts=("bench.metrics.reference",),
    claims=(
        Claim("rich", "A rich demand beats one example", "score / reference", "rich demand", "one example"),
        Claim("few", "A few real examples beat poor synthesis", "score / reference", "5 real examples per class",
              "one example"),
        Claim("example", "One example beats ranges only", "score / reference", "one example", "ranges only"),
        Claim("knowledge", "Search beats synthesis on knowledge tasks", "accuracy", "search", "synthesis"),
        Claim("rule", "Synthesis beats search on rule tasks", "accuracy", "synthesis", "search"),
    ),
    departs="Bundled data sets and a linear probe instead of a fine-tuned language model.",
    not_verified="The 208 demands, the metadata judge, large-model agents.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rich, few, example, ranges = (normalised(seed, how) for how in ("rich", "few", "example", "ranges"))
    search_k, made_k, search_r, made_r = crossover(seed, 300 if scale == "full" else 100)
    return {
        "rich": Pair(example, rich),
        "few": Pair(example, few),
        "example": Pair(ranges, example),
        "knowledge": Pair(made_k, search_k),
        "rule": Pair(search_r, made_r),
    }
