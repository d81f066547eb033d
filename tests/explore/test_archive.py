"""Go-Explore: graph searches by the released figures, judges of known quality, failures, checkpoints."""

import time

import numpy as np
import pytest

from leadline.environments.base import Observation
from leadline.environments.game24 import TEST_ROWS, Game24
from leadline.errors import ModelError, StoreError
from leadline.explore.archive import ExploreConfig, GoExplore
from leadline.explore.judges import BreadthFirst, DepthFirst, RandomJudge, learned_value, peek_in
from leadline.explore.model_judge import ModelJudge
from leadline.models.scripted import ScriptedModel
from leadline.systems.intelligent_go_explore import judged, truth


def play(judge, row, seed=0, **config):
    return GoExplore(lambda: Game24(row), judge, ExploreConfig(**config), seed).run()


def test_depth_first_needs_what_the_released_baseline_needs():
    operations = [play(DepthFirst(), row).operations for row in TEST_ROWS]
    assert operations[:5] == [102, 75, 301, 3, 241]
    assert np.mean(operations) == 135.69
    assert (np.median(operations), max(operations), sum(n <= 150 for n in operations)) == (102.5, 550, 65)


def test_breadth_first_too():
    operations = [play(BreadthFirst(), row, max_actions=1).operations for row in TEST_ROWS]
    assert operations[:5] == [325, 271, 463, 181, 412]
    assert (round(np.mean(operations), 2), np.median(operations), max(operations)) == (314.18, 294, 613)


def test_a_good_judge_is_worth_much_and_a_bad_filter_is_noticed():
    rows = TEST_ROWS[:20]
    good, better = (np.mean([judged(r, p, 0).operations for r in rows]) for p in (0.8, 0.95))
    depth = np.mean([play(DepthFirst(), r).operations for r in rows])
    assert better < good < depth / 2
    assert all(judged(r, 1.0, 0).operations <= 3 for r in rows)  # a perfect judge goes straight to 24
    blind = [judged(r, 0.5, 0).solved for r in rows]
    unfiltered = [judged(r, 0.5, 0, without=("filter",)).solved for r in rows]
    assert sum(blind) < sum(unfiltered) == 20


class RejectsAll(DepthFirst):
    def accept(self, cell, archive):
        return False


def test_rejected_states_are_reconsidered_before_anything_is_tried_twice():
    for row in TEST_ROWS[:10]:
        found = play(RejectsAll(), row, reconsider=True)
        assert found.solved
        assert found.operations <= 700
    circling = play(RejectsAll(), TEST_ROWS[2], max_operations=2000)
    assert not circling.solved  # as released: the same first actions again and again


def test_a_space_without_a_solution_is_exhausted_and_said_so():
    found = play(RejectsAll(), (1, 1, 2), reconsider=True, max_operations=10_000)
    assert not found.solved
    assert found.ending == "every action was tried"
    assert found.operations == 12 + 5 * 4  # (1 1 2) and the pairs 1 1, 1 2, 1 3, 0 2, 2 2


def test_path_of_the_solution_replays():
    found = judged(TEST_ROWS[0], 0.8, 3)
    env = Game24(TEST_ROWS[0])
    for k in found.path:
        seen = env.step(env.legal_actions()[k])
    assert seen.reward == 1.0
    assert found.reward == 1.0
    assert not found.failures


@pytest.mark.parametrize("accuracy", [0.5, 0.8])
def test_a_checkpoint_goes_on_identically(tmp_path, accuracy):
    def search():
        from leadline.systems.intelligent_go_explore import judge

        return lambda: Game24(TEST_ROWS[2]), judge(accuracy, 1), ExploreConfig(reconsider=True)

    whole = GoExplore(*search(), seed=1).run()
    half = GoExplore(*search(), seed=1)
    while half.operations < min(6, whole.operations - 1):
        half.iterate()
    half.save(tmp_path / "archive")
    assert GoExplore.load(tmp_path / "archive", *search()).run() == whole
    (tmp_path / "archive").write_bytes((tmp_path / "archive").read_bytes()[:-1])
    with pytest.raises(StoreError, match="damaged"):
        GoExplore.load(tmp_path / "archive", *search())


def test_run_writes_checkpoints(tmp_path):
    path = tmp_path / "c"
    found = GoExplore(lambda: Game24(TEST_ROWS[2]), DepthFirst()).run(path, every=50)
    again = GoExplore.load(path, lambda: Game24(TEST_ROWS[2]), DepthFirst())
    assert again.run() == found


class Unknown(RandomJudge):
    def choose_state(self, cells, untried):
        return len(cells) + 7


def test_a_judge_that_names_unknown_states_is_found_out():
    with pytest.raises(ModelError, match="no usable answer"):
        play(Unknown(), TEST_ROWS[0], max_actions=1)
    tolerant = play(Unknown(), TEST_ROWS[3], max_error_share=1.0, max_operations=30)
    assert tolerant.judge_errors > 0


class Trap(Game24):
    """Action 0 of the start raises, 1 hangs, 2 pays NaN."""

    def step(self, action):
        if len(self.state) == 4:
            k = self.legal_actions().index(action)
            if k == 0:
                raise RuntimeError("boom")
            if k == 1:
                time.sleep(1.5)
            if k == 2:
                return Observation("", reward=float("nan"))
        return super().step(action)


def test_bad_steps_end_their_branch_by_name_and_the_search_goes_on():
    row = (4, 4, 6, 8)
    found = GoExplore(lambda: Trap(row), DepthFirst(), ExploreConfig(timeout_s=0.2)).run()
    assert found.solved
    texts = " ".join(found.failures)
    assert "action 0 in '4 4 6 8': RuntimeError: boom" in texts
    assert "action 1 in '4 4 6 8': the step hung for more than 0.2 s" in texts
    assert "the reward is nan" in texts


def test_no_budget_no_step():
    found = play(RandomJudge(), TEST_ROWS[0], max_operations=0)
    assert (found.operations, found.solved, found.ending) == (0, False, "0 of 0 operations used")


def test_a_model_judges_by_numbers_and_its_nonsense_is_counted():
    def reads(messages):
        return (
            '{"choice": 1}' if "Choose" in messages[-1].content or "keeping" in messages[-1].content else "?"
        )

    def name(cell, k):
        return str(k)

    model = ScriptedModel(reads)
    judge = ModelJudge(model, "Make 24.", name)
    found = play(judge, TEST_ROWS[3])
    assert found.solved
    assert found.judge_errors == 0
    assert found.judgements == judge.calls
    assert len(model.asked[-1]) <= 2 + 2 * judge.window
    with pytest.raises(ModelError, match="no usable answer"):
        play(ModelJudge(ScriptedModel(lambda _: "I would go left"), "Make 24.", name), TEST_ROWS[2])


def test_a_learned_value_ranks_unseen_states():
    from leadline.environments.game24 import states

    def features(state):
        numbers = state[0] + (0,) * (4 - len(state[0]))
        total = sum(numbers)
        return [
            len(state[0]),
            total,
            abs(total - 24),
            max(numbers),
            any(24 % n == 0 for n in numbers if n > 1),
        ]

    labelled = [(s, False) for row in TEST_ROWS[:20] for s in sorted(states(row))]
    value = learned_value(features, labelled, [truth(s) for s in labelled])
    unseen = [(s, False) for row in TEST_ROWS[60:80] for s in sorted(states(row))]
    good = [value(s) for s in unseen if truth(s)]
    bad = [value(s) for s in unseen if not truth(s)]
    auc = np.mean(np.subtract.outer(good, bad) > 0)
    assert auc > 0.75


def test_peek_looks_without_touching_the_search():
    env = Game24((2, 5))
    peek = peek_in(Game24((2, 5)))
    assert peek(env.snapshot(), 0) == ((7,), False)
    assert env.state == (2, 5)
