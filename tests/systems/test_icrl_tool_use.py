"""ICRL's arms: equal budgets, the base left alone, the same run again."""

from leadline.environments.key_oracle import LONG
from leadline.systems.icrl_tool_use import arm
from leadline.train.pilots.curriculum import few_shot


def test_arms_have_equal_budgets():
    for shots in ((0,), (3, 0), (3, 2, 0), (3, 2, 1, 0)):
        assert sum(stage.updates for stage in few_shot(shots, 90)) == 90


def test_an_arm_repeats_itself():
    assert arm(LONG, (3, 0), 1, "smoke") == arm(LONG, (3, 0), 1, "smoke")
