"""Agents of known habits: what each can get right, and a checker that gives full marks to the truth alone."""

import pytest

from leadline.bench.drawn_emblems import ARMS, by_group, commissioned, library, marks
from leadline.bench.metrics.pictures import Marks, group_marks, k_score
from leadline.environments.emblem_drawing import draw
from leadline.environments.emblems import Commission, commissions, make_emblems

EMBLEMS = make_emblems(30, 1)
ASKED = commissions(EMBLEMS, 14, 1)


@pytest.fixture(scope="module")
def found():
    with library(EMBLEMS) as search:
        return {arm: [commissioned(one, arm, search, 0) for one in ASKED] for arm in ARMS}


def test_the_truth_gets_full_marks_and_every_fault_costs():
    emblem = next(e for e in EMBLEMS if len(e.motto) < 14)
    asked = Commission(emblem, "grey", True)
    assert marks(draw("grey", emblem.look, emblem.motto, emblem.year).scene, asked) == Marks(1, 1, 1, 1)
    other = emblem.look._replace(number=emblem.look.number % 5 + 1)
    assert marks(draw("white", other, emblem.motto, 1).scene, asked) == Marks(0.5, 0.5, 0.5, 1)
    assert marks(draw("white", emblem.look).scene, asked) == Marks(0, 1, 0, 1)
    bare = Commission(emblem, "white", False)
    assert marks(draw("white", emblem.look).scene, bare) == Marks(1, 1, None, 1)


def test_each_search_helps_what_it_can(found):
    group = {arm: group_marks(marks) for arm, marks in found.items()}
    assert group["agent"][:3] == (1, 1, 1)
    assert group["text only"].visual == group["none"].visual
    assert group["pictures only"].text == group["none"].text
    assert group["text only"].text == 1
    k = {arm: k_score(means) for arm, means in group.items()}
    assert k["agent"] > k["one-shot"] > max(k["text only"], k["pictures only"]) - 0.1 > k["none"]


def test_groups_by_age_hold_every_commission(found):
    groups = by_group(ASKED, found["none"])
    assert sum(map(len, groups.values())) == len(ASKED)
    assert set(groups) <= {"old", "new"}
