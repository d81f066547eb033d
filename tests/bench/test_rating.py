"""Marks of a chat model: the expectation over its candidates, and where the gold may be seen."""

from math import log

import pytest

from leadline.bench.protocol import Answer
from leadline.bench.protocols import protocol
from leadline.bench.rating import ASKS, candidates, rate
from leadline.models.base import Message, Reply, Token
from leadline.models.judge import ModelJudge
from leadline.models.scripted import ScriptedModel

TOP = {"8": log(0.6), "7": log(0.2), "9": log(0.1), "6": log(0.05), " ": log(0.05)}
TOKENS = (
    Token("In 2", -1.0),
    Token(" years. <rating", -0.1),
    Token(">", 0.0),
    Token("8", log(0.6), TOP),
    Token("</", 0),
)


def test_the_number_after_the_tag_counts_and_no_other():
    assert candidates(TOKENS) == TOP
    assert candidates(TOKENS[:3]) == {}
    assert candidates((*TOKENS[:3], Token("8", -0.5))) == {"8": -0.5}  # no alternatives given: what was said


def ask(reply, answer="It rose."):
    model = ScriptedModel([reply])
    return rate(model, "logic", goal="g", gold=["f"], answer=answer), model


def test_marks_by_log_probabilities_by_tag_and_by_default():
    assert ask(Reply("<rating>8</rating>", TOKENS))[0] == pytest.approx(0.74)
    assert ask("fine <rating>7</rating>")[0] == 0.7
    assert ask("no idea")[0] == 0.5
    value, model = ask("unused", answer=" ")
    assert (value, model.asked) == (0.0, [])


def test_datacross_is_marked_in_three_aspects_when_the_judge_has_a_model():
    chosen = protocol("datacrossbench")
    case = chosen.twin(0, 1).cases[0]

    def script(messages):
        prompt = messages[-1].content
        if "Statement:" in prompt:
            return '{"verdict": "supported"}'
        return f"<rating>{[2, 4, 10][[a in prompt for a in ASKS.values()].index(True)]}</rating>"

    model = ScriptedModel(script)
    judge = ModelJudge(lambda prompt: model.chat([Message("user", prompt)]).text, "m", model=model)
    scores = chosen.score(case, Answer("\n".join(case.gold["insights"])), judge)
    assert (scores["logic"], scores["insight"], scores["number recall"]) == (0.4, 1.0, 1.0)
    assert scores["factuality"] == pytest.approx(0.5 * 1 + 0.5 * 0.2)
    assert scores["overall"] == pytest.approx(0.30 * 0.6 + 0.25 * 1.0 + 0.20 * 0.4 + 0.25 * 1.0)
