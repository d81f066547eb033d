"""The parts of the text-ranking study (arXiv:2602.21456) that need no agent: units, length, depth, query form."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from leadline.bench.retrieval_data import Data, load_data
from leadline.bench.retrieval_metrics import evaluate
from leadline.bench.retrieval_synthetic import synthetic_collection
from leadline.errors import LeadlineError
from leadline.models.embed import Embedder, embedder
from leadline.retrieval.base import Hit
from leadline.retrieval.dense import DenseIndex
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.query_forms import prose


def study_data(name: str, seed: int, n_passages: int, n_queries: int) -> Data:
    """The public set of that name in $LEADLINE_DATA, else a synthetic one of the given size."""
    folder = Path(os.environ.get("LEADLINE_DATA", "")) / name
    if os.environ.get("LEADLINE_DATA") and folder.is_dir():
        return _loaded(folder)
    return synthetic_collection(n_passages, n_queries, seed)


@lru_cache(maxsize=4)
def _loaded(folder: Path) -> Data:
    return load_data(folder)


def bm25(
    texts: Mapping[str, str], queries: Sequence[str], k: int, **parameters: float
) -> list[tuple[str, ...]]:
    """The best k ids per query from an index that is thrown away."""
    (found,) = bm25_many(texts, queries, k, [parameters])
    return found


def bm25_many(
    texts: Mapping[str, str], queries: Sequence[str], k: int, settings: Sequence[Mapping[str, float]]
) -> list[list[tuple[str, ...]]]:
    """One list of rankings per setting of k1 and b, over one index."""
    with TemporaryDirectory(prefix="leadline-study-") as folder:
        index = LexicalIndex.create(folder)
        with index.writer() as writer:
            for key, text in texts.items():
                writer.add(key, text)
        return [
            [hits.ids for hits in index.search_batch(queries, k, k1=setting["k1"], b=setting["b"])]
            for setting in settings
        ]


DEFAULT, STRONG = {"k1": 0.9, "b": 0.4}, {"k1": 10.0, "b": 1.0}


class Shares(NamedTuple):
    """Shares of questions."""

    default: float
    strong: float
    passages: float


def verbosity(
    data: Data, rng: np.random.Generator, *, n_gold: int, n_long: int, parts: tuple[int, int]
) -> Shares:
    """Recall@5 when gold documents are short and distractors are long concatenations of other passages.

    `passages` is maxP over the passages at the default setting.
    """
    questions = list(data.queries)
    chosen = [questions[i] for i in rng.permutation(len(questions))[:n_gold]]
    gold = {query: next(iter(data.qrels[query])) for query in chosen}
    texts = {document.id: document.text for document in data.documents}
    others = [key for key in texts if key not in set(gold.values())]
    documents = {key: texts[key] for key in sorted(set(gold.values()))}
    passages = {f"{key}#0": text for key, text in documents.items()}
    for number in range(n_long):
        members = rng.choice(others, size=int(rng.integers(*parts, endpoint=True)), replace=True)
        documents[f"long{number}"] = " ".join(texts[key] for key in members)
        passages |= {f"long{number}#{n}": texts[key] for n, key in enumerate(members)}
    asked = [prose(data.queries[query]) for query in chosen]
    default, strong = bm25_many(documents, asked, 5, [DEFAULT, STRONG])
    by_passage = [_owners(ids, 5) for ids in bm25(passages, asked, 500, **DEFAULT)]
    right = list(gold.values())
    return Shares(_share(default, right), _share(strong, right), _share(by_passage, right))


def _owners(passages: Sequence[str], k: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key.split("#")[0] for key in passages))[:k]


def _share(rankings: Sequence[Sequence[str]], right: Sequence[str]) -> float:
    return sum(gold in ids for ids, gold in zip(rankings, right, strict=True)) / len(right)


class Scope(NamedTuple):
    """Shares of questions: recall@5 of documents, and gold text visible in the first 400 words of the top 5."""

    default: float
    strong: float
    visible_in_documents: float
    visible_as_passages: float


def scope(data: Data, rng: np.random.Generator, *, n_queries: int, window: int = 400) -> Scope:
    """Every document is a random concatenation of m ~ lognormal(1, 1) passages, 1 to 40."""
    texts = {document.id: document.text for document in data.documents}
    order = [list(texts)[i] for i in rng.permutation(len(texts))]
    documents: dict[str, str] = {}
    place: dict[str, tuple[str, bool]] = {}
    while order:
        size = int(np.clip(np.rint(rng.lognormal(1, 1)), 1, 40))
        members, order = order[:size], order[size:]
        name, words = f"doc{len(documents)}", 0
        for key in members:
            words += len(texts[key].split())
            place[key] = (name, words <= window)
        documents[name] = " ".join(texts[key] for key in members)
    chosen = [list(data.queries)[i] for i in rng.permutation(len(data.queries))[:n_queries]]
    asked = [prose(data.queries[query]) for query in chosen]
    gold = [next(iter(data.qrels[query])) for query in chosen]
    default, strong = bm25_many(documents, asked, 5, [DEFAULT, STRONG])
    passages = bm25(texts, asked, 5, **DEFAULT)
    owners = [place[key][0] for key in gold]
    visible = np.mean([place[k][0] in ids and place[k][1] for k, ids in zip(gold, default, strict=True)])
    return Scope(_share(default, owners), _share(strong, owners), float(visible), _share(passages, gold))


def ndcg(rankings: Mapping[str, Sequence[str]], data: Data) -> dict[str, float]:
    """nDCG@10 per query of the given rankings only."""
    run = {q: tuple(Hit(key, -float(n), n) for n, key in enumerate(ids, 1)) for q, ids in rankings.items()}
    return evaluate(run, {query: data.qrels[query] for query in rankings}, ["nDCG@10"])["nDCG@10"]


@lru_cache(maxsize=2)
def best_embedder(scale: str) -> Embedder:
    """MiniLM at full scale where it is installed, the static embedder otherwise."""
    if scale == "full":
        try:
            return embedder("minilm")
        except LeadlineError:
            pass
    return embedder("wordllama")


def dense(texts: Mapping[str, str], queries: Sequence[str], k: int, model: Embedder) -> list[tuple[str, ...]]:
    index = DenseIndex(list(texts), model.encode(list(texts.values())))
    found = index.search_vectors(model.encode_queries(list(queries)), k)
    return [tuple(hit.id for hit in hits) for hits in found]
