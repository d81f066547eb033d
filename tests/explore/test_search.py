"""One call for every method and environment: equal budgets, replayable ways, failures by name."""

import pytest

from leadline.environments.game24 import Game24
from leadline.environments.registry import make_environment
from leadline.errors import NotFound, UsageError
from leadline.explore.optimise import PROPOSERS
from leadline.explore.search import ARCHIVES, METHODS, TREES, explore


@pytest.mark.parametrize("method", [*ARCHIVES, *TREES])
@pytest.mark.parametrize("name", ["game24:3 4 4 13", "countdown:3 5 2=11", "sudoku:4", "maze:5"])
def test_every_method_solves_small_problems_and_its_way_replays(method, name):
    found = explore(method, lambda: make_environment(name, 1), 3000, seed=1)
    if method == "beam" and not found.solved:  # a narrow beam may lose the way out
        assert found.ending == "every state was expanded"
        return
    assert found.solved, found
    assert found.operations <= 3000
    assert found == explore(method, lambda: make_environment(name, 1), 3000, seed=1)
    env = make_environment(name, 1)
    env.reset(1)
    for words in found.actions:
        seen = env.step(
            next(
                a
                for a in env.legal_actions()
                if words == f"{a.tool} {' '.join(map(str, a.arguments.values()))}"
            )
        )
    assert seen.reward == 1.0


@pytest.mark.parametrize("method", [*ARCHIVES, *TREES])
def test_no_budget_no_step(method):
    found = explore(method, lambda: Game24((4, 5, 6, 10)), 0)
    assert (found.operations, found.solved) == (0, False)
    assert found.ending == "0 of 0 operations used"


def test_a_budget_is_never_exceeded_and_the_curve_rises():
    for method in (*ARCHIVES, *TREES):
        found = explore(method, lambda: make_environment("shapes:4", 2), 57, seed=3)
        assert found.operations <= 57
        rewards = [r for _, r in found.curve]
        assert rewards == sorted(rewards)


def test_an_environment_that_raises_loses_a_branch_not_the_search():
    class Broken(Game24):
        def step(self, action):
            if action.arguments["op"] == "+":
                raise OSError("no plus today")
            return super().step(action)

    found = explore("uct", lambda: Broken((4, 5, 6, 10)), 400)
    assert any("OSError: no plus today" in text for text in found.failures)
    assert found.operations > 24


def test_unknown_methods_list_near_ones():
    with pytest.raises(NotFound, match="uct"):
        explore("utc", lambda: Game24((1, 2)), 1)


@pytest.mark.parametrize("method", PROPOSERS)
def test_reaction_spaces_are_searched_by_proposers(method):
    assert method in METHODS
    found = explore(method, lambda: make_environment("reactions:alkylation-deprotection"), 30, seed=2)
    assert found.operations == 30
    assert 0 < found.reward <= 1
    assert found.curve[-1][1] == found.reward
    assert len(found.actions) == 3
    assert explore(method, lambda: make_environment("reactions"), 0).reward == 0
    with pytest.raises(UsageError, match="reactions:NAME"):
        explore(method, lambda: Game24((1, 2)), 5)
