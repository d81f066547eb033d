"""A local Ray of two workers builds what one process builds; left out where Ray is not installed."""

import shutil
from importlib.util import find_spec

import pytest

from leadline.errors import MissingExtra
from leadline.evidence.model import Document
from leadline.retrieval.beir import write_beir
from leadline.retrieval.cluster import RayWorkers
from leadline.retrieval.collection import Collection
from leadline.retrieval.manifest import Settings
from worlds import small_collection

QUERIES = ["harbour built", "museum of Bergen", "invoice buoys", "lighthouse"]


@pytest.fixture(scope="module")
def workers():
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed")
    with RayWorkers(n_workers=2) as found:
        yield found


def both(paths, workers, **chosen):
    """The same sources indexed here and by the workers."""
    serial = Collection.open("serial", create=True, settings=Settings(**chosen))
    parallel = Collection.open("parallel", create=True, settings=Settings(**chosen))
    return serial, parallel, serial.update(paths), parallel.update(paths, workers=workers)


def test_two_workers_give_the_index_of_a_serial_build(tmp_path, workers):
    files = tmp_path / "files"
    files.mkdir()
    for n in range(20):
        (files / f"{n:02d}.txt").write_text(f"Invoice {n} for the buoys of harbour {n % 3}. " * (n + 1))
    (files / "empty.txt").write_text("")
    (files / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    documents = [
        *small_collection(60)[0],
        *(Document(f"x{n}", "", f"lighthouse {n} " * 200, "", "", "") for n in range(540)),
    ]
    write_beir(tmp_path / "lines", documents, {}, {})
    serial, parallel, alone, together = both([files, tmp_path / "lines"], workers)
    assert (parallel.corpus_id, parallel.index_id) == (serial.corpus_id, serial.index_id)
    assert (together.added, together.failures) == (alone.added, alone.failures)
    assert list(parallel.passages()) == list(serial.passages())
    for retriever in ("bm25", "dense", "hybrid"):
        found = [c.search_batch(QUERIES, 20, retriever=retriever) for c in (serial, parallel)]
        assert found[0] == found[1]


def test_changes_are_found_by_workers_too(tmp_path, workers):
    files = tmp_path / "files"
    files.mkdir()
    for name in ("a", "b", "c"):
        (files / f"{name}.txt").write_text(f"The lighthouse {name} stands at the harbour.")
    serial, parallel, _, _ = both([files], workers, embedder="none", unit="document")
    (files / "a.txt").write_text("The museum was built later.")
    (files / "b.txt").unlink()
    one, other = serial.update([files]), parallel.update([files], workers=workers)
    assert (other.changed, other.deleted, other.unchanged) == (["files/a.txt"], ["files/b.txt"], 1)
    assert (one.changed, one.deleted, one.unchanged) == (other.changed, other.deleted, other.unchanged)
    assert parallel.index_id == serial.index_id
    shutil.rmtree(files)


def test_without_ray_the_extra_is_named():
    if find_spec("ray") is not None:
        pytest.skip("Ray is installed")
    with pytest.raises(MissingExtra, match=r"leadline\[ray\]"):
        RayWorkers()
