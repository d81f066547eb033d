"""What did not change is read again when what read it is another now: file by file, and nothing is lost on the way."""

from hashlib import sha256

import msgspec
import pytest

from fakes import Killed
from leadline.evidence.model import Document, Failure
from leadline.retrieval import update
from leadline.retrieval.collection import Collection
from leadline.retrieval.manifest import commit, lock
from leadline.sources.read import Reading
from leadline.sources.versions import CHOICE, stamps

NOW, OLDER = stamps([CHOICE]), (f"{CHOICE} 000000000000",)
NAMES = ("a.txt", "b.txt", "c.txt")


class Reads:
    """A reader that makes `says name` of each file, and lists what it was asked for; at a name it `fails` or `dies`."""

    def __init__(self, says, read_by, fails="", dies=""):
        self.says, self.read_by, self.fails, self.dies = says, read_by, fails, dies
        self.asked = []

    def __call__(self, paths, *, known, progress=None):
        for file in sorted(paths[0].iterdir()):
            uri, digest = f"{paths[0].name}/{file.name}", sha256(file.read_bytes()).hexdigest()
            if known.get(uri) == digest:
                yield Reading(uri, digest, unchanged=True)
                continue
            self.asked.append(file.name)
            if file.name == self.dies:
                raise Killed
            if file.name == self.fails:
                yield Reading(uri, digest, failure=Failure(uri, "It is odd."))
                continue
            text = f"{self.says} {file.stem}"
            document = Document(f"d{file.stem}", file.stem, text, uri, "text/plain", digest)
            yield Reading(uri, digest, (document,), read_by=self.read_by)


@pytest.fixture
def folder(tmp_path):
    for name in NAMES:
        (tmp_path / "files" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "files" / name).write_text(name)
    return tmp_path / "files"


@pytest.fixture
def collection(folder):
    """Read by what was there before."""
    made = Collection.open("harbour", create=True)
    made.update([folder], read=Reads("mumbled", OLDER))
    return made


def texts(collection):
    return [document.text for document in collection.documents()]


def test_files_of_an_older_reader_are_read_again_once(collection, folder):
    reader = Reads("clear", NOW)
    done = collection.update([folder], read=reader)
    assert reader.asked == list(NAMES)
    assert (done.read_again, done.unchanged, len(done.changed)) == (3, 0, 3)
    assert texts(collection) == ["clear a", "clear b", "clear c"]
    assert collection.search("mumbled", retriever="bm25").hits == ()
    fresh = Collection.open("fresh", create=True)
    fresh.update([folder], read=Reads("clear", NOW))
    assert collection.index_id == fresh.index_id
    generation = collection.manifest.generation
    assert collection.update([folder], read=reader).unchanged == 3
    assert (reader.asked, collection.manifest.generation) == (list(NAMES), generation)


def test_documents_that_come_out_the_same_stay_where_they_are(collection, folder):
    segments = collection.manifest.segments
    done = collection.update([folder], read=Reads("mumbled", NOW))
    assert (done.read_again, done.unchanged, done.changed) == (3, 3, [])
    assert collection.manifest.segments == segments
    again = Reads("mumbled", NOW)
    Collection.open("harbour").update([folder], read=again)
    assert again.asked == []


def test_a_collection_from_before_readers_were_noted_opens_and_is_read_again_once(collection, folder):
    old = msgspec.msgpack.decode(msgspec.msgpack.encode(collection.sources))
    for record in old["by_uri"].values():
        del record["read_by"]
    with lock(collection.folder, "harbour"):
        commit(collection.folder, collection.manifest, old)
    opened = Collection.open("harbour")
    assert texts(opened) == ["mumbled a", "mumbled b", "mumbled c"]
    assert opened.search("mumbled b", 1, retriever="bm25").ids == ("db-1",)
    reader = Reads("clear", NOW)
    assert opened.update([folder], read=reader).read_again == 3
    assert opened.update([folder], read=reader).read_again == 0
    assert texts(opened) == ["clear a", "clear b", "clear c"]


@pytest.mark.parametrize("says", ["clear", "mumbled"])
def test_a_process_killed_while_it_reads_again_loses_no_text_and_goes_on(
    collection, folder, monkeypatch, says
):
    monkeypatch.setattr(update, "FLUSH", 1)
    with pytest.raises(Killed):
        collection.update([folder], read=Reads(says, NOW, dies="c.txt"))
    opened = Collection.open("harbour")
    assert texts(opened) == [f"{says} a", f"{says} b", "mumbled c"]
    reader = Reads(says, NOW)
    opened.update([folder], read=reader)
    assert reader.asked == ["c.txt"]
    assert texts(opened) == [f"{says} a", f"{says} b", f"{says} c"]


def test_where_the_new_reader_fails_the_old_text_stays_until_the_file_changes(collection, folder):
    for _ in range(2):
        reader = Reads("clear", NOW, fails="b.txt")
        done = collection.update([folder], read=reader)
        assert "b.txt" in reader.asked
        assert [failure.reason for failure in done.failures] == [
            "It is odd. What was read of it before is kept."
        ]
        assert texts(collection) == ["clear a", "mumbled b", "clear c"]
    (folder / "b.txt").write_text("something else")
    collection.update([folder], read=Reads("clear", NOW, fails="b.txt"))
    assert texts(collection) == ["clear a", "clear c"]
    assert [failure.reason for failure in collection.failures] == ["It is odd."]


def test_readers_without_stamps_read_only_what_changed(folder):
    made = Collection.open("crawled", create=True)
    made.update([folder], read=Reads("clear", ()))
    reader = Reads("other", ())
    assert made.update([folder], read=reader).unchanged == 3
    assert reader.asked == []


def test_what_could_not_be_read_of_an_unchanged_file_stays_listed(folder):
    def read(paths, *, known, progress=None):
        for reading in Reads("clear", NOW)(paths, known=known):
            yield reading
            if reading.uri == "files/b.txt" and not reading.unchanged:
                for part in ("#page=3", "!/bad.pdf", "!/good.pdf#page=1"):
                    yield Reading(reading.uri + part, failure=Failure(reading.uri + part, "It is damaged."))

    made = Collection.open("partly", create=True)
    first = made.update([folder], read=read).failures
    assert len(first) == 3
    generation = made.manifest.generation
    assert made.update([folder], read=read).failures == made.failures == first
    assert made.manifest.generation == generation
    (folder / "b.txt").unlink()
    assert made.update([folder], read=read).failures == made.failures == []


def test_the_command_says_that_files_were_read_again(folder, cli):
    folder = folder.rename(folder.with_name("notes"))
    assert cli("index", str(folder), "--collection", "notes")[0] == 0
    made = Collection.open("notes")
    assert made.sources.by_uri["notes/a.txt"].read_by == stamps([CHOICE, "leadline.sources.types.text"])
    older = {uri: msgspec.structs.replace(r, read_by=OLDER) for uri, r in made.sources.by_uri.items()}
    with lock(made.folder, "notes"):
        commit(made.folder, made.manifest, msgspec.structs.replace(made.sources, by_uri=older))
    code, out, _ = cli("index", str(folder), "--collection", "notes")
    assert code == 0
    assert "3 unchanged" in out
    assert "3 were read again" in out
    assert "read again" not in cli("index", str(folder), "--collection", "notes")[1]
