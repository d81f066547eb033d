"""DeepMMSearch-R1: fixed workflows by hand, learning beside the specification's curve, symbols by their rules."""

import numpy as np
import pytest
import torch

from leadline.environments.scene_search import (
    ANSWER,
    CROP,
    END,
    INFO,
    INFO_END,
    N_KNOWN,
    NAME,
    PLACE,
    SAID,
    TEXT,
    THING,
    VALUE,
    WHOLE,
    draw,
    sentences,
)  # fmt: skip
from leadline.train.pilots.scene_search import asked, measure, rollouts, taught, trace
from leadline.train.pilots.when_to_search import SUCCESS, fixed, habits, learned


def test_fixed_workflows_of_the_specification():
    assert fixed(0) == pytest.approx((0.95 + 0.9 + 0.03 + 0.03) / 4)
    assert fixed(2) == pytest.approx(0.65)
    assert fixed(3) == pytest.approx(0.8425)
    assert fixed(None) == pytest.approx(0.8775)


def test_habits_are_exact():
    found = habits(torch.zeros(4, 4))
    assert found.success == pytest.approx(np.mean(SUCCESS))
    assert found.tool_use == pytest.approx((0.75, 0.75))


def test_learning_begins_with_whole_image_search_and_leaves_it_where_it_fails():
    history = learned(0, 250, advantage="population-std")
    assert history[-1].success == pytest.approx(
        0.852, abs=0.015
    )  # the specification's 10 seeds: .852 +- .003
    assert history[-1].success > fixed(3) > history[0].success
    last = history[-1].actions
    assert last[3, 3] > 0.9
    assert last[2, 2] > 0.9
    assert history[-1].tool_use[0] < history[-1].tool_use[1]


RNG = np.random.default_rng(0)
TEXTS = sentences(6, RNG)
SCENES = [draw(RNG) for _ in range(400)]


def fact(said):
    return next(t for t in said if NAME <= t < VALUE + 10)


def test_scenes_are_known_and_single_as_often_as_not():
    assert np.mean([s.known for s in SCENES]) == pytest.approx(0.5, abs=0.08)
    assert np.mean([s.single for s in SCENES]) == pytest.approx(0.5, abs=0.08)
    known = {(s.things[s.place], s.value) for s in SCENES if s.known}
    assert len(known) == N_KNOWN  # one value each
    assert all(len(set(s.things) - {9}) == sum(t != 9 for t in s.things) for s in SCENES)
    assert all(THING <= s.things[s.place] < THING + 24 for s in SCENES)


def test_searches_say_what_they_should():
    several = next(s for s in SCENES if not s.known and not s.single)
    single = next(s for s in SCENES if not s.known and s.single)
    said = several.reply([CROP, PLACE + several.place, END], TEXTS, RNG)
    assert (said[0], said[-1], len(said)) == (INFO, INFO_END, SAID)
    assert fact(said) == several.name
    assert fact(several.reply([CROP, PLACE + (several.place + 1) % 4, END], TEXTS, RNG)) in several.others
    whole = [fact(several.reply([WHOLE, END], TEXTS, RNG)) == several.name for _ in range(400)]
    assert np.mean(whole) == pytest.approx(0.25, abs=0.08)
    assert fact(single.reply([WHOLE, END], TEXTS, RNG)) == single.name
    assert fact(single.reply([TEXT, single.name, END], TEXTS, RNG)) == single.value
    for nothing in ([TEXT, PLACE, END], [WHOLE], [ANSWER, VALUE, END], [CROP, NAME, END], []):
        assert single.reply(nothing, TEXTS, RNG) == []


def test_scripts_end_right():
    for scene in SCENES[:50]:
        spoken = trace(scene, TEXTS, RNG)
        assert spoken.ids[-3:] == scene.answer
        assert len(spoken.ids) == 6 + (3 if scene.known else 3 + 3 + 2 * SAID + (2 if scene.single else 3))
        assert asked(scene).whose == [0] * 6


def test_rollouts_are_graded_and_repeat_themselves():
    policy = taught(0, TEXTS, 32, 2, masked=True)
    rows = rollouts(policy, SCENES[:8], range(8), TEXTS, torch.Generator().manual_seed(1))
    again = rollouts(policy, SCENES[:8], range(8), TEXTS, torch.Generator().manual_seed(1))
    assert torch.equal(rows.ids, again.ids)
    assert {round(r, 3) for r in rows.reward.tolist()} <= {0.0, 0.1, 1.0}
    assert measure(policy, TEXTS, 16, 0) == measure(policy, TEXTS, 16, 0)
