"""Hybrid search by numbers gives what fusing ids gives, to the bit."""

import numpy as np
import pytest

from leadline.retrieval import searcher
from leadline.retrieval.collection import Collection
from leadline.retrieval.row_fusion import RowFusion
from leadline.retrieval.rows import Rows
from plain_reader import read_plain

WORDS = "anchor boat harbour lease quay rope sail tide buoy chart".split()


@pytest.fixture
def collection(tmp_path):
    """Three generations: texts that repeat (ties), some changed, one deleted."""
    rng = np.random.default_rng(3)
    folder = tmp_path / "files"
    folder.mkdir()
    made = Collection.open("fused", create=True)
    for generation in range(3):
        for i in range(40):
            if generation == 0 or rng.random() < 0.3:
                text = " ".join(rng.choice(WORDS, rng.integers(2, 6)))
                (folder / f"{i:02d}.txt").write_text(text if i % 5 else "The tide lifts every boat.")
        made.update([folder], read=read_plain)
    (folder / "05.txt").unlink()
    made.update([folder], read=read_plain)
    return made


@pytest.mark.parametrize("k", [1, 7, 200])
def test_numbers_fuse_as_ids_do(collection, monkeypatch, k):
    queries = ["tide boat", "the", "zzz", "lease +quay", '"anchor boat', "", "rope sail chart buoy harbour"]
    filters = [None, {"uri": "files/07.txt"}]
    by_id = [collection.search_batch(queries, k, filter) for filter in filters]
    monkeypatch.setattr(searcher, "prepared", lambda: True)
    pytest.importorskip("numba")
    assert [collection.search_batch(queries, k, filter) for filter in filters] == by_id
    assert isinstance(vars(collection._searcher)["fusion"], RowFusion)


def test_rows_have_names_places_and_numbers(collection):
    rows = Rows(collection._searcher.segments)
    every = np.arange(rows.offsets[-1])
    ids, places = rows.ids(every), rows.places(every)
    assert [place[0] for place in places] == ids
    named = rows.of(ids)
    live = named == every  # older versions of a document lie in the rows too, under the same id
    assert live.sum() == collection._searcher.manifest.n_passages
    assert set(named[~live].tolist()) <= {-1, *every[live].tolist()}
    id, document, start, end = places[int(every[live][0])]
    assert collection.passage(id).text == collection.document(document).text[start:end]
    assert rows.of(["nothing-1"]).tolist() == [-1]
