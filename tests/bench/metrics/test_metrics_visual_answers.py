"""Verifiers by the type of the answer, by hand, and on hostile text."""

import time

import pytest

from leadline.bench.metrics.answers import verify_answer
from leadline.bench.metrics.grounding import iou
from leadline.bench.metrics.mathematics import plain_formula, same_value
from leadline.bench.metrics.visual_answers import edit_distance, read_box


@pytest.mark.parametrize(
    ("prediction", "gold", "kind", "expected"),
    [
        (" 1,250 ", "1250", "exact number", 1.0),
        ("7.0", "7", "exact number", 0.0),
        ("", "", "exact number", 0.0),
        ("(B) not (A)", "B", "choice", 1.0),
        ("Bears", "B", "choice", 0.0),
        ("C. 4", "C", "choice", 1.0),
        ("Yes.", "true", "boolean", 1.0),
        ("no, that is false", "yes", "boolean", 0.0),
        ("perhaps", "no", "boolean", 0.0),
        ("[0, 0, 10, 10]", "[0, 0, 10, 10]", "box", 1.0),
        ("x1=5 y1=0", "[0, 0, 10, 10]", "box", 0.0),
        ("TOTAL 9.80", "TOTAL 9.00", "ocr", 0.9),
        ("abcd......", "abcdefghij", "ocr", 0.0),  # distance 6 of 10: .4, below a half
        ("abcde.....", "abcdefghij", "ocr", 0.5),
        ("", "", "ocr", 1.0),
        ("Old  Oak", "old oak", "string", 1.0),
        (r"\frac{1}{2}", "0.5", "mathematics", 1.0),
        (r"$\dfrac{\sqrt{8}}{2}$", r"\sqrt{2}", "mathematics", 1.0),
        ("x = 3", "3", "mathematics", 1.0),
        ("2(x+1)", "2x+2", "mathematics", 1.0),
        ("50%", "1/2", "mathematics", 1.0),
        ("1e3", "1,000", "mathematics", 1.0),
        (r"2\pi r", r"r \cdot 2 \pi", "mathematics", 0.0),  # "pi r" is not read: never equal
        (r"2\pi", "6.28", "mathematics", 0.0),
        ("x+1", "y+1", "mathematics", 0.0),
        ("1/0", "1/0", "mathematics", 0.0),
    ],
)
def test_by_type(prediction, gold, kind, expected):
    assert verify_answer(prediction, [gold], kind) == pytest.approx(expected)


def test_code_is_not_run_and_huge_powers_end():
    began = time.perf_counter()
    for hostile in (
        "__import__('os').getcwd()",
        "9**9**9**9",
        "(" * 5000,
        "1+" * 1500 + "1",
        "x.y",
        "[1]",
        "a if b else c",
    ):
        assert not same_value(hostile, hostile)
    assert verify_answer("x" * 300_000, ["y" * 300_000], "ocr") == 0.0
    assert time.perf_counter() - began < 5


def test_formulas_as_read():
    assert plain_formula(r"\frac{1}{\frac{2}{3}}") == "((1)/(((2)/(3))))"
    assert plain_formula("3x^2") == "3*x**2"


def test_edit_distance_and_boxes():
    assert [edit_distance(a, b) for a, b in (("kitten", "sitting"), ("", "ab"), ("flaw", "lawn"))] == [
        3,
        2,
        2,
    ]
    assert read_box("<box>(1, 2.5), (30, 40)</box>") == (1, 2.5, 30, 40)
    assert iou((0, 0, 10, 10), (5, 5, 15, 15)) == pytest.approx(25 / 175)
