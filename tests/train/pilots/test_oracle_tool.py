"""The key oracle: what is a call, what it pays, and that what the tool says is never trained on."""

import numpy as np
import pytest
import torch

from leadline.environments.key_oracle import (
    DIGIT,
    END,
    IE,
    LONG,
    SE,
    SHORT,
    SLOTS,
    A,
    Episode,
    I,
    Q,
    S,
    draw,
    grade,
    prompt,
)
from leadline.train.hooks import State, token_advantages
from leadline.train.objectives import build
from leadline.train.pilots.curriculum import few_shot
from leadline.train.pilots.oracle_tool import base_model, curriculum, document, measure, rollouts
from leadline.train.rows import Rows
from leadline.train.scores import fill
from leadline.train.update import batch_loss

EPISODE = Episode((3, 7), (1, 9))
RIGHT = [A, DIGIT + 1, DIGIT + 9, END]


def test_worked_episodes():
    assert EPISODE.worked(SHORT) == [Q, 11, 15, S, 11, 15, SE, I, 9, 17, IE, *RIGHT]
    assert LONG.call((3, 7)) == [S, 18, 21, 19, 22, 11, 15, 11, SE]
    assert len(EPISODE.worked(LONG)) == LONG.demo_length


@pytest.mark.parametrize(
    ("own", "how", "expected"),
    [
        ([*SHORT.call((3, 7)), *RIGHT], SHORT, (True, True, 1.0)),
        (RIGHT, SHORT, (False, True, 0.8 + 0.2 * 0.75)),
        ([S, 11, 15], SHORT, (False, False, 0.2 * 0.25)),
        ([A, 8, 8, END], SHORT, (False, False, 0.2 * 0.75)),
        ([*LONG.call((3, 7)), *RIGHT], LONG, (True, True, 1.0)),
        ([*LONG.call((3, 7)), A, 8, 8, END], LONG, (True, False, 0.2)),
        ([S, 18, 21, 19, 22, 11, 15, 12, SE], LONG, (False, False, 0.0)),  # the check digit is wrong
        (RIGHT, LONG, (False, True, 0.8)),
        ([], LONG, (False, False, 0.0)),
    ],
)
def test_grades(own, how, expected):
    assert grade(EPISODE, own, how) == pytest.approx(expected)


def test_prompts_are_as_long_with_any_number_of_demonstrations():
    rng = np.random.default_rng(0)
    for how in (SHORT, LONG):
        lengths = {len(prompt(EPISODE, shots, how, rng)) for shots in range(SLOTS + 1)}
        assert lengths == {SLOTS * how.demo_length + 3}
        assert prompt(EPISODE, 2, how, rng).count(Q) == 3


def test_documents_count_the_response_without_the_tool():
    rng = np.random.default_rng(1)
    for _ in range(50):
        ids, counted = document(SHORT, rng)
        assert len(ids) == len(counted)
        assert all(not c for t, c in zip(ids, counted, strict=True) if t in (I, IE, Q))
        assert counted[-4:] == [1] * 4


def trained_rows(**more):
    """Rows of a policy that is made to call: its rollouts are replaced by worked ones."""
    policy = base_model(SHORT, 0, 1)
    rng, episodes = np.random.default_rng(0), [EPISODE] * 4
    asked = [prompt(EPISODE, 3, SHORT, rng) for _ in episodes]
    return policy, rollouts(
        policy, episodes, asked, [0, 0, 1, 1], SHORT, torch.Generator().manual_seed(0), **more
    )


def test_gradient_at_the_tools_words_is_exactly_zero():
    """A row that holds a call, an observation and an answer: no gradient reaches the logits that predict the former."""
    policy = base_model(SHORT, 0, 1)
    row = EPISODE.question + SHORT.call(EPISODE.key) + EPISODE.observation + EPISODE.answer
    mask = torch.tensor([[0] * 3 + [1] * 4 + [0] * 4 + [1] * 4] * 2).float()
    rows = Rows(torch.zeros(2, dtype=torch.long), torch.tensor([row, row]), mask, torch.tensor([1.0, 0.0]),
                torch.tensor([True, False]))  # fmt: skip
    hooks = build("grpo")
    rows = fill(rows, policy, hooks.needs)
    logp = rows.logp_old.clone().requires_grad_()

    class Given:
        def score(self, rows, needs=frozenset()):
            from leadline.train.scores import Scores

            return Scores(logp)

    advantage = token_advantages(rows, hooks, State())
    batch_loss(rows, Given(), hooks, advantage, hooks.aggregate(rows)).backward()
    assert (logp.grad[:, 7:11] == 0).all()
    assert (logp.grad[:, 3:7] != 0).all()


def test_rollouts_are_graded_and_grouped():
    _, rows = trained_rows()
    assert rows.check().group_id.tolist() == [0, 0, 1, 1]
    assert set(rows.parts["called"].tolist()) <= {0.0, 1.0}
    assert (rows.mask[:, : SLOTS * SHORT.demo_length + 3] == 0).all()  # demonstrations are never trained on


def test_stages_start_from_the_last_policy_and_leave_the_base_alone():
    base = base_model(SHORT, 0, 1)
    before = {name: value.clone() for name, value in base.state_dict().items()}
    policy, history = curriculum(
        base, SHORT, few_shot((3, 0), 2), build("grpo:kl_coef=.001"), 0, group=2, batch=2
    )
    assert [len(stage) for stage in history] == [1, 1]
    assert all(torch.equal(value, before[name]) for name, value in base.state_dict().items())
    assert measure(policy, SHORT, 0, 4, 0) == measure(policy, SHORT, 0, 4, 0)


def test_keys_and_values_are_digits():
    drawn = draw(np.random.default_rng(3))
    assert all(0 <= d <= 9 for d in (*drawn.key, *drawn.value))
