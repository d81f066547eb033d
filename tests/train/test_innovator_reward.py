"""Innovator-VL's rewards on text."""

import pytest

from leadline.train.rewards.innovator_vl import (
    accuracy,
    boxed,
    final_answer,
    format_score,
    judged,
    score,
    spatial_accuracy,
)

TAGGED = "<think>3 + 4</think>\n<answer>{}</answer>"


def test_score_of_the_specification():
    assert score(TAGGED.format("TOTAL 9.80"), "TOTAL 9.00", "ocr") == pytest.approx(0.91)
    assert score(TAGGED.format("7"), "7", "exact number") == pytest.approx(1.0)
    assert score("7", "7", "exact number") == pytest.approx(0.9)
    assert score(TAGGED.format("8"), "7", "exact number") == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TAGGED.format("7"), 1.0),
        (r"so \boxed{7}", 1.0),
        ("we add 3 + 4 " * 20 + "and the answer is 7", 0.8),
        ("the answer is 3 + 4", 0.0),
        ("word " * 60 + "the answer is seven", 0.0),
        ("<answer>7</answer>", 0.0),
        ("<think></think><answer>7</answer>", 0.0),
        ("", 0.0),
    ],
)
def test_format(text, expected):
    assert format_score(text) == expected


def test_final_answers():
    assert final_answer("<answer> 7 </answer> 8") == "7"
    assert boxed(r"\boxed{1} or \boxed{\frac{a}{b}}") == r"\frac{a}{b}"
    assert boxed(r"\boxed{open") is None
    assert final_answer("I think the answer is: 42") == "42"
    assert final_answer(" plain ") == "plain"
    assert accuracy(r"\boxed{\frac{1}{2}}", "0.5", "mathematics") == 1.0


def test_spatial_answers_mix_in_the_box_of_the_thought():
    said = "<think>it is at [0, 0, 10, 10]</think><answer>B</answer>"
    assert spatial_accuracy(said, "B", "choice", "[5, 0, 15, 10]") == pytest.approx(0.5 / 3 + 0.5)
    assert spatial_accuracy(TAGGED.format("B"), "B", "choice", "[0, 0, 1, 1]") == 0.5


def test_judged_parts():
    assert judged(1, 1, 1) == pytest.approx(1)
    assert judged(0, 0, 1) == pytest.approx(0.8)
    assert judged(0, 1, 0, "thinking") == pytest.approx(0.35)
