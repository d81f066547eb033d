"""ICRL's reward and loop by the numbers of the specification (section 6)."""

import pytest

from leadline.errors import UsageError
from leadline.train.pilots.curriculum import few_shot, few_shot_prompt, may_advance
from leadline.train.pilots.tag_loop import INVALID, converse, information
from leadline.train.rewards.icrl import accuracy, tag_reward


@pytest.mark.parametrize(
    ("response", "fmt", "acc", "total"),
    [
        ("<think>a</think><search>q</search><answer> Paris </answer>", 1.0, 1, 1.0),
        ("<think>a</think><answer>Paris</answer>", 0.9, 1, 0.98),
        ("Paris", 0.25, 1, 0.85),
        ("<answer>Paris", 0.05, 0, 0.01),
        ("<think>a<search>q</search><answer></answer>", 0.55, 0, 0.11),
        ("", 0.05, 0, 0.01),
    ],
)
def test_rewards_of_the_specification(response, fmt, acc, total):
    assert tag_reward(response, ["Paris"]) == pytest.approx((fmt, acc, total))


def test_punctuation_is_deleted_not_spaced():
    assert accuracy("The Eiffel-Tower!", ["eiffeltower"]) == 1
    assert accuracy("Eiffel Tower", ["eiffeltower"]) == 0
    assert accuracy("Paris and Rome", ["Rome", "Paris"]) == 1  # all of several golds
    assert accuracy("Paris and Rome", ["Paris"]) == 0


def test_scoring_the_prompt_gives_credit_for_the_example():
    prompt = "<think>t</think><search>s</search><answer>Beijing</answer>"
    assert tag_reward("I do not know", ["Beijing"], prompt=prompt).acc == 0
    assert tag_reward("I do not know", ["Beijing"], prompt=prompt, score_prompt=True).total == 1


def test_six_searches_and_a_forced_last_word():
    asked = []

    def search(query):
        asked.append(query)
        return [("t", f"about {query}")]

    parts = converse("Q", lambda context: f"<search> q{len(asked)} </search> more", search)
    assert asked == [f"q{i}" for i in range(6)]
    assert [part.own for part in parts] == [True, False] * 6 + [True]
    assert parts[-1].text.endswith(" more")  # the last word is neither cut nor searched
    assert parts[1].text == "\n\n<information>Doc 1(Title: t) about q0</information>\n\n"


def test_an_answer_ends_and_an_invalid_action_is_told():
    said = iter(["hm", "<think>x</think><answer>1</answer> and more"])
    parts = converse("Q", lambda context: next(said), lambda query: [])
    assert [part.text for part in parts] == ["hm", INVALID, "<think>x</think><answer>1</answer>"]
    assert not parts[1].own
    assert information([("t", "a b c d")], 3) == "\n\n<information>Doc 1(Title: t)</information>\n\n"


def test_stages_and_gate():
    assert [s.updates for s in few_shot((3, 2, 0), 100)] == [33, 33, 34]
    assert not may_advance([0.9] * 4)
    assert may_advance([0.0, 0.5, 0.5, 0.6, 0.5, 0.5])
    with pytest.raises(UsageError, match="do not cover"):
        few_shot((3, 2, 0), 2)
    assert "example" not in few_shot_prompt("Use tags.", [("p", "s")], "q", 0)
    with pytest.raises(UsageError, match="2 demonstrations"):
        few_shot_prompt("Use tags.", [("p", "s")], "q", 2)
