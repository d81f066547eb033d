"""Fit the sentence selector of the extractive researcher: `python -m benchmarks.fit_selector --data DIR`.

Trains on the questions of nq-oracle that the answers benchmark does not evaluate. A row of the scorer is a sentence
that the researcher read for a question; its label is whether the sentence holds a gold answer. A row of the gate is
a question, once with all that was read and once without the documents that hold an answer. Both are logistic
regressions with an L2 penalty of 1 on standardised features (Newton's method). A held-out quarter of the training
questions sets the gate's threshold, so that 97 % of its answerable questions pass, and is printed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from benchmarks.questions import Asked, collection_of, data_folder, training_questions
from numpy.typing import NDArray

from leadline.agents.base import Task
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.extractive import Extractive
from leadline.agents.features import Features
from leadline.agents.lookup import LookUp, Weighed
from leadline.agents.loop import run
from leadline.agents.select import GATE, Logistic, Selector, diverse, gate_row
from leadline.agents.surroundings import environment_of
from leadline.bench.metrics.answers import cover_match
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace

HELD_OUT, KEPT, FLOOR = 0.25, 0.97, 0.05


class Example(NamedTuple):
    """What was read for one question, and what is left of it without the documents that hold an answer."""

    rows: NDArray[np.float64]
    labels: NDArray[np.float64]
    vectors: NDArray[np.float32]
    rows_without: NDArray[np.float64]


class Recorder(Extractive):
    """The researcher, keeping what it looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_up: list[LookUp] = []

    def keep(self, look_up: LookUp) -> None:
        self.looked_up.append(look_up)


def examples(asked: Sequence[Asked], folder: Path) -> list[Example]:
    """One example per question; questions that fall into several are left out."""
    environment, found = environment_of(collection_of(folder)), []
    for one in asked:
        recorder = Recorder()
        run(Task(one.id, one.text), recorder, Transcript(), environment, Budget(), Trace())
        if len(recorder.looked_up) == 1 and (weighed := recorder.looked_up[0].weigh()) is not None:
            found.append(example(recorder.looked_up[0], weighed, one.answers))
    return found


def example(look_up: LookUp, weighed: Weighed, answers: Sequence[str]) -> Example:
    """Label the sentences, then weigh again what is left without the documents that hold an answer."""
    labels = np.array([cover_match(sentence.text, answers) for sentence in weighed.sentences])
    holders = {s.span.document for s, label in zip(weighed.sentences, labels, strict=True) if label}
    left = [reading for reading in look_up.readings if reading.document not in holders]
    ranks = {rank: n for n, rank in enumerate(sorted({r.rank for r in left if r.rank}), 1)}
    look_up.readings = [msgspec.structs.replace(r, rank=ranks.get(r.rank, 0)) for r in left]
    look_up.forget()
    again = look_up.weigh()
    return Example(weighed.rows, labels, weighed.vectors, weighed.rows[:0] if again is None else again.rows)


def fit(
    names: tuple[str, ...], rows: NDArray[np.float64], labels: NDArray[np.float64], *, penalty: float = 1.0
) -> Logistic:
    """Logistic regression by Newton's method; the intercept is not penalised."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale == 0] = 1.0
    x = np.column_stack([np.ones(len(rows)), (rows - mean) / scale])
    ridge = np.diag([1e-9, *[penalty] * rows.shape[1]])
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-x @ weights))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge
        weights += np.linalg.solve(hessian, x.T @ (labels - p) - ridge @ weights)
    return Logistic(
        names, _rounded(mean), _rounded(scale), _rounded(weights[1:]), round(float(weights[0]), 6)
    )


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


def gate_rows(data: Sequence[Example], scorer: Logistic) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The gate's rows and labels: 1 with everything read, 0 without the documents that hold an answer."""
    rows, labels = [], []
    for one in data:
        for matrix, label in ((one.rows, 1.0), (one.rows_without, 0.0)):
            if one.labels.any() and len(matrix):
                rows.append(gate_row(matrix, scorer(matrix), scorer.names))
                labels.append(label)
    return np.array(rows), np.array(labels)


def hit_rate(data: Sequence[Example], selector: Selector, k: int = 5) -> float:
    """Share of questions for which one of at most k quoted sentences holds an answer."""
    hits = []
    for one in data:
        scores = selector.scorer(one.rows)
        chosen = diverse(scores, one.vectors, k)
        passes = selector.answerable(one.rows, scores) >= selector.threshold
        kept = [i for i in chosen if scores[i] >= selector.floor]
        hits.append(float(passes and one.labels[kept].max(initial=0.0)))
    return float(np.mean(hits))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("src/leadline/agents/selector.json"))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    folder = data_folder(options.data) / "nq-oracle"
    data = examples(training_questions(folder), folder)
    order = np.random.default_rng(options.seed).permutation(len(data))
    cut = int(len(data) * HELD_OUT)
    held_out, rest = [data[i] for i in order[:cut]], [data[i] for i in order[cut:]]
    scorer = fit(
        Features._fields, np.vstack([e.rows for e in rest]), np.concatenate([e.labels for e in rest])
    )
    gate = fit(GATE, *gate_rows(rest, scorer))
    rows, labels = gate_rows(held_out, scorer)
    threshold = round(float(np.quantile(gate(rows)[labels == 1], 1 - KEPT)), 4)
    source = f"{len(rest)} questions of nq-oracle outside the evaluated sample"
    fitted = f"python -m benchmarks.fit_selector --seed {options.seed}; {source}"
    selector = Selector(scorer, gate, threshold, FLOOR, fitted)
    for model in (scorer, gate):
        for name, weight in zip(model.names, model.weights, strict=True):
            print(f"{name:20s} {weight:+.3f}")
    refused = float((gate(rows)[labels == 0] < threshold).mean())
    print(f"fitted on {len(rest)} questions; held out {len(held_out)}")
    print(
        f"held out: hit rate {hit_rate(held_out, selector):.3f} with at most 5 sentences, abstentions counted"
    )
    print(f"held out: {KEPT:.2f} of answerable questions pass, {refused:.3f} of unanswerable are refused")
    options.out.write_bytes(msgspec.json.format(msgspec.json.encode(selector), indent=2) + b"\n")


if __name__ == "__main__":
    main()
