"""The worked numbers of the adaptive exploration reward, and the policy that names candidates."""

import itertools
import math

import pytest
import torch

from leadline.bench.metrics.grounding import grounded, inside_polygon
from leadline.errors import UsageError
from leadline.train.advantages import leave_one_out
from leadline.train.policies.candidates import CandidateTable
from leadline.train.rewards.adaptive_exploration import (
    aer,
    candidate_reward,
    collinear,
    expected_reward,
    parse_points,
)

BOX = (10, 10, 20, 20)


@pytest.mark.parametrize(
    ("points", "score"),
    [
        ([(15, 15)], 2.0),
        ([(0, 0)], 0.0),
        ([(15, 15), (0, 0)], 1.707107),
        ([(0, 0), (15, 15)], 1.5),
        ([(0, 0), (50, 3), (15, 15)], 1.333333),
        ([(0, 0), (50, 3), (9, 40), (12, 18)], 1.25),
        ([(0, 0), (50, 3), (9, 40)], 0.666667),
        ([(0, 0), (1, 1), (15, 15)], -1.0),
        ([(0, 0), (0, 0), (15, 15)], -1.0),
        ([], 0.0),
    ],
)
def test_scores(points, score):
    assert aer(points, BOX).score == pytest.approx(score, abs=1e-6)


def test_malformed_answers_and_the_papers_rule():
    assert aer([(15, 15)], BOX, fmt_ok=False).score == -1
    line = aer([(0, 0), (1, 1), (15, 15)], BOX, on_line="paper")
    assert (line.score, line.collinear, line.first_correct) == (0.0, True, 3)
    assert aer([(0, 0), (0, 0)], BOX).score == 0.5  # a pair may repeat itself


def test_bounds_are_inclusive_and_the_first_hit_counts():
    assert aer([(20, 10)], BOX).score == 2
    assert aer([(20.001, 10)], BOX).score == 0
    assert aer([(1, 2), (15, 15), (16, 19)], BOX).first_correct == 2


def test_leave_one_out_of_four_answers():
    reward = torch.tensor([2, 0, 1.707107, 0.5], dtype=torch.float64)
    found = leave_one_out(reward, torch.zeros(4, dtype=torch.long))
    assert found.tolist() == pytest.approx([1.264298, -1.402369, 0.873773, -0.735702], abs=1e-6)
    assert float(found.sum()) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.05, (-0.9, -0.392, -0.223, -0.138, -0.055, -0.015)),
        (0.2, (-0.6, -0.099, 0.053, 0.117, 0.161, 0.169)),
        (0.5, (0, 0.354, 0.391, 0.3745, 0.324, 0.284)),
        (0.8, (0.6, 0.626, 0.535, 0.467, 0.382, 0.331)),
        (0.95, (0.9, 0.694, 0.569, 0.493, 0.402, 0.348)),
    ],
)
def test_optimal_stopping(p, expected):
    assert [expected_reward(p, n) for n in (1, 2, 3, 4, 6, 8)] == pytest.approx(expected, abs=5.1e-4)


def test_the_best_number_falls_as_hits_become_likely():
    best = [max(range(1, 9), key=lambda n, p=p: expected_reward(p, n)) for p in (0.05, 0.2, 0.5, 0.8, 0.95)]
    assert best == [8, 8, 3, 2, 1]


def test_lines_do_not_depend_on_order_or_place():
    points = [(3, 7), (5, 1), (9, 13), (4, 2)]
    assert not collinear(points)
    assert all(collinear(p) for p in itertools.permutations([(1, 2), (3, 4), (7, 8)]))
    moved = [(x + 100, y - 40) for x, y in points]
    assert not collinear(moved)
    assert not collinear([(0, 0), (5, 5)])


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ('<think>a</think>[{"point_2d": [1, 2]}, {"point_2d": [3, 4.5]}]', [(1, 2), (3, 4.5)]),
        ('<think>a</think>here: [{"point_2d": [1, 2]}] or [nothing]', [(1, 2)]),
        ("<think>a</think>[]", []),
        ('[{"point_2d": [1, 2]}]', None),
        ('<think> </think>[{"point_2d": [1, 2]}]', None),
        ('<think>a</think><think>b</think>[{"point_2d": [1, 2]}]', None),
        ("<think>a</think> ", None),
        ("<think>a</think>[[1, 2]]", None),
        ('<think>a</think>[{"point_2d": [1, 2, 3]}]', None),
        ('<think>a</think>[{"point_2d": [1, "2"]}]', None),
        ('<think>a</think>[{"point_2d": [1, NaN]}]', None),
        ('<think>a</think>[{"point_2d": [1, 2]}', None),
        ("<think>a</think>" + "[" * 100_000, None),
        ("<think>a</think>" + "[" * 100_000 + "]" * 100_000, None),
        ("<think>a</think>{}", None),
    ],
)
def test_answers_are_read(text, points):
    assert parse_points(text) == points


def test_think_may_be_off():
    assert parse_points('[{"point_2d": [1, 2]}]', think=False) == [(1, 2)]


def test_reward_of_impossible_places_is_refused():
    with pytest.raises(UsageError, match="first hit"):
        candidate_reward(2, 3)


def test_grounding():
    found = grounded([(0, 0), (15, 15)], BOX)
    assert (found.correct, found.has_correct, found.n) == (False, True, 2)
    assert grounded([(15, 15)], BOX).correct
    assert grounded([], None).correct
    assert not grounded([(1, 1)], None).has_correct
    u_shape = [(0, 0), (6, 0), (6, 6), (4, 6), (4, 2), (2, 2), (2, 6), (0, 6)]
    assert [inside_polygon(p, u_shape) for p in ((1, 5), (3, 5), (5, 5), (3, 1))] == [True, False, True, True]
    assert grounded([(3, 5), (5, 5)], u_shape).has_correct
    with pytest.raises(UsageError, match="polygon"):
        grounded([(1, 1)], [(0, 0), (1, 1)])


def small(most=3):
    logits = torch.tensor([[0.3, -1.0, 2.0, 0.0], [0, 0, 1, 0]], dtype=torch.float64)
    policy = CandidateTable(logits, torch.tensor([1, 2]), most, candidate_reward)
    with torch.no_grad():
        policy.go_on += torch.tensor([0.4, -0.7], dtype=torch.float64)[: most - 1]
    return policy


def test_answers_of_a_prompt_sum_to_one():
    """Over every list of one to three of four elements, by the policy's own log probabilities."""
    policy, rows = small(), small().rollouts([0], torch.Generator())
    total, mean = 0.0, 0.0
    for n in (1, 2, 3):
        for named in itertools.permutations(range(4), n):
            ids, mask = torch.zeros(1, 5, dtype=torch.long), torch.zeros(1, 5, dtype=torch.float64)
            for j, element in enumerate(named):
                ids[0, 2 * j], mask[0, 2 * j] = element, 1
                if j < 2:
                    ids[0, 2 * j + 1], mask[0, 2 * j + 1] = int(j + 1 < n), 1
            rows.ids, rows.mask = ids, mask
            p = math.exp(float(policy.score(rows).logp.detach().sum()))
            total, mean = total + p, mean + n * p
    assert total == pytest.approx(1)
    assert mean == pytest.approx(policy.mean_candidates())


def test_rollouts_follow_the_probabilities():
    policy = small()
    rows = policy.rollouts([0] * 20_000, torch.Generator().manual_seed(0))
    n = rows.mask[:, ::2].sum(1)
    assert float(n.mean()) == pytest.approx(policy.mean_candidates(), abs=0.02)
    first = (rows.ids[:, 0] == 1).double().mean()
    assert float(first) == pytest.approx(float(policy.success()[0]), abs=0.01)
    for r in range(50):
        named = rows.ids[r, ::2][rows.mask[r, ::2] > 0].tolist()
        assert len(set(named)) == len(named)
        place = named.index(1) + 1 if 1 in named else 0
        assert float(rows.reward[r]) == pytest.approx(candidate_reward(len(named), place))


def test_padding_and_row_order_change_no_log_probability():
    policy = small()
    rows = policy.rollouts([0, 1] * 20, torch.Generator().manual_seed(1))
    whole = policy.score(rows).logp
    order = torch.randperm(40, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(policy.score(rows.select(order)).logp, whole[order])
    short = rows.select(rows.mask.sum(1) <= 2).trimmed()
    assert short.width == 2
    assert torch.allclose(policy.score(short).logp, whole[rows.mask.sum(1) <= 2][:, :2])
