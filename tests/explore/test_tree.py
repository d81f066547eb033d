"""The tree: every strategy against a plain reference, compiled against plain loops, checkpoints, failures, memory."""

import math

import numpy as np
import pytest

from leadline.errors import StoreError, UsageError
from leadline.explore import kernels
from leadline.explore.synthetic_tree import grow
from leadline.explore.tree import TreeSearch
from leadline.explore.tree_config import TreeConfig, children

STRATEGIES = ["bfs", "dfs", "beam", "best", "uct", "frontier", "deepsearch"]


def scripted(node, b=3):
    """Scores that depend on the node's number only."""
    return np.random.default_rng(node).random(b)


def expand(search, leaf, depth=6, b=3):
    ends = search.nodes["depth"][leaf] + 1 == depth
    score = scripted(int(leaf), b)
    reward = np.where(score > 0.5, 1.0, -1.0) if ends else np.full(b, np.nan)
    return search.tell(int(leaf), children(score=score, reward=reward, entropy=score, tokens=2))


def order(config, n, depth=6, **more):
    search, seen = TreeSearch(config, **more), []
    while len(seen) < n and len(leaves := search.ask(1)):
        seen.append(int(leaves[0]))
        expand(search, leaves[0], depth)
    return seen, search


def test_breadth_first_goes_level_by_level():
    seen, search = order(TreeConfig("bfs"), 40, depth=4)
    assert seen == list(range(40))  # 1 + 3 + 9 + 27 inner nodes, in the order in which they were made
    assert not len(search.ask())  # exhausted: what is left are ends


def test_depth_first_follows_first_children_and_comes_back():
    seen, search = order(TreeConfig("dfs"), 9, depth=3)
    assert [search.actions(k) for k in seen] == [[], [0], [0, 0], [0, 1], [0, 2], [1], [1, 0], [1, 1], [1, 2]]


def test_best_first_always_takes_the_highest_score():
    search, waiting = TreeSearch(TreeConfig("best")), {0: 0.0}
    for _ in range(60):
        leaf = int(search.ask(1)[0])
        assert waiting.pop(leaf) == max([*waiting.values(), search.nodes["score"][leaf] if leaf else 0.0])
        new = search.tell(leaf, children(score=scripted(leaf)))
        waiting |= dict(zip(new.tolist(), scripted(leaf).tolist(), strict=True))


def test_beam_keeps_the_best_of_each_level():
    seen, search = order(TreeConfig("beam", beam=2), 99, depth=5)
    depths = search.nodes["depth"][seen].tolist()
    assert depths == [0, 1, 1, 2, 2, 3, 3, 4, 4]
    level = [k for k in range(search.n) if search.nodes["depth"][k] == 2]
    best = sorted(level, key=lambda k: -search.nodes["score"][k])[:2]
    assert [k for k in seen if search.nodes["depth"][k] == 2] == best


def test_beam_waits_for_the_level_above():
    search = TreeSearch(TreeConfig("beam", beam=2))
    expand(search, search.ask(1)[0])
    out = search.ask(5)
    assert len(out) == 2  # the beam, though three children are there
    expand(search, out[0])
    assert not len(search.ask(5))  # its sister is still out
    expand(search, out[1])
    assert search.nodes["depth"][search.ask(5)].tolist() == [2, 2]


class PlainNode:
    def __init__(self, parent=None, value=None):
        self.parent, self.kids, self.n, self.q = parent, [], 0, 0.0
        self.open = True
        while value is not None and self is not None:
            self.n, self.q, self = self.n + 1, self.q + value, self.parent


def test_uct_chooses_as_a_plain_object_tree_does():
    lam, root = 1.4, PlainNode()
    number = {root: 0}
    search = TreeSearch(TreeConfig("uct", lam=lam))
    for _ in range(200):
        node = root
        while node.kids:
            node = max(node.kids, key=lambda k: k.q / k.n + lam * math.sqrt(math.log(k.parent.n) / k.n))
        leaf = int(search.ask(1)[0])
        assert leaf == number[node]
        for score, k in zip(scripted(leaf), search.tell(leaf, children(score=scripted(leaf))), strict=True):
            kid = PlainNode(node, score)
            node.kids.append(kid)
            number[kid] = int(k)
    assert search.nodes["visits"][0] == root.n == 600
    assert search.nodes["value"][0] == pytest.approx(root.q)


def test_virtual_visits_spread_a_batch_and_vanish():
    search = TreeSearch(TreeConfig("uct"))
    expand(search, search.ask(1)[0])
    batch = search.ask(3)
    assert sorted(batch) == [1, 2, 3]
    assert not len(search.ask(1))  # everything is out
    for leaf in batch:
        expand(search, leaf)
    assert search.nodes["visits"][0] == 12


@pytest.mark.parametrize("strategy", ["uct", "best", "deepsearch"])
def test_compiled_loops_give_the_same_bytes(strategy):
    if kernels.compiled() is kernels.plain:
        pytest.skip("numba is not installed")
    config = TreeConfig(strategy, backup="sum" if strategy != "deepsearch" else "paper", max_depth=6)
    runs = [order(config, 150, compile_after=limit) for limit in (0, None)]
    assert runs[0][0] == runs[1][0]
    assert runs[0][1].nodes.tobytes() == runs[1][1].nodes.tobytes()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_checkpoint_goes_on_identically(strategy, tmp_path):
    config = TreeConfig(strategy, backup="paper" if strategy == "deepsearch" else "sum", max_depth=6)
    whole, search = order(config, 80)
    first, half = order(config, 37)
    half.save(tmp_path / "tree")
    again = TreeSearch.load(tmp_path / "tree")
    while len(first) < 80 and len(leaves := again.ask(1)):
        first.append(int(leaves[0]))
        expand(again, leaves[0])
    assert first == whole
    assert again.nodes.tobytes() == search.nodes.tobytes()
    assert (again.calls, again.tokens, again.finished) == (search.calls, search.tokens, search.finished)


def test_damaged_or_foreign_checkpoints_are_named(tmp_path):
    _, search = order(TreeConfig("bfs"), 5)
    path = tmp_path / "tree"
    search.save(path)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(StoreError, match="damaged"):
        TreeSearch.load(path)
    path.write_bytes(b"no checkpoint")
    with pytest.raises(UsageError, match=r"not a search that was kept\. Name another file"):
        TreeSearch.load(path)
    with pytest.raises(StoreError, match="Cannot read"):
        TreeSearch.load(tmp_path / "absent")
    search.ask(1)
    with pytest.raises(UsageError, match="still out"):
        search.save(path)


def test_budgets_in_calls_and_tokens():
    assert not len(TreeSearch(TreeConfig(max_calls=0)).ask(4))
    assert TreeSearch(TreeConfig(max_calls=0)).spent() == "0 of 0 calls used"
    seen, search = order(TreeConfig("bfs", max_calls=7), 99)
    assert (len(seen), search.spent()) == (7, "7 of 7 calls used")
    _, search = order(TreeConfig("bfs", max_tokens=20), 99)
    assert search.tokens == 24  # the expansion that crosses the limit is the last
    assert "tokens" in search.spent()


def test_a_failed_expansion_has_a_name_and_the_search_goes_on():
    search = TreeSearch(TreeConfig("uct"))
    expand(search, search.ask(1)[0])
    bad = int(search.ask(1)[0])
    search.fail(bad, "the engine hung")
    assert search.failures == {bad: "the engine hung"}
    later = [int(search.ask(1)[0]) for _ in range(2)]
    assert bad not in later
    for leaf in later:
        search.fail(leaf, "again")
    assert not len(search.ask())  # all dead: the tree is closed up to its root


def test_what_tell_refuses():
    search = TreeSearch()
    with pytest.raises(UsageError, match="that ask gave"):
        search.tell(0, children(n=2))
    with pytest.raises(UsageError, match="finite"):
        children(score=[math.inf])
    with pytest.raises(UsageError, match="finite"):
        children(reward=[-math.inf])


def test_a_node_costs_less_than_200_bytes():
    for strategy in ("uct", "best"):
        search = TreeSearch(TreeConfig(strategy), compile_after=None)
        while search.n < 6000:
            leaves = search.ask(50)
            n = 8 * len(leaves)
            search.tell_many(leaves, np.full(len(leaves), 8, np.int32), children(score=scripted(search.n, n)))
        assert search.bytes_per_node < 200


def test_the_best_end_and_its_actions():
    search = TreeSearch(TreeConfig("bfs"))
    search.tell(int(search.ask(1)[0]), children(reward=[-1.0, math.nan], action=[7, 9]))
    search.tell(int(search.ask(1)[0]), children(reward=[0.5, 2.0, 2.0]))
    assert search.actions(search.best()) == [9, 1]
    assert TreeSearch().best() == -1


def test_frontier_selection_needs_fewer_expansions_than_uct():
    frontier = TreeConfig("deepsearch", backup="paper")
    by_uct = TreeConfig("uct", backup="paper")
    pairs = [(grow(s, frontier), grow(s, by_uct)) for s in range(40)]
    fewer = np.array([u.expansions - f.expansions for f, u in pairs])
    better = np.array([f.reward - u.reward for f, u in pairs])
    assert fewer.mean() - 1.96 * fewer.std() / 40**0.5 > 0
    assert better.mean() > 0
    assert grow(3, frontier) == grow(3, frontier)


def scripted_expander():
    """Three children whose scores depend on the leaf's number; every fifth child ends."""
    table = np.concatenate([scripted(k) for k in range(400)])

    def expand(nodes, leaf, rows):
        for k in range(3):
            rows["score"][k] = table[3 * leaf + k]
            rows["tokens"][k] = 2
            if (3 * leaf + k) % 5 == 0:
                rows["reward"][k] = table[3 * leaf + k]
        return 3

    def row(leaf):
        score = table[3 * leaf : 3 * leaf + 3]
        ends = (3 * leaf + np.arange(3)) % 5 == 0
        return children(score=score, reward=np.where(ends, score, np.nan), tokens=2)

    return expand, row


@pytest.mark.parametrize("jit", [False, True])
def test_the_compiled_loop_grows_the_tree_that_asking_and_telling_grows(jit):
    expand, row = scripted_expander()
    if jit:
        expand = pytest.importorskip("numba").njit(expand)
    told, run = (TreeSearch(TreeConfig("uct", lam=1.4), compile_after=None) for _ in range(2))
    for _ in range(120):
        leaf = int(told.ask(1)[0])
        told.tell(leaf, row(leaf))
    assert sum(run.simulate(expand, n, width=4) for n in (50, 70)) == 120
    assert run.nodes.tobytes() == told.nodes.tobytes()
    assert (run.calls, run.tokens) == (told.calls, told.tokens) == (120, 720)


def test_simulation_keeps_to_its_limits_and_names_what_fails():
    expand, _ = scripted_expander()

    def wild(nodes, leaf, rows):
        if leaf == 2:
            rows["score"][0] = math.inf
            return 1
        return expand(nodes, leaf, rows)

    search = TreeSearch(TreeConfig("uct", max_calls=30))
    assert search.simulate(wild, 99, width=3) == 30
    assert search.failures == {2: "a score or reward is not finite"}
    assert search.spent() == "30 of 30 calls used"
    assert TreeSearch(TreeConfig("uct", max_tokens=13)).simulate(expand, 99, width=3) == 3
    assert TreeSearch().simulate(lambda nodes, leaf, rows: 0, 99, width=3) == 1  # a dead end: nothing is open
    with pytest.raises(UsageError, match="ask and tell"):
        TreeSearch(TreeConfig("dfs")).simulate(expand, 1, width=3)
