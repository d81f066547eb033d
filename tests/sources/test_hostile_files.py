"""Files made to do harm: each is refused with a reason, in bounded memory and time."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import made_files as made
import pytest

from leadline.errors import SourceError


def test_a_bomb_of_100_kilobytes_is_not_expanded() -> None:
    bomb = made.zipped({"zeros.txt": b"\0" * 100_000_000})
    assert len(bomb) < 100_000
    tracemalloc.start()
    with pytest.raises(SourceError, match="expands to 100,000,000"):
        made.read_all(bomb, "bomb.zip")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_nested_archives_share_one_limit() -> None:
    block = b"".join(n.to_bytes(4, "big") for n in range(25_000))
    inner = made.zipped({f"{n}.bin": block for n in range(4)}, zipfile.ZIP_STORED)
    outer = made.zipped({f"{n}.zip": inner for n in range(4)})
    with pytest.raises(SourceError, match="expands to more than 1,000,000 bytes"):
        made.read_all(outer, "nested.zip", max_expanded=1_000_000)


def test_an_archive_within_itself_ends_at_the_depth_limit() -> None:
    data = made.zipped({"end.txt": "The end."})
    for _ in range(6):
        data = made.zipped({"in.zip": data, "here.txt": "Here."})
    documents, missed = made.read_all(data, "deep.zip")
    assert [document.text for document in documents] == ["Here.\n"] * 3
    assert {failure.reason for failure in missed} == {"It lies 3 archives deep."}


def test_overlapping_entries_are_refused() -> None:
    data = made.overlapping_zip()
    assert len(zipfile.ZipFile(io.BytesIO(data)).namelist()) == 2
    with pytest.raises(SourceError, match="entries overlap"):
        made.read_all(data, "a.zip")


def test_a_header_that_lies_about_the_size_does_not_help() -> None:
    data = bytearray(made.zipped({"a.txt": "0123456789" * 400_000}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (10).to_bytes(4, "little")
    documents, missed = made.read_all(bytes(data), "a.zip")
    assert documents == []
    assert "damaged" in missed[0].reason


def test_a_member_without_a_name_is_read() -> None:
    # A name of one character is taken away from both headers; what was the name becomes an "extra" byte of the entry.
    data = made.zipped({"x": "Nameless."})
    for sign, at in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):
        start = data.index(sign) + at
        assert data[start : start + 4] == b"\x01\0\0\0"
        data = data[:start] + b"\0\0\x01\0" + data[start + 4 :]
    documents, _ = made.read_all(data, "a.zip")
    assert [(document.uri, document.text) for document in documents] == [
        ("folder/a.zip!/unnamed", "Nameless.\n")
    ]


def test_too_many_members_are_refused() -> None:
    with pytest.raises(SourceError, match="12 members, more than 10"):
        made.read_all(made.zipped({f"{n}.txt": "x" for n in range(12)}), "a.zip", max_members=10)


def test_locked_members_and_office_files_say_that_they_are_locked() -> None:
    data = bytearray(made.zipped({"a.txt": "secret"}))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + offset] |= 1
    _, missed = made.read_all(bytes(data), "a.zip")
    assert missed[0].reason == "It is protected by a password."
    container = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 600
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 600
    )
    with pytest.raises(SourceError, match="protected by a password"):
        made.read(container, "a.docx")
    old_word = container.replace("EncryptedPackage".encode("utf-16-le"), "WordDocument".encode("utf-16-le"))
    with pytest.raises(SourceError, match=r"an old Word file. Save it as DOCX or PDF"):
        made.read(old_word, "a.doc")


@pytest.mark.parametrize("name", ["a.docx", "a.ods", "a.pptx", "a.xlsx"])
def test_a_billion_laughs_in_office_files_are_not_laughed(name: str) -> None:
    parts = {"a.docx": "word/document.xml", "a.pptx": "ppt/presentation.xml", "a.xlsx": "xl/workbook.xml"}
    if name == "a.ods":
        data = made.ods([["a", "b"], ["&l9;", 1.0]], before=made.LAUGHS)
    else:
        data = made.zipped({"[Content_Types].xml": "<Types/>", parts[name]: made.LAUGHS + "<a>&l9;</a>"})
    with pytest.raises(SourceError, match="XML defines entities"):
        made.read(data, name)


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_files_that_were_cut_off_are_refused_with_words(cut: float) -> None:
    whole = {
        "a.docx": made.docx(lambda document: document.add_paragraph("Hello")),
        "a.xlsx": made.xlsx({"S": [["a", "b"], [1, 2]]}),
        "a.zip": made.zipped({"a.txt": "hello " * 500}),
        "a.epub": made.epub({"a.xhtml": "<p>Hello</p>"}),
        "a.png": made.picture(["Hello"]),
        "a.jpg": made.picture(["Hello"], kind="JPEG"),
    }
    for name, data in whole.items():
        with pytest.raises(SourceError) as refused:
            made.read_all(data[: int(len(data) * cut)], name)
        assert refused.value.message
        assert refused.value.remedy


def test_an_image_of_too_many_pixels_is_refused_by_its_header() -> None:
    with pytest.raises(SourceError, match="460 x 200 pixels, more than 1,000"):
        made.read(made.picture(["Hello"]), "a.png", max_pixels=1000)


def test_more_text_than_the_limit_is_refused() -> None:
    with pytest.raises(SourceError, match="more than 1,000 characters"):
        made.read(b"x" * 2000, "a.txt", max_characters=1000)


def test_a_locked_page_of_rights_is_named() -> None:
    book = made.epub({"a.xhtml": "<p>x</p>"})
    archive = zipfile.ZipFile(io.BytesIO(book))
    members = {name: archive.read(name) for name in archive.namelist()}
    locked = made.zipped({**members, "META-INF/encryption.xml": "<e/>", "META-INF/rights.xml": "<r/>"})
    with pytest.raises(SourceError, match="protected by DRM"):
        made.read(locked, "a.epub")


@pytest.mark.parametrize("name", ["quay.docx", "quay.csv", "quay.txt", "quay"])
def test_a_wrong_suffix_changes_nothing_for_a_pdf(name: str) -> None:
    data = made.pdf("The lease of the north quay ends on 30 June 2027.")
    assert made.read(data, name).text == made.read(data, "quay.pdf").text


@pytest.mark.parametrize("name", ["quay.pdf", "quay.xlsx", "quay.jpg"])
def test_text_under_a_wrong_suffix_is_read_as_text(name: str) -> None:
    text = "The lease of the north quay ends on 30 June 2027.\n"
    assert made.read(text.encode(), name).text.strip() == text.strip()
