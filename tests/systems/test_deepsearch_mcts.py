"""DeepSearch's rows, segments and cache (backup, UCT and frontier are tested with explore/rules)."""

import pytest
import torch

from leadline.train.bandit import TableSampling, train_table
from leadline.train.objectives import build
from leadline.train.objectives.deepsearch import advantage, from_cache
from leadline.train.policies.table import SoftmaxTable
from leadline.train.replay import Solution, SolutionCache
from leadline.train.rows import CACHED, TREE, Rows
from leadline.train.samplers.tree import TreePlan, grow, to_rows, tree_rows
from leadline.train.segments import segment_advantage, soft_clip

POSITIONS, SYMBOLS = 6, 32
PLAN = TreePlan(n=4, width=3, chunk=2, max_depth=3, max_expansions=30)


def test_soft_clip_of_the_worked_tree():
    q = torch.tensor([0.45, 0.9, 0.75, 0.6, 0.8], dtype=torch.float64)
    assert soft_clip(q).tolist() == pytest.approx(
        [0.421899, 0.716298, 0.635149, 0.537050, 0.664037], abs=1e-6
    )


def test_segment_advantages_of_the_worked_tree():
    """Trajectories +1, -1, +1: mean outcome 1/3; a1, a2, b3 by their clipped value, c5 and b4 by their outcome."""
    value = torch.tensor([[0.421899, 0.716298, 1.0], [0.421899, 0.716298, -1.0], [0.716298, 0.537050, 1.0]])
    outcome = torch.tensor([1.0, -1.0, 1.0])
    found = segment_advantage(value, torch.tensor([[0, 1, 2]] * 3), outcome, torch.zeros(3, dtype=torch.long))
    assert found[0].tolist() == pytest.approx([0.088566, 0.382965, 0.666667], abs=1e-6)
    assert float(found[1, 2]) == pytest.approx(-1.333333, abs=1e-6)
    assert float(found[2, 1]) == pytest.approx(0.203716, abs=1e-6)


def test_outcome_everywhere_is_the_mean_only_advantage():
    right = torch.tensor([True, False, False])
    rows = Rows(
        torch.zeros(3, dtype=torch.long), torch.zeros(3, 2, dtype=torch.long), torch.ones(3, 2), right.float(), right,
        seg_id=torch.zeros(3, 2, dtype=torch.long), seg_value=(2 * right.float() - 1)[:, None],
    )  # fmt: skip
    expected = (2 * right.float() - 1) - (2 * right.float() - 1).mean()
    assert torch.allclose(advantage(rows, rows.reward), expected[:, None].expand(3, 2))


def problems(*, right=0.3, n_prompts=3):
    """Normal logits; three symbols in ten are right at each position, and all positions have to be."""
    rng = torch.Generator().manual_seed(0)
    logits = 0.5 * torch.randn(n_prompts, POSITIONS, SYMBOLS, generator=rng)
    table = torch.rand(logits.shape, generator=rng) < right
    table[..., 0] = True  # never none
    return SoftmaxTable(logits, table)


def sampling(n=4):
    return TableSampling(problems(), n, torch.Generator().manual_seed(1))


def test_rows_are_whole_paths_with_their_values():
    made = sampling()
    tree = grow([0], made, PLAN)[0]
    rows = to_rows(tree, made)
    assert len(rows) == min(4, len(tree.search.finished))
    for r, node in enumerate(tree.search.finished[: len(rows)]):
        path = tree.search.path(node)
        assert rows.ids[r][rows.mask[r] > 0].tolist() == tree.response(node)
        values = rows.seg_value[r].gather(0, rows.seg_id[r]).tolist()
        assert values[-1] == (1.0 if rows.correct[r] else -1.0)
        assert values[0] == pytest.approx(
            float(torch.tanh(torch.tensor(tree.search.nodes["value"][path[0]])))
        )
        assert made.judge(0, tree.response(node)).correct == bool(rows.correct[r])
    assert set(rows.source.tolist()) == {TREE}


def test_a_spent_tree_is_filled_with_direct_rollouts():
    rows = tree_rows([0, 1, 2], sampling(), TreePlan(n=4, width=1, chunk=2, max_depth=3, max_expansions=3))
    assert torch.bincount(rows.group_id).tolist() == [4, 4, 4]


def test_cached_solutions_come_first_and_are_marked():
    made, cache = sampling(), SolutionCache()
    right = tuple(made.policy.right[1].int().argmax(-1).tolist())
    cache.add(1, Solution(right, (1.0,) * len(right), 1.0, 0))
    rows = from_cache([1], made, cache)
    assert rows.ids[0].tolist() == list(right)
    assert rows.source.tolist()[0] == CACHED
    assert float(rows.seg_value[0, 0]) == 1.0
    assert len(rows) == 4


def test_training_runs_and_counts_tokens():
    policy = problems()
    hooks = build("grpo+deepsearch:width=3,chunk=2,max_depth=3,max_expansions=5")
    run = train_table(policy, hooks, n=4, lr=0.1, steps=2)
    assert run.steps == 2
    assert run.tokens > 0


def test_cached_solutions_serve_from_the_next_round_on():
    made = TableSampling(problems(right=1.1), 4, torch.Generator().manual_seed(1))
    hooks, state = build("grpo+deepsearch:width=3,chunk=2,max_depth=3,every=2"), {}
    sources = [set(hooks.sample([0, 1], made, state).source.tolist()) for _ in range(3)]
    assert sources == [{TREE}, {TREE}, {CACHED}]


def test_a_tree_of_width_one_is_a_chain_without_jumps():
    tree = grow([0], sampling(), TreePlan(n=4, width=1, chunk=2, max_depth=3))[0]
    assert tree.about() == {"expansions": 3, "jumps": 0, "tree_tokens": 6, "terminals": 1}


def test_after_the_first_end_the_tree_goes_on_elsewhere():
    """Two levels of width 2: root, a, then b, which is not below a: one jump."""
    tree = grow([0], sampling(), TreePlan(n=4, width=2, chunk=3, max_depth=2))[0]
    assert tree.about() == {"expansions": 3, "jumps": 1, "tree_tokens": 18, "terminals": 4}
