"""RM3 by hand: one feedback document, two words."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.retrieval.lexical import LexicalIndex, rm3

TEXTS = {"d1": "tide moon moon sea", "d2": "moon sea", "d3": "car road"}


@pytest.fixture
def index(tmp_path: Path) -> LexicalIndex:
    made = LexicalIndex.create(tmp_path, "none")
    with made.writer() as writer:
        for id, text in TEXTS.items():
            writer.add(id, text)
    return made


def test_feedback_words_share_half_of_the_weight(index: LexicalIndex) -> None:
    # Only d1 has "tide": P(moon|d1) = 1/2, P(sea|d1) = P(tide|d1) = 1/4; half of that, plus half for the query word.
    weights = rm3.expand(index, "tide", TEXTS.__getitem__)
    assert weights == pytest.approx({"tide": 0.5 + 0.125, "moon": 0.25, "sea": 0.125})


def test_expansion_finds_what_the_query_does_not_say(index: LexicalIndex) -> None:
    assert index.search("tide").ids == ("d1",)
    assert rm3.search(index, "tide", TEXTS.__getitem__).ids == ("d1", "d2")


def test_neutral_setting_is_the_plain_query(index: LexicalIndex) -> None:
    plain = index.search("moon sea")
    assert rm3.search(index, "moon sea", TEXTS.__getitem__, original_weight=1.0).ids == plain.ids


def test_nothing_found_is_nothing_expanded(index: LexicalIndex) -> None:
    assert rm3.expand(index, "unheard", TEXTS.__getitem__) == {"unheard": 1.0}
    assert rm3.search(index, "", TEXTS.__getitem__).hits == ()
