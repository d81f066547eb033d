"""WARC archives: written plainly, read by their record ids, and by another reader the same way."""

import gzip

import pytest

from leadline.errors import StoreError
from leadline.evidence.warc import Record, find_record

PAGES = [
    Record.of("http://a.org/1", "2026-01-01T00:00:00Z", "text/html", b"<p>one</p>\r\n\r\nWARC/1.1\r\n"),
    Record.of("http://a.org/2", "2026-01-01T00:00:01Z", "text/plain", b""),
    Record.of("http://a.org/1", "2026-01-02T00:00:00Z", "text/html", b"<p>two</p>"),
]


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "captures.warc"
    path.write_bytes(b"".join(page.encoded() for page in PAGES))
    return path


def test_every_record_is_found_by_its_id_also_packed(archive, tmp_path):
    assert len({page.id for page in PAGES}) == 3
    packed = tmp_path / "packed.warc.gz"
    packed.write_bytes(b"".join(gzip.compress(page.encoded()) for page in PAGES))
    for path in (archive, packed):
        assert [find_record(path, page.id) for page in PAGES] == PAGES
        assert find_record(path, "urn:uuid:none") is None


def test_the_same_fetch_has_the_same_id():
    assert Record.of("u", "d", "t", b"x").id == Record.of("u", "d", "t", b"x").id
    assert Record.of("u", "d", "t", b"x").id != Record.of("u", "d", "t", b"y").id


def test_another_reader_reads_the_same(archive):
    warcio = pytest.importorskip("warcio.archiveiterator")
    with archive.open("rb") as file:
        read = [
            (r.rec_headers.get_header("WARC-Target-URI"), r.content_stream().read())
            for r in warcio.ArchiveIterator(file)
        ]
    assert read == [(page.uri, page.data) for page in PAGES]


def test_a_url_or_type_from_outside_cannot_add_a_header():
    odd = Record.of(
        "http://a/\r\nWARC-Type: warcinfo", "2026-01-01T00:00:00Z", "text/html\r\nContent-Length: 0", b"x"
    )
    head = odd.encoded().split(b"\r\n\r\n")[0].split(b"\r\n")
    assert len([line for line in head if line.startswith(b"WARC-Type:")]) == 1
    assert len([line for line in head if line.startswith(b"Content-Length:")]) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-20],
        lambda data: data.replace(b"Content-Length: 10", b"Content-Length: -5"),
        lambda data: data.replace(b"Content-Length: 10", b"Content-Length: ten"),
        lambda data: b"nonsense\r\n" + data,
        lambda data: data.replace(b"Content-Length", b"Content-Size"),
        lambda data: gzip.compress(data)[:-30],
    ],
)
def test_damage_is_named(archive, damage):
    archive.write_bytes(damage(archive.read_bytes()))
    with pytest.raises(StoreError, match="damaged"):
        find_record(archive, PAGES[2].id)


def test_an_empty_archive_has_nothing(tmp_path):
    (tmp_path / "empty.warc").write_bytes(b"")
    assert find_record(tmp_path / "empty.warc", "x") is None
