"""Boxes to lines with worked numbers; the engine on a small picture that lies askew."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest

from leadline.errors import SourceError
from leadline.models.ocr import Box, cluster, lines, read_lines, slope


def box(text: str, x: float, y: float, width: float, angle: float = 0.0, height: float = 20.0) -> Box:
    """A box whose upper left corner is (x, y) before the page is turned about the origin by `angle` radians."""
    corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return Box(text, corners @ turn, 0.9)


def test_slope_is_the_angle_of_the_long_boxes() -> None:
    found = [box("a long line", 0, 0, 300, 0.03), box("another", 0, 40, 280, 0.03), box("x", 400, 0, 20, 0.0)]
    assert slope(np.stack([one.corners for one in found])) == pytest.approx(0.03)


@pytest.mark.parametrize("angle", [-0.04, -0.02, 0.0, 0.02, 0.04])
def test_rows_stay_together_on_a_page_that_lies_askew(angle: float) -> None:
    """At 0.04 radians the end of a row of 800 pixels lies 32 lower than its start: more than a line."""
    rows = [("Item", "Qty", "Amount"), ("Gel battery 40 Ah", "24", "3,415.20"), ("Lead set", "20", "432.00")]
    found = [
        box(text, x, 30 * number, max(10 * len(text), 24), angle)
        for number, row in enumerate(rows)
        for x, text in zip((0, 450, 700), row, strict=True)
    ]
    shuffled = [found[i] for i in np.random.default_rng(7).permutation(len(found))]
    assert [line.text for line in lines(shuffled)] == [" ".join(row) for row in rows]
    assert lines(shuffled) == lines(found)


def test_a_line_is_enclosed_by_its_box_and_scores_as_its_worst_part() -> None:
    (line,) = lines([box("b", 100, 2, 50), Box("a", box("a", 0, 0, 50).corners, 0.7)])
    assert line == ("a b", (0.0, 0.0, 150.0, 22.0), 0.7)
    assert lines([]) == []


def test_rows_are_split_where_middles_are_half_a_height_apart() -> None:
    height = np.full(4, 20.0)
    assert cluster(np.array([10.0, 19.0, 40.0, 29.9]), height) == [[0, 1], [3], [2]]


def test_the_engine_reads_a_turned_picture_in_order() -> None:
    from pathlib import Path

    import reportlab
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"), 22)
    page = Image.new("L", (560, 170), 255)
    pen = ImageDraw.Draw(page)
    for row, (left, right) in enumerate(
        [("Item", "Amount"), ("Anchor chain", "1,250.00"), ("Total", "1,250.00")]
    ):
        pen.text((30, 20 + 45 * row), left, fill=0, font=font)
        pen.text((380, 20 + 45 * row), right, fill=0, font=font)
    packed = io.BytesIO()
    page.rotate(2.0, Image.Resampling.BICUBIC, fillcolor=255).save(packed, "PNG")
    assert read_lines(packed.getvalue()) == ["Item Amount", "Anchor chain 1,250.00", "Total 1,250.00"]
    with pytest.raises(SourceError, match="not a readable image"):
        read_lines(b"no image")
