"""The data and task systems: their pieces by numbers, and their seeds."""

import json

import numpy as np
import pytest

from leadline.systems import (
    datacross,
    datasetresearch,
    deepresearch_9k,
    livedrbench,
    medresearcher_r1,
    redsearcher,
)
from leadline.systems.deepresearch_arena import elo_recovery, inspira_precision
from leadline.systems.researchrubrics import grain
from leadline.tasks.makers.cross import plant
from leadline.tasks.walks import walk_graph
from leadline.tasks.world import make_world


def test_grain_study_matches_the_specification():
    # 20 seeds in the specification: ternary .642, binary .822, difference .181 +- .004
    pairs = [grain(np.random.default_rng(seed), 101) for seed in range(5)]
    ternary, binary = np.mean(pairs, axis=0)
    assert ternary == pytest.approx(0.642, abs=0.015)
    assert binary == pytest.approx(0.822, abs=0.015)
    assert binary - ternary == pytest.approx(0.181, abs=0.02)


def test_elo_recovery_matches_the_specification():
    # 200 tasks, soft outcomes: tau .481 (R=2), .721 (R=10); hard: .441, .655
    soft = [np.mean([elo_recovery(s, 200, r, soft=True) for s in range(3)]) for r in (2, 10)]
    assert soft == pytest.approx([0.481, 0.721], abs=0.05)
    assert np.mean([elo_recovery(s, 200, 10, soft=False) for s in range(3)]) == pytest.approx(0.655, abs=0.05)


def test_the_gate_keeps_planted_sentences():
    assert inspira_precision(0, 5, 2) > 0.9 > 0.5 > inspira_precision(0, 5, 1)


def test_topology_matches_the_specification():
    # k=1 .764 +- .107, k=2 .013 +- .009 over 20 seeds in the specification; ours draws other trees
    assert redsearcher.consistency(0, 1, 20, 20) > 0.4
    assert redsearcher.consistency(0, 2, 20, 20) < 0.05


def test_dispersion_needs_as_many_calls_as_documents():
    for m in (1, 2, 4, 8):
        assert redsearcher.dispersion_accuracy(0, m, 20, calls=m) == 1.0
        if m > 1:
            assert redsearcher.dispersion_accuracy(0, m, 20, calls=m - 1) == 0.0


def test_live_corpus_has_three_one_fact_documents_per_entity():
    library, tasks = livedrbench.corpus(np.random.default_rng(0), 40)
    assert len(library.documents) == 120
    assert sum(map(len, tasks.values())) == 40


def test_a_page_that_lists_the_answer_closes_the_gap():
    # the definition's corpus-dependence: with the list on one page, one query suffices
    _, tasks = livedrbench.corpus(np.random.default_rng(1), 60)
    key, gold = max(tasks.items(), key=lambda x: len(x[1]))
    assert livedrbench.scores(gold, gold) == (1.0, 1.0)
    assert livedrbench.scores(dict.fromkeys(gold, ("", "")), gold) == (1.0, 0.0)
    assert key in tasks


def test_probability_of_levels_is_exact_without_slips():
    right, shortcuts = deepresearch_9k.accuracies(0, 10, p=1.0)
    assert right == {1: 1.0, 2: 1.0, 3: 1.0}
    assert shortcuts == 0


def test_guided_search_expands_less_on_average_and_more_so_on_longer_chains():
    graph_world = make_world(800, 0)
    graph = walk_graph(graph_world)
    two, four = (
        medresearcher_r1.guidance(graph_world, graph, np.random.default_rng(0), hops, 30) for hops in (2, 4)
    )
    assert 0 < two < four


def test_insight_recall_is_one_for_the_gold_and_zero_for_silence():
    _, insights = plant(np.random.default_rng(0), hard=True)
    assert datacross.insight_recall([i.text for i in insights], insights) == 1.0
    assert datacross.insight_recall([], insights) == 0.0


def test_reference_data_scores_one():
    [(train, test), *_] = datasetresearch.splits(np.random.default_rng(0))
    assert datasetresearch.probe(train, test) > 0.9


def test_reproduce_writes_json_and_plot(cli, tmp_path):
    code, out, _ = cli("reproduce", "der2", "--smoke", "--out", str(tmp_path), "--json")
    result = json.loads(out)
    assert code == 0
    assert {c["verdict"] for c in result["claims"]} <= {"holds", "does not hold", "inconclusive"}
    assert (tmp_path / "der2.smoke.json").is_file()
    assert (tmp_path / "der2.smoke.svg").read_bytes().startswith(b"<?xml")
