"""Chains of look-ups amid noise: what a question says, and what the tool gives back."""

import numpy as np
import pytest

from leadline.environments.base import Action
from leadline.environments.key_chains import NOISE, QUESTION, VOCABULARY, Chain, KeyChains, draw

CHAIN = Chain(("e3", "e9", "e4"), ("r5", "r1"), seed=0)


def facts(text):
    return [word for word in text.split() if not word.startswith("n")]


def test_a_question_names_the_start_and_the_relations_in_order():
    assert facts(CHAIN.question) == ["?", "e3", "r5", "r1", "."]
    assert CHAIN.answer == "e4 e9"  # the last value, and the first


@pytest.mark.parametrize("hops", [1, 4, 16])
def test_questions_are_equally_long(hops):
    chain = draw(np.random.default_rng(hops), hops)
    assert len(chain.question.split()) == QUESTION
    assert set(chain.question.split()) <= set(VOCABULARY)
    assert len(set(chain.path)) == hops + 1


def test_look_gives_the_fact_amid_forty_words():
    world = KeyChains(CHAIN)
    seen = [world.step(action).text for action in CHAIN.looks]
    assert [facts(text) for text in seen] == [["e3", "e9"], ["e9", "e4"]]
    assert [len(text.split()) for text in seen] == [NOISE + 2] * 2
    assert "e3 e9" in seen[0]
    assert world.step(CHAIN.looks[0]).text == seen[0]


def test_what_is_not_on_the_chain_has_no_value():
    wrong = Action("look", {"key": "e3", "relation": "r1"})
    assert facts(KeyChains(CHAIN).step(wrong).text) == []


def test_a_longer_chain_is_refused():
    with pytest.raises(ValueError, match="1 to 16 hops, not 17"):
        draw(np.random.default_rng(0), 17)
