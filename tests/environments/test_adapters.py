"""Adapters: the protocol over MiniGrid, reasoning-gym and TextWorld; skipped where they are not installed."""

import pytest

from leadline.environments.base import Action, SearchableEnvironment
from leadline.errors import MissingExtra, NotFound, UsageError, need


def test_a_missing_library_names_its_extra():
    with pytest.raises(MissingExtra, match=r"leadline\[explore\]"):
        need("no_such_library_here", "explore", "MiniGrid")


def test_minigrid_states_come_back_and_are_described():
    pytest.importorskip("minigrid")
    from leadline.environments.adapters.minigrid import MiniGrid

    env = MiniGrid("BabyAI-GoToRedBallGrey-v0", 3)
    assert isinstance(env, SearchableEnvironment)
    first = env.reset(3)
    assert first.text.startswith("Mission: go to the red ball.")
    start, name = env.snapshot(), env.state_id()
    for word in ("left", "forward", "forward"):
        env.step(Action("act", {"do": word}))
    moved = env.state_id()
    assert moved != name
    env.restore(start)
    assert env.state_id() == name
    for word in ("left", "forward", "forward"):
        env.step(Action("act", {"do": word}))
    assert env.state_id() == moved
    assert "not possible" in env.step(Action("act", {"do": "fly"})).error
    with pytest.raises(NotFound, match="GoToRedBall"):
        MiniGrid("BabyAI-GoToRedBal-v0")


def test_babyais_own_bot_solves_its_level_through_the_adapter(capfd):
    pytest.importorskip("minigrid")
    from minigrid.utils.baby_ai_bot import BabyAIBot

    from leadline.environments.adapters.minigrid import NAMES, MiniGrid

    steps = []
    for seed in range(20):
        env = MiniGrid("BabyAI-PickupLoc-v0", seed)
        bot, seen, done, n = BabyAIBot(env.env), env.reset(seed), None, 0
        while not seen.done:
            done = bot.replan(done)
            seen = env.step(Action("act", {"do": NAMES[int(done)]}))
            n += 1
        assert seen.reward == 1.0
        steps.append(n)
    assert sum(steps) / 20 == 6.65  # the specification's figure
    assert capfd.readouterr().out == ""  # the generator's chatter would spoil --json


def test_go_explore_solves_a_level():
    pytest.importorskip("minigrid")
    from leadline.environments.adapters.minigrid import MiniGrid
    from leadline.explore.search import explore

    found = explore("go-explore", lambda: MiniGrid("MiniGrid-Empty-5x5-v0", 1), 300, seed=1)
    assert found.solved


def test_reasoning_gym_scores_its_own_answer():
    pytest.importorskip("reasoning_gym")
    from leadline.environments.adapters.reasoning_gym import ReasoningGym

    env = ReasoningGym("basic_arithmetic", seed=5)
    assert env.step(Action("answer", {"text": env.item["answer"]})).reward == 1.0
    assert "it is over" in env.step(Action("answer", {"text": "0"})).error
    env.reset()
    assert env.step(Action("answer", {"text": "no idea"})).reward < 1.0
    with pytest.raises(NotFound, match="countdown"):
        ReasoningGym("countdwon")


def test_textworld_refuses_what_it_cannot_run(tmp_path):
    from leadline.environments.adapters.textworld import TextWorld

    with pytest.raises(UsageError, match=r"\.json or \.z8"):
        TextWorld("game.ulx")
    with pytest.raises(UsageError, match="no game"):
        TextWorld(tmp_path / "absent.json")


def test_a_coin_is_found_by_an_archive_and_a_rule_of_thumb(tmp_path):
    textworld = pytest.importorskip("textworld")
    coin = pytest.importorskip("textworld.challenges.tw_coin_collector.coin_collector")
    from leadline.environments.adapters.textworld import TextWorld
    from leadline.explore.archive import ExploreConfig, GoExplore
    from leadline.explore.judges import RuleOfThumb

    options = textworld.GameOptions()
    options.seeds = 3
    path = tmp_path / "coin.json"
    coin.make({"level": 103}, options).save(str(path))
    env = TextWorld(path, verbs=("go", "take"), max_moves=6)
    assert isinstance(env, SearchableEnvironment)
    assert all(a.arguments["command"].split()[0] in ("go", "take") for a in env.legal_actions())

    def rank(cell, action):
        return float(env.legal_actions()[action].arguments["command"].startswith("take"))

    found = GoExplore(lambda: env, RuleOfThumb(rank), ExploreConfig(60, max_actions=1)).run()
    assert found.solved
    assert len(found.path) <= 6
    assert env.replayed == found.replayed > 0
    env.reset()
    for _ in range(6):
        env.step(env.legal_actions()[0])
    assert env.legal_actions() == []  # a life is over
