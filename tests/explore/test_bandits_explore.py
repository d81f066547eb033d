"""Bandit policies by the specification's numbers; metrics by hand; prompts; the model agent."""

import numpy as np
import pytest

from leadline.environments.bandits import (
    Arms,
    arm_names,
    make_arms,
    people,
    ratings_bandit,
    synthetic_ratings,
)
from leadline.explore.bandit_metrics import (
    fit_regret,
    min_frac,
    opt_frac,
    pulls,
    regret_model,
    suff_fail,
    win_rates,
)
from leadline.explore.bandit_prompts import LikelihoodAgent, ModelAgent, Pull, examples, history
from leadline.explore.bandits import (
    Counts,
    LinUCB,
    RandomArm,
    epsilon_greedy,
    greedy,
    play,
    play_contextual,
    thompson,
    ucb,
    ucb_bonus,
    uniform,
)
from leadline.explore.contextual_prompts import ContextualModelAgent
from leadline.models.base import Reply, Token
from leadline.models.scripted import ScriptedModel

COUNTS = Counts(np.array([[3, 2, 5]]), np.array([[2.0, 1.0, 4.0]]))
RNG = np.random.default_rng(0)


def test_ucb_index():
    assert ucb_bonus(COUNTS.n[0], 10) == pytest.approx([0.619487, 0.758714, 0.479853], abs=1e-6)
    index = ucb()(COUNTS, 10, RNG)[0]
    assert index == pytest.approx([1.286154, 1.258714, 1.279853], abs=1e-6)
    assert index.argmax() == 0


def test_greedy_has_no_bonus():
    assert greedy(COUNTS, 10, RNG)[0] == pytest.approx([2 / 3, 1 / 2, 4 / 5])
    assert ucb(alpha=0)(COUNTS, 10, RNG) == pytest.approx(greedy(COUNTS, 10, RNG))


def test_linucb_by_hand():
    agent = LinUCB(1, 2)
    agent.update(0, np.array([1.0, 0.0]), 3.0)
    agent.update(0, np.array([0.6, 0.8]), 2.0)
    assert agent.a[0] == pytest.approx(np.array([[2.36, 0.48], [0.48, 1.64]]))
    assert agent.b[0] == pytest.approx([4.2, 1.6])
    value, bonus = agent.values(np.array([0.8, 0.6]))
    assert (value[0], bonus[0]) == pytest.approx((1.635165, 0.314311), abs=1e-6)
    agent.b[:] = -50  # every score far below -1: an arm is chosen all the same
    assert agent.choose(np.array([1.0, 0.0])) == 0


@pytest.mark.parametrize(
    ("k", "level", "horizon", "ucb_regret", "chance"),
    [(5, "easy", 300, 16.3, 119.4), (20, "easy", 300, 73.2, 142.4)],
)
def test_regret_is_the_specified_one(k, level, horizon, ucb_regret, chance):
    arms = make_arms(120, k, np.random.default_rng(1), level=level)
    found = [play(arms, p, horizon, np.random.default_rng(2)).regret[:, -1].mean() for p in (ucb(), uniform)]
    assert found == pytest.approx([ucb_regret, chance], rel=0.08)


@pytest.mark.parametrize(
    ("horizon", "expected"), [(60, (9.41, 14.5, 9.09, 29.5)), (300, (16.6, 24.0, 36.2, 149.5))]
)
def test_means_and_tails_of_ucb_and_greedy(horizon, expected):
    arms = make_arms(4000, 5, np.random.default_rng(10))
    found = []
    for policy in (ucb(), greedy):
        regret = play(arms, policy, horizon, np.random.default_rng(11)).regret[:, -1]
        found += [regret.mean(), np.percentile(regret, 95)]
    assert found == pytest.approx(expected, rel=0.06)


def test_thompson_and_epsilon_greedy_beat_chance_and_greedy_has_a_tail():
    arms = make_arms(200, 5, np.random.default_rng(3))
    policies = {"ucb": ucb(), "ts": thompson, "eps": epsilon_greedy(), "greedy": greedy, "chance": uniform}
    regret = {
        name: play(arms, p, 300, np.random.default_rng(4)).regret[:, -1] for name, p in policies.items()
    }
    assert max(regret["ts"].mean(), regret["eps"].mean()) < regret["chance"].mean() / 2
    assert np.percentile(regret["ucb"], 95) < np.percentile(regret["greedy"], 95)


def test_ties_are_broken_by_chance():
    arms = Arms(np.full((500, 4), 0.5))
    first = play(arms, lambda c, t, r: np.zeros(c.n.shape), 1, np.random.default_rng(5)).arms[:, 0]
    assert np.bincount(first, minlength=4).min() > 80


def test_linucb_beats_chance_on_the_synthetic_table():
    bandit = ratings_bandit(synthetic_ratings(np.random.default_rng(6)))
    ours = [
        play_contextual(bandit, LinUCB(10, 5, seed=s), 200, np.random.default_rng(s))[-1] for s in range(5)
    ]
    chance = [play_contextual(bandit, RandomArm(10, s), 200, np.random.default_rng(s))[-1] for s in range(5)]
    assert np.mean(ours) < 0.8 * np.mean(chance)


def test_fractions_by_hand():
    arms = np.array([[0, 1, 2, 2], [2, 2, 2, 2]])
    best = np.array([2, 0])
    assert pulls(arms, 3, 3).tolist() == [[1, 1, 1], [0, 0, 3]]
    assert min_frac(arms, 3, 3) == 0.5
    assert opt_frac(arms, best, 4) == 0.25
    assert suff_fail(arms, best, 2) == 0.5


def test_the_fit_recovers_its_own_curve():
    t = np.arange(1, 1001, dtype=float)
    y = regret_model(np.maximum(t, 1), (0.3, 1.5, 0.004, 1.0), 0.2)
    assert fit_regret(y, 0.2) == pytest.approx((0.3, 1.5, 0.004, 1.0), abs=1e-4)


def test_win_rates_count_significant_wins_only():
    rng = np.random.default_rng(7)
    rewards = {
        "good": [rng.normal(1, 0.1, 30), rng.normal(1, 0.1, 30)],
        "bad": [rng.normal(0, 0.1, 30), rng.normal(0, 0.1, 30)],
        "equal": [rng.normal(0, 0.1, 30), rng.normal(1, 0.1, 30)],
    }
    rates = win_rates(rewards)
    assert rates["good"] >= 0.75
    assert rates["bad"] == 0
    assert rates["equal"] == pytest.approx(0.25, abs=0.01)
    assert win_rates({"a": [[1.0, 1.0]], "b": [[0.0, 0.0]]}) == {"a": 1.0, "b": 0.0}


def test_what_the_agent_sees():
    names, seen = ["A", "B"], [Pull(0, 1.0), Pull(1, 0.0), Pull(0, 1.0)]
    assert history(names, seen, "RH").split("\n") == [
        "3 interactions so far:",
        "A, reward 1",
        "B, reward 0",
        "A, reward 1",
    ]
    assert history(names, seen, "SH").split("\n")[1] == "A: 2 times, average reward 1.00"
    assert "exploration bonus 0.52, exploitation value 1.00" in history(names, seen, "AG")
    shots = examples(names, [Pull(k % 2, 0.0) for k in range(20)])
    assert [e.label for e in shots] == ["A"] * 5  # steps 2, 4, 6, 8, 10
    assert shots[0].history.count("\n") == 2


def test_a_model_agent_that_adds_two_numbers_is_ucb_and_nonsense_is_counted():
    arms = make_arms(1, 5, np.random.default_rng(8))
    names = list("VWXYZ")

    def adds(messages):
        lines = messages[-1].content.split("\n")[1:6]
        score = [sum(float(part.split()[-1]) for part in line.split(", ")[-2:]) for line in lines]
        return names[int(np.argmax(score))]

    agent, rng = ModelAgent(ScriptedModel(adds), names, "AG"), np.random.default_rng(9)
    for _ in range(60):
        arm = agent.act()
        agent.update(arm, float(arms.pull(np.array([arm]), rng)[0]))
    assert agent.invalid == 0
    assert len({p.arm for p in agent.pulls[:5]}) == 5
    silly = ModelAgent(ScriptedModel(lambda _: "the red one"), names, shots=examples(names, agent.pulls))
    silly.act()
    assert silly.invalid == 1
    assert len(silly.prompt()) == 2 + 2 * 5


def test_the_likeliest_name_is_chosen():
    class Likes:
        name = "likes"

        def chat(self, messages, **asked):
            assert asked["max_tokens"] == 1
            shown = messages[-1].content
            best = max("VW", key=lambda n: shown.count(f"{n}, reward 1"))
            return Reply(best, (Token(best, -0.1, {f" {best}": -0.1, "X": -4.0, "The": -2.0}),))

    agent = LikelihoodAgent(Likes(), ["V", "W", "X"])
    for arm, reward in ((0, 0.0), (1, 1.0)):
        agent.update(arm, reward)
    assert agent.act() == 1
    dumb = LikelihoodAgent(ScriptedModel(lambda _: "no tokens"), ["V", "W"])
    assert dumb.act() in (0, 1)
    assert dumb.invalid == 1


def test_a_model_that_adds_what_the_guide_says_plays_linucb():
    rng = np.random.default_rng(3)
    bandit = ratings_bandit(synthetic_ratings(rng))._replace(people=tuple(people(300, rng)))
    names = arm_names("movies", 10)

    def adds(messages):
        lines = messages[-1].content.split("\n")[-11:-1]
        parts = [line.rsplit(": exploration bonus ", 1) for line in lines]
        score = [sum(float(x) for x in said.split(", exploitation value ")) for _, said in parts]
        return parts[int(np.argmax(score))][0]

    model = ScriptedModel(adds)
    guided = ContextualModelAgent(model, names, 5, "AG", window=5)
    regret = [play_contextual(bandit, a, 120, np.random.default_rng(1))[-1] for a in (guided, RandomArm(10))]
    assert guided.invalid == 0
    assert regret[0] < 0.8 * regret[1]
    asked = model.asked[-1][-1].content
    assert asked.count("You recommended") == 5
    assert "-year-old" in asked
    assert "Preferences: [" in asked


def test_raw_contextual_history_and_invalid_answers():
    agent = ContextualModelAgent(ScriptedModel(lambda _: "the good one"), ["A", "B"], 2)
    agent.meet("a nurse")
    arm = agent.choose(np.array([1.0, 0.0]))
    agent.update(arm, np.array([1.0, 0.0]), 3.0)
    assert agent.invalid == 1
    agent.choose(np.array([0.0, 1.0]))
    shown = agent.model.asked[-1][-1].content.split("\n")
    assert shown[:2] == ["1 interactions so far:", "This person is a nurse. Preferences: [1.00, 0.00]."]
    assert shown[2] == f"You recommended {'AB'[arm]}, reward 3.00"
