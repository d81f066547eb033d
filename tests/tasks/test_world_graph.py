import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.tasks.graph import ConstraintGraph, Edge, cost_proxy, solve, source_dispersion, treewidth
from leadline.tasks.reader import Knowledge, Statement


def width(graph, **options):
    return treewidth(((str(a), str(b)) for a, b in graph.edges), **options).width


def test_treewidth_values_of_the_specification():
    assert width(nx.path_graph(4)) == 1
    assert width(nx.star_graph(4)) == 1
    assert width(nx.cycle_graph(4)) == 2
    diamond = nx.complete_graph(4)
    diamond.remove_edge(0, 3)
    assert width(diamond) == 2
    assert width(nx.complete_graph(4)) == 3
    assert width(nx.grid_2d_graph(2, 3)) == 2
    assert width(nx.grid_2d_graph(3, 3)) == 3
    assert width(nx.petersen_graph()) == 4
    assert width(nx.petersen_graph(), exact_up_to=0) == 4  # min-fill


@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_min_fill_is_an_upper_bound(pairs):
    named = [(str(a), str(b)) for a, b in pairs]
    exact, bound = treewidth(named), treewidth(named, exact_up_to=0)
    assert exact.exact
    assert exact.width <= bound.width


def test_source_dispersion_of_the_specification():
    documents = {"d1": {1, 2}, "d2": {3}, "d3": {1, 3, 4}, "d4": {2}, "d5": {4}}  # ab bc cd da = 1 2 3 4
    assert source_dispersion({1, 2, 3, 4}, documents) in (("d1", "d3"), ("d3", "d4"))
    assert source_dispersion(set(), documents) == ()


def test_uncoverable_facts_are_an_error():
    with pytest.raises(ValueError, match="no document"):
        source_dispersion({9}, {"d1": {1}})


def test_greedy_cover_covers():
    documents = {f"d{i:02}": {i, (i * 7) % 25, (i * 3) % 25} for i in range(25)}
    chosen = source_dispersion(set(range(25)), documents)
    assert set().union(*(documents[d] for d in chosen)) >= set(range(25))


def test_cost_proxy():
    assert [cost_proxy(6, 10, k) for k in (1, 2, 3)] == [600, 6_000, 60_000]


FACTS = Knowledge(
    [
        Statement("A Works", "founded by", "Ada B"),
        Statement("C Works", "founded by", "Ada B"),
        Statement("Ada B", "born in", "Brenou"),
        Statement("A Works", "seated in", "Brenou"),
    ]
)


def test_solve_joins_and_inverts():
    chain = ConstraintGraph((Edge("A Works", "founded by", "?p"), Edge("?p", "born in", "?x")), "?x")
    assert solve(chain, FACTS) == ["Brenou"]
    inverse = ConstraintGraph((Edge("?o", "founded by", "Ada B"),), "?o")
    assert solve(inverse, FACTS) == ["A Works", "C Works"]
    cycle = ConstraintGraph(
        (Edge("?o", "founded by", "?p"), Edge("?p", "born in", "?x"), Edge("?o", "seated in", "?x")), "?o"
    )
    assert solve(cycle, FACTS) == ["A Works"]


def test_solve_knows_nothing_from_nothing():
    assert solve(ConstraintGraph((Edge("A Works", "founded by", "?p"),), "?p"), Knowledge()) == []
