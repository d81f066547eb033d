"""Scans: regions, pages, limits, and the pictures of regions for reports."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any, NamedTuple

import made_files as made
import pytest

from leadline.errors import SourceError
from leadline.evidence.model import Page, Region
from leadline.sources.image import render_region
from leadline.sources.limits import Limits
from leadline.sources.parse import parse


class Ink(NamedTuple):
    text: str
    box: tuple[float, float, float, float]


def find_ink(pixels: Any) -> list[Ink]:
    """A recogniser that sees lines but cannot read: it names each by the place of its ink."""
    import numpy as np

    dark = pixels.min(axis=2) < 128
    rows = np.flatnonzero(dark.any(axis=1))
    if not len(rows):
        return []
    found = []
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 12) + 1):
        columns = np.flatnonzero(dark[run].any(axis=0))
        found.append(
            Ink(
                f"line {len(found) + 1}",
                (float(columns[0]), float(run[0]), float(columns[-1] + 1), float(run[-1] + 1)),
            )
        )
    return found


HERE = f"{__name__}:find_ink"


def scan(data: bytes, name: str, **limits: Any) -> Any:
    return parse(data, f"folder/{name}", limits=Limits(**limits), ocr=HERE)


def test_each_line_of_an_image_has_its_region() -> None:
    (document,), missed = scan(made.picture(["First line", "Second line"]), "a.png")
    assert document.text == "line 1\nline 2\n"
    assert missed == []
    first, second = document.marks
    assert document.text[second.start : second.end] == "line 2"
    assert isinstance(first.place, Region)
    x0, y0, x1, y1 = first.place.box
    assert 15 / 460 < x0 < 30 / 460 < x1 < 0.5
    assert 10 / 200 < y0 < y1 < second.place.box[1] < 0.6


def test_pages_without_a_text_layer_are_recognised_and_those_beyond_the_limit_listed() -> None:
    data = made.picture_pdf(["One"], ["Two"], ["Three"])
    (document,), missed = scan(data, "a.pdf", max_ocr_pages=2)
    assert [mark.place for mark in document.marks if isinstance(mark.place, Page)] == [Page(1), Page(2)]
    assert [mark.place.page for mark in document.marks if isinstance(mark.place, Region)] == [1, 2]
    assert [failure.uri for failure in missed] == ["folder/a.pdf#page=3"]
    assert document.metadata["scanned_pages"] == "2"


def test_pages_are_left_out_when_the_time_of_a_file_runs_out_and_the_others_kept() -> None:
    slow = f"{__name__}:find_ink_slowly"
    limits = Limits(max_seconds=1.0)
    (document,), missed = parse(
        made.picture_pdf(["One"], ["Two"], ["Three"]), "a.pdf", limits=limits, ocr=slow
    )
    assert [mark.place.page for mark in document.marks if isinstance(mark.place, Region)] == [1]
    assert [failure.uri for failure in missed] == ["a.pdf#page=2", "a.pdf#page=3"]
    assert "70% of the time" in missed[0].reason


def find_ink_slowly(pixels: Any) -> list[Ink]:
    time.sleep(0.9)
    return find_ink(pixels)


def test_frames_of_a_tiff_are_pages_and_transparency_is_paper() -> None:
    packed = io.BytesIO()
    made.drawn(["One"]).save(packed, "TIFF", save_all=True, append_images=[made.drawn(["Two"])])
    (document,), _ = scan(packed.getvalue(), "a.tif")
    assert [mark.place.page for mark in document.marks] == [1, 2]
    ink = made.drawn(["One"])
    clear = io.BytesIO()
    layer = ink.convert("RGBA")
    layer.putalpha(ink.point(lambda grey: 255 - grey))
    layer.save(clear, "PNG")
    (document,), _ = scan(clear.getvalue(), "a.png")
    assert document.text == "line 1\n"


def test_a_blank_image_says_that_nothing_was_recognised() -> None:
    with pytest.raises(SourceError, match="No text was recognised"):
        scan(made.picture([]), "a.png")


@pytest.mark.parametrize("kind", ["png", "pdf", "zip", "mail"])
def test_a_region_is_cut_out_of_the_file_that_it_was_read_from(tmp_path: Path, kind: str) -> None:
    from PIL import Image

    lines = ["First line", "Second"]
    image = made.picture(lines)
    data, name, inside = {
        "png": (image, "a.png", ""),
        "pdf": (made.picture_pdf(lines), "a.pdf", ""),
        "zip": (made.zipped({"b/c.png": image}), "a.zip", "!/b/c.png"),
        "mail": (made.mail("See it.", {"c.png": image}), "a.eml", "!/c.png"),
    }[kind]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).write_bytes(data)
    uri = f"folder/{name}{inside}"
    documents, _ = scan(data, name)
    document = next(document for document in documents if document.uri == uri)
    region = [mark.place for mark in document.marks if isinstance(mark.place, Region)][1]
    crop = Image.open(io.BytesIO(render_region(tmp_path / "folder", uri, region)))
    page = Image.open(io.BytesIO(render_region(tmp_path / "folder", uri, Region(1, (0, 0, 1, 1)))))
    assert crop.height < page.height / 3
    assert crop.convert("L").getextrema()[0] < 100
    # The same picture comes when the source is named as the file itself, and every time.
    again = render_region(tmp_path / "folder" / name, uri.removeprefix("folder/"), region)
    assert Image.open(io.BytesIO(again)).size == crop.size


def test_a_region_that_is_not_there_any_more_is_an_error_with_words(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(made.picture(["x"]))
    for uri, region, words in (
        ("top/gone.png", Region(1, (0, 0, 1, 1)), "cannot be opened"),
        ("top/a.png", Region(2, (0, 0, 1, 1)), "There is no page 2"),
        ("top/a.png!/b.png", Region(1, (0, 0, 1, 1)), "is not attached any more"),
    ):
        with pytest.raises(SourceError, match=words):
            render_region(tmp_path, uri, region)
