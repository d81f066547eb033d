"""Runs in lockstep: one batch serves all that wait, in the order of the tasks, and an error ends them all."""

import threading
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from leadline.train.lockstep import Episode, in_lockstep
from leadline.train.policies.alphabet import Alphabet
from leadline.train.worlds import get


@pytest.fixture
def world():
    return get("countdown")


@pytest.fixture
def tasks(world):
    return world.draw(np.random.default_rng(0), 6, "train")


@pytest.fixture
def codec(world):
    return Alphabet(world.alphabet)


def say(episode, codec, text):
    ids = codec.encode(text)
    episode.hear(ids, [0.0] * len(ids), [1.0] * len(ids), [0.0] * len(ids))


def test_one_batch_serves_all_in_the_order_of_the_tasks(world, tasks, codec):
    batches = []

    def answer(batch):
        batches.append([episode.task.id for episode in batch])
        for episode in batch:
            say(episode, codec, episode.task.metadata["demonstration"][0])

    episodes = in_lockstep(tasks, world, codec, answer)
    assert batches == [[task.id for task in tasks]]
    assert [episode.task.id for episode in episodes] == batches[0]
    assert all(episode.outcome.reward == 1.0 for episode in episodes)


def test_who_has_ended_waits_no_more():
    world = get("search_world", hops=(1, 2, 3))
    tasks = world.draw(np.random.default_rng(0), 8, "train")
    lengths = [len(task.metadata["demonstration"]) for task in tasks]
    codec, sizes = Alphabet(world.alphabet), []

    def answer(batch):
        sizes.append(len(batch))
        for episode in batch:
            say(episode, codec, episode.task.metadata["demonstration"][len(episode.said)])

    episodes = in_lockstep(tasks, world, codec, answer)
    assert len(set(lengths)) > 1
    assert sizes == [sum(length > turn for length in lengths) for turn in range(max(lengths))]
    assert [len(episode.said) for episode in episodes] == lengths


@pytest.mark.parametrize("where", ["answer", "run"])
def test_an_error_ends_all_runs_and_leaves_none_behind(world, tasks, codec, where, monkeypatch):
    closed = []

    def parse(text):
        if where == "run":
            raise OSError("the parser is gone")
        return world.parse(text)

    def answer(batch):
        if where == "answer":
            raise OSError("the policy is gone")
        for episode in batch:
            say(episode, codec, "1+1")

    @contextmanager
    def noticed():
        try:
            yield
        finally:
            closed.append(1)

    play = Episode.play

    def watched(episode):
        with noticed():
            play(episode)

    monkeypatch.setattr(Episode, "play", watched)
    with pytest.raises(OSError, match="is gone"):
        in_lockstep(tasks, replace(world, parse=parse), codec, answer)
    assert len(closed) == len(tasks)


def test_thousands_need_no_more_threads(world, codec):
    tasks = world.draw(np.random.default_rng(1), 3000, "train")
    before = threading.active_count()

    def answer(batch):
        assert threading.active_count() == before
        for episode in batch:
            say(episode, codec, "1")

    assert len(in_lockstep(tasks, world, codec, answer)) == 3000
