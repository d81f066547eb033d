"""EASE over real prompts: tasks by their rules, metrics, the prompt, and a scripted model as the black box."""

import numpy as np
import pytest

from leadline.explore.exemplar_prompts import (
    ModelScorer,
    exact_match,
    linear,
    linear_rule,
    pig_latin,
    prompt,
    same_number,
    wrong_linear_rule,
)
from leadline.explore.exemplars import Arm, EaseConfig, ease
from leadline.models.scripted import ScriptedModel


class Numbers:
    """Embeds a text by its numbers: right and wrong exemplars lie apart."""

    name, dimension = "numbers", 3

    def encode(self, texts):
        rows = []
        for text in texts:
            found = [float(w) for w in text.replace("\n", " ").split() if w.lstrip("-").isdigit()]
            x, y = found if len(found) == 2 else (0.0, 0.0)
            rows.append([1.0, x / 500, np.sign(y)])
        return np.array(rows)

    encode_queries = encode


def follows_the_majority(messages):
    """A learner that applies the rule which most exemplars follow."""
    *shown, query = messages[-1].content.split("\n\n")
    pairs = [p.split("\n") for p in shown if p.startswith("Input")]
    votes = [int(b.split()[-1]) == linear_rule(int(a.split()[-1])) for a, b in pairs]
    x = int(query.split("\n")[0].split()[-1])
    return str(linear_rule(x) if sum(votes) * 2 > len(votes) else wrong_linear_rule(x))


def test_rules_and_noise_of_the_specification():
    assert (linear_rule(172), linear_rule(47), wrong_linear_rule(430)) == (-682, -182, 2142)
    task = linear(0.5, seed=3)
    wrong = [int(e.output) == wrong_linear_rule(int(e.input)) for e in task.pool]
    assert (len(task.pool), sum(wrong)) == (100, 50)
    assert all(int(e.output) == linear_rule(int(e.input)) for e in (*task.validation, *task.test))
    assert (len(task.validation), len(task.test)) == (20, 100)
    assert {e.output for e in pig_latin(1.0).pool} == {e.input[::-1] for e in pig_latin(1.0).pool}


def test_metrics_know_a_sign_where_the_published_one_does_not():
    assert exact_match("-682", "682") == 1.0  # the published normalisation
    assert same_number("-682", "682") == 0.0
    assert same_number("no number", "3") == same_number("", "3") == 0.0
    assert exact_match("Onestay.\nMore", "onestay") == 1.0


def test_a_prompt_has_the_published_form():
    task = linear(seed=1)
    text = prompt(task, Arm((4, 2), 1), "7")
    a, b = task.pool[4], task.pool[2]
    assert text == (
        f"Instruction: Apply the same rule to the number.\n\nInput: {a.input}\nOutput: {a.output}\n\n"
        f"Input: {b.input}\nOutput: {b.output}\n\nInput: 7\nOutput:"
    )
    assert prompt(task, Arm((4,)), "7").startswith("Input:")


def test_a_model_is_asked_once_per_prompt_and_good_lists_are_found_among_noise():
    task = linear(0.7, seed=0)
    scorer = ModelScorer(ScriptedModel(follows_the_majority), task, Numbers())
    arm = Arm(tuple(range(5)))
    assert scorer.score(arm) == scorer.score(arm)
    assert scorer.calls == 20
    config = EaseConfig(budget=40, initial=10, samples=60, keep=10, batches=2, hidden=(16,), steps=40)
    found = ease(scorer.score, scorer.embed, 100, 5, config, cost=scorer.cost, instructions=4)
    assert found.value == 1.0
    assert scorer.test(found.best) == 1.0
    assert scorer.embed([arm, Arm(arm.exemplars[::-1])]).shape == (2, 5 * 3 + 3)
    assert scorer.cost(arm.exemplars) == pytest.approx(scorer.cost(arm.exemplars[::-1]))
