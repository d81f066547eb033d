"""Query forms: numbers survive every rewrite, and a model that loses them is not believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.models.scripted import ScriptedModel
from leadline.retrieval.query_forms import expand, feedback, keywords, numbers, plain_question, q2q

QUERIES = ["how far is 3.5 km from 1,200 m", "who won in 2019-05-01", "room 12 of flight 370"]


def test_numbers_with_their_separators():
    assert numbers("3.5 mm and 1,200 in 2019-05, 7.") == ["1,200", "2019-05", "3.5", "7"]


def test_q2q_takes_one_line_without_label_and_quotes():
    model = ScriptedModel(['Question: "who signed the lease in 2019?"\nBecause it is asked.'])
    assert q2q('"signed lease" 2019', model) == "who signed the lease in 2019?"


@pytest.mark.parametrize(
    "bad", ["who signed the lease?", "who signed it in 2020?", "", "signed 2019 and 5 more?"]
)
def test_q2q_asks_again_and_then_keeps_the_raw_query(bad):
    assert q2q("signed lease 2019", ScriptedModel([bad, "who signed the lease in 2019?"])) == (
        "who signed the lease in 2019?"
    )
    model = ScriptedModel([bad, bad])
    assert q2q("signed lease 2019", model) == "signed lease 2019"
    assert len(model.asked) == 2


@given(st.sampled_from(QUERIES), st.text(max_size=60))
def test_numbers_are_verbatim_whatever_the_model_says(query, answer):
    assert numbers(q2q(query, ScriptedModel([answer, answer]))) == numbers(query)


def test_reasoning_is_shown_with_white_space_collapsed():
    model = ScriptedModel(["what is x"])
    q2q("x", model, reasoning="I need\n\n  the  date")
    assert "Reasoning of the searcher: I need the date\n" in model.asked[0][0].content


@pytest.mark.parametrize("query", [*QUERIES, "who wrote the national anthem of Peru", "it", ""])
def test_rule_forms_keep_numbers(query):
    for seed in range(5):
        short = keywords(query, seed)
        assert numbers(short) == numbers(query)
        assert numbers(plain_question(short)) == numbers(query)


def test_keywords_are_seeded_and_quote_one_pair():
    query = "who wrote the national anthem of Peru"
    assert keywords(query, 1) == keywords(query, 1)
    assert keywords(query, 1).count('"') == 2
    words = keywords(query, 3).replace('"', "").split()
    assert sorted(words) == ["Peru", "anthem", "national", "wrote"]


def test_plain_question_drops_the_syntax_of_search_engines():
    assert plain_question('"national anthem" AND Peru') == "what is national anthem peru"


def test_expansions():
    assert expand("boat", ScriptedModel(["A boat floats."]), repeat=2) == "boat boat A boat floats."
    assert expand("boat", ScriptedModel(["  "])) == "boat"
    assert feedback("boat", ["a red boat with sails", "sails of a boat", "a pier"], n_terms=2) == "boat sails"
    assert feedback("boat", []) == "boat"
