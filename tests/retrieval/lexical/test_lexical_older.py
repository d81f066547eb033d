"""Indexes that an earlier format wrote open, answer, change and merge as if they had been written today.

The files in format_1/ were made from the documents below by the last version that wrote that format.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from leadline.retrieval.impacts import ImpactIndex
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.lexical.container import MAGIC, OLDER

FORMAT_1 = Path(__file__).parent / "format_1"
N = 400


def document(i: int) -> dict[str, str]:
    """Words that nearly all documents have, words that few have, and one that some have up to 30 times."""
    return {"title": f"w{i % 3} w{i % 50}", "text": f"w{i} " + "tide " * (i % 31) + "moon and sea"}


def weights(i: int) -> dict[str, float]:
    return {f"w{i % 3}": 0.01 * (1 + i % 40), f"w{i % 50}": 3.0, f"w{i}": 0.5}


def write_texts(folder: Path) -> LexicalIndex:
    index = LexicalIndex.create(folder)
    with index.writer() as writer:
        for i in range(N):
            writer.add(f"d{i:04d}", document(i), {"odd": i % 2 == 1})
    with index.writer() as writer:
        writer.delete("d0007")
    return index


def write_weights(folder: Path) -> ImpactIndex:
    index = ImpactIndex.create(folder)
    with index.writer() as writer:
        for i in range(N):
            writer.add(f"d{i:04d}", weights(i))
    return index


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_an_older_index_of_texts(tmp_path: Path, engine: str) -> None:
    shutil.copytree(FORMAT_1 / "texts", tmp_path / "old")
    write_texts(tmp_path / "new")
    queries = ["tide", "tide w1 w7", '"moon and sea" -w2', "title:w1 w399", "+tide w30^3"]

    def answers(name: str) -> list[tuple[tuple[str, float], ...]]:
        index = LexicalIndex.open(tmp_path / name, engine=engine, verify=True)  # type: ignore[arg-type]
        assert index.id == LexicalIndex.open(tmp_path / "new").id
        found = [*index.search_batch(queries, 50), *index.search_batch(queries, 50, {"odd": True}, k1=2, b=1)]
        return [tuple((hit.id, hit.score) for hit in hits.hits) for hits in found]

    assert (tmp_path / "old/000001.seg").read_bytes().startswith(OLDER)
    assert answers("old") == answers("new")
    for name in ("old", "new"):  # an update beside the older segment, then a merge of both
        with LexicalIndex.open(tmp_path / name).writer() as writer:
            writer.add("e", document(7))
    assert answers("old") == answers("new")
    with LexicalIndex.open(tmp_path / "old").writer() as writer:
        writer.merge()
    assert answers("old") == answers("new")
    assert [path.read_bytes()[:8] for path in (tmp_path / "old").glob("*.seg")] == [MAGIC]


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_an_older_index_of_weights(tmp_path: Path, engine: str) -> None:
    shutil.copytree(FORMAT_1 / "weights", tmp_path / "old")
    write_weights(tmp_path / "new")
    old, new = (ImpactIndex.open(tmp_path / name, engine=engine) for name in ("old", "new"))  # type: ignore[arg-type]
    queries = [{"w0": 1.0, "w30": 0.2, "w399": 2.0}, {"w1": 0.5}]
    for merged in (False, True):
        if merged:
            with old.writer() as writer:
                writer.add("e", weights(7))
                writer.merge()
            with new.writer() as writer:
                writer.add("e", weights(7))
        for left, right in zip(old.search_weights(queries, 30), new.search_weights(queries, 30), strict=True):
            assert [(hit.id, hit.score) for hit in left.hits] == [(hit.id, hit.score) for hit in right.hits]
