"""Searching with steps back against answering at once: what is compared, on policies that are hardly trained."""

import numpy as np
import pytest
import torch

from leadline.train.pilots.backtracking import Arm, compare, right, trained
from leadline.train.settings import Settings

torch.set_num_threads(1)
SETTINGS = Settings(
    policy="micro",
    warmup_steps=2,
    warmup_batch=8,
    prompts=2,
    n=2,
    pool=4,
    eval_prompts=3,
    steps=1,
    lr_warmup=1,
)


class Scripted(Arm):
    """Says some wrong answers, then its own demonstration again and again."""

    def __init__(self, style, wrong=0):
        super().__init__(SETTINGS, style)
        self.wrong = wrong
        self.known = {t.id: t.metadata["demonstration"][0] for t in self.held_out}

    def answers(self, tasks, n, seed, tau):
        assert (n, tau) == (1, None) or self.wrong  # a search is asked once, for its greedy answer
        wrong = ["1+1=2|2"] * min(n, self.wrong)
        return [wrong + [self.known[t.id]] * (n - len(wrong)) for t in tasks]


def test_a_search_is_cut_at_its_budget_and_short_answers_are_as_many_as_it_pays_for():
    direct, search = Scripted("direct", wrong=3), Scripted("dfs")
    found = compare(direct, search, (8, 256), n=24, seed=0)
    whole = [right(t, search.known[t.id][:256]) for t in direct.held_out]
    assert (found.at[8].sequential, found.at[256].sequential) == (0, pytest.approx(np.mean(whole)))
    assert found.at[8].n == 1  # one answer at least
    assert 10 < found.at[256].n < 20
    assert (found.at[8].parallel, found.at[256].parallel) == (0, 1)  # the first three are wrong
    assert found.at[256].majority == 1
    assert (found.once, found.ever) == (21 / 24, 1)


def test_a_search_has_room_and_answers_do_not_depend_on_their_batch():
    arm = Arm(SETTINGS, "dfs")
    prompt = max((arm.codec.encode(t.prompt) for t in arm.pool), key=len)
    assert len(prompt) + arm.world.max_new <= arm.policy.shape.context
    one = arm.answers(arm.held_out[:1], 1, 5, None)
    assert one == arm.answers(arm.held_out, 1, 5, None)[:1]


def test_the_direct_arm_is_taught_as_many_problems_and_then_as_many_tokens():
    direct, search = Arm(SETTINGS, "direct"), Arm(SETTINGS, "dfs")
    for arm in (direct, search):
        arm.teach(steps=2)
        assert arm.taught["steps"] == 2
    assert [t.id for t in direct.pool] == [t.id for t in search.pool]
    direct.teach(tokens=search.taught["tokens"])
    assert direct.taught["steps"] > 2
    last = SETTINGS.warmup_batch * direct.world.max_new
    assert search.taught["tokens"] <= direct.taught["tokens"] < search.taught["tokens"] + last


def test_both_are_compared_with_equal_problems_equal_tokens_and_after_reinforcement():
    found = trained(SETTINGS, (32, 256), 4)
    for measured in (found.problems, found.tokens, found.reinforced):
        assert sorted(measured.at) == [32, 256]
        assert 0 <= measured.once <= measured.ever <= 1
