import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.bench.metrics.numbers import Number, find_numbers, number_f1, number_recall

GOLD = "Revenue rose 12% to 1,250 and 7 sites"


def test_datacross_example():
    # 12% ~ 13.1% (within 10 %), 1250 ~ 1200, 7 is not 70: 2 of 3
    assert number_recall(GOLD, "Revenue rose 13.1% to 1,200 and 70 sites", mode="paper") == pytest.approx(
        2 / 3
    )
    assert number_recall(GOLD, "Revenue rose 13.1% to 1,200 and 70 sites") == pytest.approx(2 / 3)


def test_empty_sides():
    assert number_recall("no figures", "7") == 1.0
    assert number_recall("7", "") == 0.0


def test_paper_mode_keeps_the_released_quirks():
    assert [n.value for n in find_numbers("2015", "paper")] == [201, 5]
    assert [n.value for n in find_numbers("1500", "paper")] == [150, 0]
    assert find_numbers("3,400亿元", "paper") == [Number(3400, "亿")]


def test_fixed_mode_reads_whole_numbers_and_units():
    assert find_numbers("in 2015, 1500 and -3.5") == [Number(2015), Number(1500), Number(-3.5)]
    assert find_numbers("3,400亿元") == [Number(3400, "亿元")]


def test_spraying_numbers_lowers_f1_and_not_recall():
    spray = " ".join(str(i) for i in range(1, 100))
    assert number_recall("7 and 70", spray) == 1.0
    assert number_f1("7 and 70", spray) == pytest.approx(2 * 2 / (2 + 99))


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_a_text_matches_itself(values):
    text = " and ".join(map(str, values))
    assert number_recall(text, text) == 1.0
    assert number_f1(text, text) == 1.0
