"""Collections: what was read is found, changes replace, crashes and rivals leave the last commit whole."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leadline.errors import NotFound, StoreError, UsageError
from leadline.evidence.model import Failure
from leadline.files import Disk, home
from leadline.retrieval.collection import Collection
from leadline.retrieval.manifest import Settings, load_manifest, lock
from leadline.retrieval.update import Updater
from leadline.sources.read import Reading
from plain_reader import read_plain

TEXTS = {
    "lease.txt": "Anna Berg signed the lease of the harbour office in 2019.",
    "boats.txt": "The red boat carries four buoys. The blue boat carries none.",
    "sub/mail.txt": "Please send the invoice for the buoys to the harbour office.",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in TEXTS.items():
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "files"


@pytest.fixture
def collection(folder):
    made = Collection.open("harbour", create=True)
    made.update([folder], read=read_plain)
    return made


def found(collection, query, **options):
    return [collection.document(hit.document).uri for hit in collection.search(query, **options).hits]


@pytest.mark.parametrize("retriever", ["bm25", "dense", "hybrid"])
def test_a_question_finds_its_file(collection, retriever):
    hits = collection.search("Who signed the lease?", k=2, retriever=retriever)
    best = hits.hits[0]
    document = collection.document(best.document)
    assert document.uri == "files/lease.txt"
    assert collection.passage(best.id).text == document.text[best.start : best.end]
    assert hits.index == collection.index_id
    assert collection.facets(best.document)["uri"] == document.uri
    assert hits.parameters["retriever"] == retriever


def test_forgetting_a_folder_takes_what_came_from_it_and_leaves_the_files(collection, folder, tmp_path):
    alone = collection.index_id
    other = tmp_path / "other"
    other.mkdir()
    (other / "whales.txt").write_text("Two whales passed the harbour office.")
    (other / "bad.txt").write_text("")

    def read(paths, **options):
        (bad, good) = read_plain(paths, **options)
        yield Reading(bad.uri, bad.sha256, failure=Failure(bad.uri, "is empty", "Fill it."))
        yield good

    collection.update([other], read=read)
    assert (len(collection), len(collection.failures)) == (4, 1)
    gone = collection.forget(["other"])
    assert (gone, collection.failures, sorted(collection.sources.roots)) == (
        ["other/whales.txt"],
        [],
        ["files"],
    )
    assert collection.index_id == alone
    assert found(collection, "whales", retriever="bm25") == []
    assert (other / "whales.txt").exists()
    reopened = Collection.open("harbour")
    assert (len(reopened), reopened.index_id) == (3, alone)
    with pytest.raises(NotFound, match="other"):
        collection.forget(["other"])
    assert collection.forget(["files"]) == [f"files/{name}" for name in sorted(TEXTS)]
    assert len(Collection.open("harbour")) == 0


def test_an_update_reads_only_what_changed(collection, folder):
    before = collection.index_id
    again = collection.update([folder], read=read_plain)
    assert (again.unchanged, again.added, again.changed, again.deleted) == (3, [], [], [])
    assert collection.index_id == before
    (folder / "boats.txt").write_text("The green boat sank.")
    (folder / "lease.txt").unlink()
    (folder / "new.txt").write_text("A lighthouse was built.")
    done = collection.update([folder], read=read_plain)
    assert (done.added, done.changed, done.deleted) == (
        ["files/new.txt"],
        ["files/boats.txt"],
        ["files/lease.txt"],
    )
    assert found(collection, "green boat", k=1) == ["files/boats.txt"]
    assert "files/lease.txt" not in found(collection, "lease", k=10)
    assert collection.search("lease", retriever="bm25").hits == ()
    assert len(collection) == len(list(collection.documents())) == 3


def test_any_history_gives_the_ids_and_rankings_of_a_fresh_build(collection, folder):
    for n in range(12):  # more commits than segments are kept: merging is part of the history
        (folder / f"note{n}.txt").write_text(f"Note {n} about buoys and the harbour.")
        if n % 3 == 0:
            (folder / "boats.txt").write_text(f"Boat {n} carries buoys.")
        collection.update([folder], read=read_plain)
    (folder / "note3.txt").unlink()
    collection.update([folder], read=read_plain)
    fresh = Collection.open("fresh", create=True)
    fresh.update([folder], read=read_plain)
    assert (collection.corpus_id, collection.index_id) == (fresh.corpus_id, fresh.index_id)
    assert [p.id for p in collection.passages()] == [p.id for p in fresh.passages()]
    for retriever in ("bm25", "dense", "hybrid"):
        one = collection.search("buoys in the harbour", 20, retriever=retriever)
        assert one == fresh.search("buoys in the harbour", 20, retriever=retriever)


def test_equal_scores_go_by_id(tmp_path):
    for name in "bca":
        path = tmp_path / "same" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("The very same text.")
    made = Collection.open("same", create=True)
    made.update([tmp_path / "same"], read=read_plain)
    for retriever in ("bm25", "dense"):
        hits = made.search("same text", 3, retriever=retriever).hits
        assert len({hit.document for hit in hits}) == 3
        assert [(hit.score, hit.id) for hit in hits] == sorted(
            [(hit.score, hit.id) for hit in hits], key=lambda pair: (-pair[0], pair[1])
        )


def test_batches_equal_single_queries(collection):
    queries = ["lease", "", "blue boat", "invoice for buoys"]
    for retriever in ("bm25", "dense", "hybrid"):
        singles = [collection.search(query, 3, retriever=retriever) for query in queries]
        assert collection.search_batch(queries, 3, retriever=retriever) == singles


def test_filters_are_applied_inside_the_search(collection):
    for retriever in ("bm25", "dense", "hybrid"):
        hits = found(
            collection, "harbour office", k=1, retriever=retriever, filter={"uri": "files/sub/mail.txt"}
        )
        assert hits == ["files/sub/mail.txt"]
    assert collection.search("harbour", filter={"uri": ["nowhere"]}).hits == ()


def test_of_is_named_by_its_absolute_paths_and_follows_changes(folder):
    first = Collection.of([folder])
    (folder / "extra.txt").write_text("A seal slept on the pier.")
    second = Collection.of([folder])
    assert first.name == second.name
    assert found(second, "seal on the pier", k=1) == ["files/extra.txt"]


@pytest.mark.parametrize(
    ("query", "k", "error"), [("boat", 0, UsageError), ("boat", -3, UsageError), ("boat", 10**9, None)]
)
def test_extreme_k(collection, query, k, error):
    if error:
        with pytest.raises(error, match="k must be at least 1"):
            collection.search(query, k)
    else:
        assert len(collection.search(query, k, retriever="dense").hits) == 3


def test_an_empty_query_finds_nothing_and_says_why(collection):
    hits = collection.search("  \n")
    assert hits.hits == ()
    assert hits.notes == ("The query is empty.",)


def test_a_query_of_a_megabyte_and_lone_surrogates_are_searched(collection):
    assert found(collection, "lease " * 170_000, k=1, retriever="dense")
    assert found(collection, "lease \udcff", k=1, retriever="hybrid")


def test_an_unknown_collection_lists_near_matches(collection):
    with pytest.raises(NotFound, match="harbour"):
        Collection.open("habour")
    with pytest.raises(UsageError, match="cannot name"):
        Collection.open("../evil", create=True)
    assert Collection.names() == ["harbour"]


def test_unknown_retriever_document_and_passage(collection):
    with pytest.raises(NotFound, match="hybrid"):
        collection.search("boat", retriever="hybrd")
    with pytest.raises(NotFound):
        collection.document("d000")
    first = next(collection.passages())
    with pytest.raises(NotFound):
        collection.passage(f"{first.document}-99")
    with pytest.raises(NotFound):
        collection.passage("nonsense")


def test_a_missing_path_is_named_before_anything_is_done(collection, tmp_path):
    before = collection.manifest
    with pytest.raises(UsageError, match="does not exist"):
        collection.update([tmp_path / "nowhere"])
    assert load_manifest(collection.folder) == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "damaged"),
        (b"[]", "not the manifest"),
        (b'{"format": "leadline-collection", "version": 99}', "version 99"),
        (b'{"format": "leadline-collection", "version": 1, "name": 5}', "damaged"),
    ],
)
def test_a_corrupt_or_foreign_manifest_is_named(collection, content, message):
    (collection.folder / "manifest.json").write_bytes(content)
    with pytest.raises(StoreError, match=message):
        Collection.open("harbour")


def test_damaged_files_are_named(collection):
    segment = collection.folder / "segments" / collection.manifest.segments[0].name
    data = bytearray((segment / "documents.bin").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (segment / "documents.bin").write_bytes(data)
    with pytest.raises(StoreError, match=r"documents\.bin is damaged"):
        Collection.open("harbour").check()
    (segment / "documents.bin").write_bytes(data[:-1])
    with pytest.raises(StoreError, match=r"documents\.bin is damaged"):
        Collection.open("harbour")
    (segment / "documents.bin").unlink()
    with pytest.raises(StoreError, match=r"documents\.bin is missing"):
        Collection.open("harbour")


def test_two_writers_the_second_is_refused_by_name(collection, folder):
    with (
        lock(collection.folder, "harbour"),
        pytest.raises(StoreError, match="'harbour' is being updated by process"),
    ):
        Collection.open("harbour").update([folder], read=read_plain)


def test_a_reader_keeps_its_state_while_another_process_updates(collection, folder):
    reader = Collection.open("harbour")
    before = reader.search("boat", 3)
    (folder / "boats.txt").write_text("No vessels here any more.")
    code = (
        "import sys; from leadline.retrieval.collection import Collection; "
        "from plain_reader import read_plain; Collection.open('harbour').update([sys.argv[1]], read=read_plain)"
    )
    tests = str(Path(__file__).parents[1])
    subprocess.run(
        [sys.executable, "-c", code, str(folder)], check=True, env={**os.environ, "PYTHONPATH": tests}
    )
    assert reader.search("boat", 3) == before
    assert [reader.document(hit.document).text for hit in before.hits]
    assert Collection.open("harbour").search("boat", 3) != before


class DyingDisk(Disk):
    """Fails at the n-th write."""

    def __init__(self, writes):
        self.left = writes

    def write(self, path, data):
        if self.left == 0:
            raise StoreError(f"Cannot write {path}: No space left on device.")
        self.left -= 1
        super().write(path, data)


def test_a_full_disk_at_any_write_leaves_the_last_commit_whole(collection, folder):
    before = collection.search("boat", 5)
    (folder / "boats.txt").write_text("The yellow boat.")
    for writes in range(20):
        with lock(collection.folder, "harbour"):
            updater = Updater(collection.folder, load_manifest(collection.folder), DyingDisk(writes))
            try:
                updater.run([folder], read=read_plain)
            except StoreError:
                assert Collection.open("harbour").search("boat", 5) == before
                continue
        break
    else:
        pytest.fail("never finished")
    assert writes > 3
    assert found(Collection.open("harbour"), "yellow boat", k=1) == ["files/boats.txt"]


def test_two_folders_of_one_name_are_refused(collection, tmp_path):
    other = tmp_path / "elsewhere" / "files"
    other.mkdir(parents=True)
    (other / "x.txt").write_text("x")
    with pytest.raises(UsageError, match="already has a source named 'files'"):
        collection.update([other])


def test_sources_added_one_after_the_other_stay(collection, tmp_path):
    (tmp_path / "single.txt").write_text("A lone pelican.")
    collection.update([tmp_path / "single.txt"], read=read_plain)
    assert len(collection) == 4
    assert found(collection, "pelican", k=1) == ["single.txt"]


def test_without_vectors_hybrid_is_bm25_and_dense_is_refused(folder):
    plain = Collection.open("plain", create=True, settings=Settings(embedder="none"))
    plain.update([folder], read=read_plain)
    assert plain.search("lease").parameters["retriever"] == "bm25"
    with pytest.raises(UsageError, match="no vectors"):
        plain.search("lease", retriever="dense")


def write_beir(folder, rows):
    folder.mkdir(exist_ok=True)
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "boat"}\n')


def test_a_beir_folder_keeps_its_ids(tmp_path):
    data = tmp_path / "mini"
    write_beir(
        data,
        [
            {"_id": "MED-10", "title": "Boats", "text": "A boat.", "metadata": {"year": 1999}},
            {"_id": "x-2", "text": "A train."},
        ],
    )
    made = Collection.of([data])
    assert made.search("boat", retriever="bm25").hits[0].document == "MED-10"
    assert made.search("boat", filter={"year": "1999"}).ids == ("MED-10-1",)
    write_beir(data, [{"_id": "x-2", "text": "A train."}])
    assert made.update([data]).deleted == ["mini/corpus.jsonl#MED-10"]


@pytest.mark.parametrize(
    ("line", "message"),
    [("{}\n", "line 1"), ('{"_id": "a", "text": "x"}\n' * 2, "line 2: id 'a' occurs twice")],
)
def test_a_broken_beir_corpus_names_the_line(tmp_path, line, message):
    data = tmp_path / "mini"
    write_beir(data, [])
    (data / "corpus.jsonl").write_text(line)
    with pytest.raises(UsageError, match=message):
        Collection.of([data])


@pytest.mark.parametrize("damaged", [False, True])
def test_remove_takes_it_from_the_disk_even_when_damaged(collection, damaged):
    if damaged:
        (collection.folder / "manifest.json").write_bytes(b"{")
    Collection.remove("harbour")
    assert Collection.names() == []
    assert not (home() / "collections" / "harbour").exists()
    with pytest.raises(NotFound):
        Collection.remove("harbour")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(embedder="wordlama"), "wordllama"),
        (Settings(analyzer="englsh"), "english"),
        (Settings(unit="sentence"), "passage"),
    ],
)
def test_settings_are_checked_before_anything_is_read(settings, message):
    with pytest.raises(NotFound, match=message):
        Collection.open("new", create=True, settings=settings)
    assert Collection.names() == []


def test_a_document_without_text_is_found_by_its_title(tmp_path):
    data = tmp_path / "mini"
    write_beir(
        data, [{"_id": "a", "title": "Sorting by magnetic drum", "text": ""}, {"_id": "b", "text": "Else."}]
    )
    made = Collection.of([data])
    for retriever in ("bm25", "dense"):
        assert made.search("magnetic drum", 1, retriever=retriever).ids == ("a-1",)
    assert made.passage("a-1").text == ""


def test_a_page_that_fails_does_not_take_its_document_along(folder):
    def read(paths, *, known, progress=None):
        yield from read_plain(paths, known=known)
        yield Reading(
            "files/lease.txt", failure=Failure("files/lease.txt", "Pages beyond 500 were not read.")
        )

    made = Collection.open("partly", create=True)
    made.update([folder], read=read)
    assert len(made) == 3
    assert [failure.uri for failure in made.failures] == ["files/lease.txt"]


def test_a_home_that_cannot_be_written_is_named(tmp_path, folder, monkeypatch):
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("LEADLINE_HOME", str(tmp_path / "a-file"))
    with pytest.raises(StoreError, match="Cannot write to"):
        Collection.open("x", create=True).update([folder], read=read_plain)


def test_big_updates_commit_in_batches_and_end_the_same(folder, monkeypatch):
    from leadline.retrieval import generations, update

    for n in range(7):
        (folder / f"more{n}.txt").write_text(f"Buoy number {n} drifts.")
    whole = Collection.open("whole", create=True)
    whole.update([folder], read=read_plain)
    monkeypatch.setattr(update, "FLUSH", 2)
    monkeypatch.setattr(generations, "SEGMENTS", 3)
    parts = Collection.open("parts", create=True)
    parts.update([folder], read=read_plain)
    assert parts.manifest.generation > 3
    assert parts.index_id == whole.index_id
    assert parts.search("buoy drifts", 20) == whole.search("buoy drifts", 20)


@pytest.mark.slow
def test_a_process_killed_at_any_moment_leaves_a_whole_collection(collection, folder):
    """40 kills at random moments: what opens afterwards is one of the committed states, and checks out."""
    code = (
        "import sys, pathlib; from leadline.retrieval.collection import Collection; "
        "from plain_reader import read_plain; c = Collection.open('harbour'); f = pathlib.Path(sys.argv[1])\n"
        "for n in range(1000):\n"
        "    (f / 'boats.txt').write_text(f'State {n} of the boat.')\n"
        "    c.update([f], read=read_plain)\n"
        "    print(n, flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    rng = random.Random(5)
    for _ in range(40):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, env=environment
        ) as process:
            assert process.stdout is not None
            acknowledged = int(process.stdout.readline())
            time.sleep(rng.random() * 0.4)
            process.kill()
            for line in process.stdout:
                acknowledged = int(line)
        opened = Collection.open("harbour")
        opened.check()
        (text,) = [d.text for d in opened.documents() if d.uri == "files/boats.txt"]
        assert int(text.split()[1]) in (acknowledged, acknowledged + 1)
        assert opened.search(f"state {text.split()[1]} boat", 1, retriever="bm25").hits
