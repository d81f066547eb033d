"""Rewards of agents: worked values of DeepResearch-R1, EAPO and LightSearcher."""

import pytest
import torch

from leadline.train.advantages import standardised
from leadline.train.efficiency import adaptive_tool_reward, best_calls, geometric_round_rewards
from leadline.train.filters import downsample_to_multiple, mixed_groups, unsolved_prompts
from leadline.train.objectives.eapo import discounted
from leadline.train.rewards.search_r1 import format_reward, normalised, rule_reward, token_f1, well_formed
from leadline.train.rows import Rows

GOLD = ["Paris"]
GOOD = "<think>x</think><search>q</search><information>It is Paris.</information><think>y</think> <answer>{}</answer>"


def test_normalisation():
    assert normalised("The U.S.A., an ally!") == "usa ally"


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (GOOD.format("paris"), 1.2), (GOOD.format("Rome"), 0.3), ("<answer>Rome</answer>", 0.2), ("Paris", 0.0),
        ("<answer>Rome</answer><answer>Paris.</answer>", 1.2),
    ],
)  # fmt: skip
def test_rule_reward(response, expected):
    assert rule_reward(response, GOLD) == pytest.approx(expected)


def test_the_example_in_the_prompt_earns_nothing():
    prompt = "For example <answer> Beijing </answer>."
    assert rule_reward("I do not know", ["Beijing"]) == 0.0
    assert rule_reward(prompt + "I do not know", ["Beijing"]) == pytest.approx(
        1.2
    )  # what the released code does


@pytest.mark.parametrize(
    ("response", "valid"),
    [
        (GOOD.format("x"), True), ("<think>a</think><answer>b</answer>", True), ("<answer>b</answer>", False),
        ("<think>a</think> hm <answer>b</answer>", False), ("<think>a<answer>b</answer>", False),
        ("<think>a</think><search>q</search><answer>b</answer>", False), ("<think>a</think>", False),
    ],
)  # fmt: skip
def test_tag_state_machine(response, valid):
    assert well_formed(response) is valid


def test_format_reward():
    assert format_reward(GOOD.format("Paris"), GOLD) == 1.0
    assert format_reward("<answer>Paris</answer>", GOLD) == 0.8
    assert format_reward(GOOD.format("Rome"), GOLD) == 0.2
    assert format_reward("nothing", GOLD) == 0.0


def test_token_f1():
    assert token_f1("the Eiffel tower", ["Eiffel Tower in Paris"]) == pytest.approx(2 * 1 * 0.5 / 1.5)
    assert token_f1("x", GOLD) == 0.0


def test_discount_runs_backwards_in_time():
    assert geometric_round_rewards(1.0, 5)[2] == pytest.approx(0.990025)
    assert geometric_round_rewards(1.0, 20)[2] == pytest.approx(0.918316, abs=1e-6)
    assert geometric_round_rewards(0.0, 3) == [0, 0, 0]


def eapo_rows(trajectories):
    meta, reward = [], []
    for rounds, r in trajectories:
        meta += [{"round": t, "rounds": rounds} for t in range(1, rounds + 1)]
        reward += [float(r)] * rounds
    n = len(meta)
    reward = torch.tensor(reward, dtype=torch.float64)
    zeros = torch.zeros(n, dtype=torch.long)
    return Rows(zeros, zeros[:, None], torch.ones(n, 1), reward, reward > 0, meta=meta)


@pytest.mark.parametrize(
    ("gamma", "trajectories", "ddof", "expected"),
    [
        (0.5, [(2, 1), (3, 0)], 0, [0.5, 1.75, -0.75, -0.75, -0.75]),
        (0.5, [(2, 1), (3, 0)], 1, [0.447214, 1.565248, -0.670820, -0.670820, -0.670820]),
        (0.9, [(2, 1), (4, 1), (3, 0)], 0, [0.7186, 0.9528, 0.3180, 0.5078, 0.7186, 0.9528, *[-1.3895] * 3]),
    ],
)
def test_eapo_advantages(gamma, trajectories, ddof, expected):
    rows = eapo_rows(trajectories)
    found = standardised(discounted(rows, rows.reward, gamma), rows.group_id, ddof=ddof)
    assert found.tolist() == pytest.approx(expected, abs=1e-4)


def test_downsampling_to_a_multiple():
    kept = downsample_to_multiple(1234, 16, torch.Generator().manual_seed(0))
    assert len(kept) == 1232
    assert kept.tolist() == sorted(set(kept.tolist()))


@pytest.mark.parametrize(
    ("f1", "calls", "best", "expected"),
    [
        (1, 4, 2, 0.611565),
        (1, 2, 2, 1),
        (0.85, 3, 1, 0.536565),
        (0.7, 1, 1, 0.35),
        (0, 5, 1, 0),
        (1, 1, 2, 1),
    ],
)
def test_adaptive_tool_reward(f1, calls, best, expected):
    assert adaptive_tool_reward(f1, calls, best) == pytest.approx(expected, abs=1e-6)


def test_malformed_is_minus_one_and_the_ungated_control_pays_wrong_answers():
    assert adaptive_tool_reward(1.0, 1, 1, well_formed=False) == -1
    assert adaptive_tool_reward(0.0, 0, 0, gated=False) == 0.5


def test_best_calls_only_falls_and_only_by_right_answers():
    table = best_calls({}, "q", [3, 2, 0], [1.0, 0.9, 0.1])
    assert table == {"q": 2}
    assert best_calls(table, "q", [5], [1.0]) == {"q": 2}
    assert best_calls(table, "q", [1], [1.0]) == {"q": 1}
    assert best_calls(table, "q", [0], [0.0]) == table


def test_filters():
    rows = eapo_rows([(1, 1), (1, 0), (1, 1), (1, 1)])
    rows.group_id = torch.tensor([0, 0, 1, 1])
    assert mixed_groups(rows).group_id.tolist() == [0, 0]
    assert unsolved_prompts({1: 0.25, 2: 0.5}, [1, 2, 3]) == [1, 3]
