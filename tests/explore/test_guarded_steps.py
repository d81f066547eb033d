"""Steps that raise, hang, crash or pay nonsense; in a child process that is killed, or in a thread."""

import os
import time
from functools import partial

import pytest

from leadline.environments.base import Observation
from leadline.environments.game24 import Game24
from leadline.explore.archive import ExploreConfig, GoExplore
from leadline.explore.guard import Guarded
from leadline.explore.judges import DepthFirst
from leadline.explore.worker import Worker, in_worker

ROW = (4, 4, 6, 8)


class Trap(Game24):
    """Of the first actions of the start 0 raises, 1 hangs, 2 ends its process, 3 pays NaN; all of them print."""

    def step(self, action):
        print("noise on standard output")
        if len(self.state) == 4:
            k = self.legal_actions().index(action)
            if k == 0:
                raise RuntimeError("boom")
            if k == 1:
                time.sleep(60)
            if k == 2 and os.environ.get("LEADLINE_TEST_CHILD"):
                os._exit(9)
            if k == 3:
                return Observation("", reward=float("nan"))
        return super().step(action)


def test_bad_steps_end_their_branch_and_the_hung_process_is_gone(monkeypatch):
    monkeypatch.setenv("LEADLINE_TEST_CHILD", "1")
    search = GoExplore(partial(Trap, ROW), DepthFirst(), ExploreConfig(timeout_s=0.4))
    first = search.guard.env
    assert isinstance(first, Worker)
    found = search.run()
    assert found.solved
    assert found.failures == [
        "action 0 in '4 4 6 8': RuntimeError: boom",
        "action 1 in '4 4 6 8': the step hung for more than 0.4 s",
        "action 2 in '4 4 6 8': the process of the environment ended",
        "action 3 in '4 4 6 8': the reward is nan",
    ]
    assert first._child.poll() is not None  # killed, not left behind
    plain = GoExplore(partial(Game24, ROW), DepthFirst()).run()
    assert found.reward == plain.reward == 1.0


def test_a_child_gives_what_the_environment_itself_gives():
    child, own = in_worker(partial(Game24, ROW), 5.0), Game24(ROW)
    assert child is not None
    assert child.tools == own.tools
    for env in (child, own):
        env.reset()
        env.step(env.legal_actions()[4])
    assert child.state_id() == own.state_id()
    kept = child.snapshot()
    child.step(child.legal_actions()[0])
    child.restore(kept)
    assert child.snapshot() == own.snapshot()
    assert child.replayed == 0
    with pytest.raises(TypeError, match="unpack"):  # what the environment raises arrives as it is
        child.restore(None)
    child.close()


def test_what_cannot_be_sent_to_a_child_runs_in_a_thread():
    assert in_worker(lambda: Game24(ROW), 1.0) is None
    guard = Guarded(lambda: Game24(ROW), 1.0)
    assert isinstance(guard.env, Game24)
    assert guard.step(guard.env.legal_actions()[0]).observation is not None
