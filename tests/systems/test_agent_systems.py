"""The systems whose agents are built here: unit values of their specifications that no other test holds."""

import numpy as np
import pytest
import torch

from leadline.agents.base import Task, Turn
from leadline.agents.compose import Composer, Line
from leadline.agents.contexts.window import SlidingWindow, training_sequences
from leadline.agents.key_source import source_priority
from leadline.environments.base import Action, Observation
from leadline.evidence.ledger import Entry
from leadline.evidence.model import Span
from leadline.models.scripted import ScriptedModel
from leadline.systems import (
    deep_research_agents_roadmap,
    deep_research_of_deep_research,
    hiersearch,
    load,
)
from leadline.tasks.world import make_world
from leadline.train import kl
from leadline.train.advantages import net_wins, standardised
from leadline.train.efficiency import adaptive_tool_reward, geometric_round_rewards
from leadline.train.pilots.hierarchy_pilot import train_hierarchy

HERE = """iterresearch deepminer hiersearch lightsearcher deepresearcher fathom-deepresearch webleaper datacross
deep-research-survey deep-research-agents-roadmap deep-research-of-deep-research""".split()


def group(values):
    return torch.tensor(values, dtype=torch.float64), torch.zeros(len(values), dtype=torch.long)


@pytest.mark.parametrize("slug", HERE)
def test_every_system_of_an_agent_runs_over_five_seeds_and_says_where_it_departs(slug):
    card = load()[slug]
    assert card.status == "built"
    assert min(trial.seeds for trial in card.trials) >= 5
    assert card.departs
    assert card.not_verified


def test_iterresearch_rewards_of_a_group():
    """Section 6, values 2 and 3: rewards before they are standardised."""
    half = np.concatenate([geometric_round_rewards(won, n, 0.5) for won, n in ((1, 2), (0, 3))])
    assert half.tolist() == [0.5, 1, 0, 0, 0]
    assert (half.mean(), half.std(), half.std(ddof=1)) == pytest.approx((0.3, 0.4, 0.4472136))
    late = np.concatenate([geometric_round_rewards(won, n, 0.9) for won, n in ((1, 2), (1, 4), (0, 3))])
    assert late.tolist() == pytest.approx([0.9, 1, 0.729, 0.81, 0.9, 1, 0, 0, 0])
    assert (late.mean(), late.std()) == pytest.approx((0.593222, 0.426918), abs=5e-7)


def test_lightsearcher_pays_for_few_calls_only_where_the_answer_is_right():
    assert adaptive_tool_reward(1.0, 4, 2) == pytest.approx(0.5 + 0.5 * 0.223130, abs=5e-7)


def test_datacross_object_scores():
    def known(missing, columns, rows, dated):
        return source_priority(
            missing=missing, n_columns=columns, n_rows=rows, has_date=dated, semantic=0, judged=0
        ) / 0.4  # fmt: skip

    assert known(0.05, 8, 500, True) == pytest.approx(0.615563, abs=5e-7)
    assert known(0, 4, 40, False) == pytest.approx(0.161278, abs=5e-7)


def test_hiersearch_refiner_keeps_what_matters():
    kept, chance = hiersearch.refiner_recall(0, 200)
    assert kept - chance >= 0.25


def test_roadmap_refuses_a_fixed_workflow_under_end_to_end_learning():
    design = deep_research_agents_roadmap.Design
    refused = deep_research_agents_roadmap.contradiction
    assert refused(design("static", tuning="rl end to end"))
    assert refused(design("unified", "multi", tuning="rl end to end"))
    assert not refused(design("unified", tuning="rl end to end"))
    assert not refused(design("static", "multi", "external", "rl of one module"))


def test_deepminer_rank_advantages():
    assert net_wins(*group([1, 0, 0, 1, 0, 0, 0, 0])).tolist() == [0.75, -0.25, -0.25, 0.75] + [-0.25] * 4
    assert net_wins(*group([0.9, 0.2, 0.2, 0.5])).tolist() == [0.75, -0.5, -0.5, 0.25]


def test_deepminer_trains_each_turn_under_the_very_context_it_was_sampled_in():
    turns = [Turn(Action("search", {"q": str(i)}), Observation(f"result {i}")) for i in range(9)]
    context = SlidingWindow(3, 2)
    for sequence in training_sequences(9, 3, 2):
        whole = context.view(Task("t", "?"), (), turns[: sequence.last - 1]).turns
        for turn in range(sequence.first, sequence.last + 1):
            sampled = context.view(Task("t", "?"), (), turns[: turn - 1]).turns
            assert list(whole[: turn - 1]) == list(sampled)


def test_deepresearcher_advantages_and_kl():
    expected = [0.879882, 0.659911, -1.319823, -0.219970]
    assert standardised(*group([1, 0.8, -1, 0])).tolist() == pytest.approx(expected, abs=2e-6)
    logp, ref = torch.tensor([-1.0]).double(), torch.tensor([-1.2]).double()
    assert kl.reverse(logp, ref, "k3").item() == pytest.approx(0.018731, abs=1e-6)


def test_fathom_writer_refuses_every_injected_source():
    text = "The harbour light was built in 1987."
    shown = [Entry("When?", Span("d", 0, len(text), text), 0.9)]
    composer = Composer(ScriptedModel([]))
    rng = np.random.default_rng(0)
    mutants = [Line(text, (int(n),)) for n in rng.choice([*range(-50, 1), *range(2, 200)], 200)]
    assert [composer.checked("When?", line, shown) for line in mutants] == [None] * 200
    assert composer.checked("When?", Line(text, (1,)), shown).label == "supports"


def test_hiersearch_at_an_equal_budget_of_calls_is_published():
    free, bounded = train_hierarchy(0, 150)
    assert 0 <= bounded <= free <= 1


def test_roadmap_critical_path_of_the_specification():
    needs = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}
    assert (deep_research_agents_roadmap.critical_path(needs), len(needs)) == (3.0, 4)


def test_roadmap_labs_reach_the_expected_gaps():
    rng = np.random.default_rng(0)
    plan, clear_plan = deep_research_agents_roadmap.ambiguity(rng, 2000, "plan")
    ask, clear_ask = deep_research_agents_roadmap.ambiguity(rng, 2000, "ask")
    assert ask - plan >= 0.3
    assert clear_plan == clear_ask == 0.0
    api, browser, hybrid = (
        deep_research_agents_roadmap.channels(rng, 2000, how) for how in ("api", "browser", "hybrid")
    )
    assert api[0] <= 0.65 < 0.93 <= hybrid[0]
    assert browser[0] >= 0.95
    assert hybrid[1] <= 0.6 * browser[1]


def test_drdr_review_discovery_and_sampler():
    rng, world = np.random.default_rng(0), make_world(400, 0)
    without, _ = deep_research_of_deep_research.review_loop(world, rng, 40, reviewed=False)
    with_review, rejected = deep_research_of_deep_research.review_loop(world, rng, 40, reviewed=True)
    assert with_review - without >= 0.2
    assert rejected <= 0.1
    assert deep_research_of_deep_research.discovery(rng, 20, random=False) >= 0.9
    assert deep_research_of_deep_research.sampler_error(rng, 2000) < 0.2
