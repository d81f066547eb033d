"""Training environments: every demonstration solves its task, and several turns keep the ids that were produced."""

import numpy as np
import pytest
import torch

from leadline.agents.base import Finish, Outcome
from leadline.environments.answer_bandit import AnswerBandit
from leadline.environments.base import Action, SearchableEnvironment
from leadline.environments.search_world import SearchWorld, answer, ask, make
from leadline.environments.sums import Sums, SumTask
from leadline.train import worlds
from leadline.train.policies.alphabet import Alphabet
from leadline.train.policies.transformer import Shape, Transformer
from leadline.train.rollouts import Rollouts
from leadline.train.warmup import demonstrations

torch.set_num_threads(1)


class Demonstrator(Rollouts):
    """Says what the demonstration says, through the real rollouts."""

    def answer(self, batch):
        for episode in batch:
            text = episode.task.metadata["demonstration"][len(episode.said)]
            ids = self.codec.encode(text, end=True)[: self.tasks.max_new]
            episode.hear(ids, [-0.5] * len(ids), [1.0] * len(ids), [0.7] * len(ids))


def sampling(world, kind=Demonstrator, n=6):
    codec = Alphabet(world.alphabet)
    pool = world.draw(np.random.default_rng(0), n, "train")
    policy = Transformer(Shape(codec.size, layers=1, channels=8, heads=2, inner=16, context=200))
    return kind(policy, codec, world, pool, 2, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", worlds.names())
def test_demonstrations_solve_their_tasks(name):
    world = worlds.get(name)
    made = sampling(world)
    rows = made.rollouts(range(6))
    assert rows.reward.tolist() == [1.0] * 6
    assert bool(rows.correct.all())
    taught = demonstrations(made.pool, world, made.codec)
    for r in range(6):  # what is taught is what is scored, token for token
        assert taught.ids[r][taught.mask[r] > 0].tolist() == rows.ids[r][rows.mask[r] > 0].tolist()


@pytest.mark.parametrize("name", ["countdown", "sudoku"])
def test_train_and_test_do_not_overlap(name):
    world, rng = worlds.get(name), np.random.default_rng(0)
    train, test = ({t.id for t in world.draw(rng, 40, split)} for split in ("train", "test"))
    assert not train & test


def test_several_turns_mask_what_the_environment_said():
    world = worlds.get("search_world", hops=(2,))
    made = sampling(world)
    rows = made.rollouts([0])
    said = list(rows.meta[0]["said"])
    assert len(said) == 3
    assert rows.meta[0]["calls"] == 2
    codec = made.codec
    own = codec.encode(said[0], end=True) + codec.encode(said[1], end=True) + codec.encode(said[2], end=True)
    assert rows.ids[0][rows.mask[0] > 0].tolist() == own
    text = "".join(codec.decode([i]) for i in rows.ids[0].tolist())
    assert text.startswith(made.pool[0].prompt)
    assert len(text) > len(made.pool[0].prompt) + sum(map(len, said))  # the observations stand in between


def test_a_torch_policy_plays_several_turns_and_its_rows_score_exactly():
    world = worlds.get("search_world")
    made = sampling(world, Rollouts)
    rows = made.rollouts([0, 1, 2, 0])
    scores = made.policy.score(rows)
    assert torch.allclose(scores.logp[rows.mask > 0], rows.logp_roll[rows.mask > 0], atol=1e-5)
    assert made.compute.rollouts == 4
    assert made.compute.tokens == int(rows.mask.sum())


def test_a_context_that_rewrites_the_past_gives_one_sample_per_round():
    """IterResearch's setting: each round has its own prompt, so a trajectory is several rows of one group."""
    from dataclasses import replace

    def latest(view, said):
        seen = view.turns[-1].observation.text + "\n" if view.turns else ""
        return view.task.prompt + seen

    world = replace(worlds.get("search_world", hops=(2,)), render=latest)
    rows = sampling(world).rollouts([0, 1])
    assert rows.group_id.tolist() == [0, 0, 0, 1, 1, 1]
    assert [(m["round"], m["rounds"]) for m in rows.meta[:3]] == [(1, 3), (2, 3), (3, 3)]
    assert rows.reward.tolist() == [1.0] * 6


def test_an_error_in_one_episode_ends_the_batch_and_is_raised():
    world = worlds.get("sums")
    made = sampling(world, Rollouts)
    made.policy.shape = Shape(made.codec.size, context=4)
    with pytest.raises(Exception, match="context"):
        made.rollouts([0, 1])


def test_the_entropy_of_the_sampler_is_that_of_a_scoring_forward():
    made = sampling(worlds.get("sums"), Rollouts)
    rows = made.rollouts([0, 0, 1])
    scored = made.policy.score(rows, frozenset({"entropy"})).entropy.detach()
    assert torch.allclose(rows.entropy, scored, atol=1e-5)


def test_search_world_tools():
    world = make(np.random.default_rng(0), n_entities=8)
    env = SearchWorld(world)
    question = ask(world, np.random.default_rng(1), 2)
    at = question.entity
    for relation in question.chain:
        at = env.step(Action("search", {"query": f"{at} {relation}"})).text
    assert at == answer(world, question)
    assert env.step(Action("search", {"query": "nonsense"})).text == "none"
    assert env.step(Action("open", {"page": 0})).text.split()[1] == "p"
    assert env.step(Action("open", {"page": 99})).error


def test_search_world_reads_what_the_policy_wrote():
    parse = worlds.get("search_world").parse
    assert parse("a xy") == Finish("xy")
    assert parse("s ab p") == Action("search", {"query": "ab p"})
    assert parse("???") == Action("search", {"query": "???"})


def test_small_environments():
    sums = Sums(SumTask((4, 9)))
    assert sums.step(Action("answer", {"value": "13"})).error
    assert sums.step(Action("answer", {"value": 13})).reward == 1.0
    bandit = AnswerBandit(3, [1])
    assert isinstance(bandit, SearchableEnvironment)
    before = bandit.snapshot()
    assert bandit.step(Action("choose", {"arm": 3})).error
    assert bandit.step(Action("choose", {"arm": 1})).reward == 1.0
    assert bandit.legal_actions() == []
    bandit.restore(before)
    assert len(bandit.legal_actions()) == 3


def test_all_styles_of_countdown_pose_the_same_puzzles():
    direct, search = worlds.get("countdown:rest=True"), worlds.get("countdown", style="dfs")
    short, long = (w.draw(np.random.default_rng(3), 40, "train") for w in (direct, search))
    assert [t.prompt for t in short] == [t.prompt for t in long]
    said = [t.metadata["demonstration"][0] for t in long]
    assert said == [
        t.metadata["demonstration"][0] for t in search.draw(np.random.default_rng(3), 40, "train")
    ]
    solved = [t.score(Outcome(text, "finished")) == 1.0 for t, text in zip(long, said, strict=True)]
    assert [text.endswith("!") for text in said] == solved  # a search that gave up says so
    assert 0.8 < sum(solved) / 40 < 1
    assert sum("~" in text for text in said) > 10
