"""The data and task systems: their pieces by numbers, and their seeds."""

import json

import numpy as np
import pytest

from leadline.bench.metrics.regimes import fragility
from leadline.bench.stats import paired_interval
from leadline.models.judge import RuleJudge
from leadline.systems import (
    datacross,
    datasetresearch,
    deepresearch_9k,
    der2,
    iodresearch,
    livedrbench,
    medresearcher_r1,
    redsearcher,
    researchrubrics,
    webleaper,
)
from leadline.systems.deepresearch_arena import elo_recovery, inspira_precision, report_counts
from leadline.systems.researchrubrics import grain
from leadline.tasks.graph import treewidth
from leadline.tasks.makers import regimes
from leadline.tasks.makers.cross import plant
from leadline.tasks.makers.tables import tasks_from_trees, world_trees
from leadline.tasks.render.lists import list_pages
from leadline.tasks.search import library_search
from leadline.tasks.walks import walk_graph
from leadline.tasks.world import make_world


def test_grain_study_matches_the_specification():
    # 20 seeds in the specification: ternary .642, binary .822, difference .181 +- .004
    pairs = [grain(np.random.default_rng(seed), 101) for seed in range(5)]
    ternary, binary = np.mean(pairs, axis=0)
    assert ternary == pytest.approx(0.642, abs=0.015)
    assert binary == pytest.approx(0.822, abs=0.015)
    assert binary - ternary == pytest.approx(0.181, abs=0.02)


ELO = {2: (0.481, 0.44, 0.441), 5: (0.632, 0.60, 0.566), 10: (0.721, 0.66, 0.655), 30: (0.843, 0.82, 0.793)}
# rounds: tau and precision in the top tenth of soft outcomes, tau of hard ones (specification, 10 seeds)


def test_elo_recovery_matches_the_specification_and_rises_with_the_rounds():
    found = {}
    for rounds in ELO:
        runs = [
            (elo_recovery(s, 200, rounds, soft=True), elo_recovery(s, 200, rounds, soft=False))
            for s in range(10)
        ]
        found[rounds] = np.mean([(soft.tau, soft.top, hard.tau) for soft, hard in runs], axis=0)
        assert found[rounds] == pytest.approx(ELO[rounds], abs=0.06)
        assert paired_interval([s.tau for s, _ in runs], [h.tau for _, h in runs]).low > 0  # soft beats hard
    assert [f[0] for f in found.values()] == sorted(f[0] for f in found.values())


def test_a_negation_blind_judge_miscounts_planted_key_points_and_the_rule_judge_counts_exactly():
    for seed in range(5):
        assert report_counts(np.random.default_rng(seed), RuleJudge(0.8)) == 0
        assert report_counts(np.random.default_rng(seed), RuleJudge(0.8, negation=False)) > 0


def test_the_gate_keeps_planted_sentences():
    assert inspira_precision(0, 5, 2) > 0.9 > 0.5 > inspira_precision(0, 5, 1)


def test_k_trees_have_treewidth_k():
    for k in (1, 2, 3):
        pairs = [(str(a), str(b)) for a, b in redsearcher.k_tree(np.random.default_rng(k), k)[0]]
        assert treewidth(pairs).width == k


def test_treewidth_makes_a_single_thread_fail():
    # k=1 .764 +- .107, k=2 .013 +- .009, k=3 .009 +- .010 over 20 seeds in the specification
    shares = {k: [redsearcher.consistency(seed, k, 20, 10) for seed in range(5)] for k in (1, 2, 3)}
    assert abs(np.mean(shares[1]) - 0.764) < 0.107
    assert max(np.mean(shares[2]), np.mean(shares[3])) < 0.03
    assert paired_interval(shares[2], shares[1]).high < 0


def test_both_numbers_make_made_questions_harder():
    width, dispersion = redsearcher.difficulty(0, 6)
    assert width < 0
    assert dispersion < 0


def test_dispersion_needs_as_many_calls_as_documents():
    for m in (1, 2, 4, 8):
        assert redsearcher.dispersion_accuracy(0, m, 20, calls=m) == 1.0
        if m > 1:
            assert redsearcher.dispersion_accuracy(0, m, 20, calls=m - 1) == 0.0


def test_live_corpus_has_three_one_fact_documents_per_entity():
    library, tasks = livedrbench.corpus(np.random.default_rng(0), 40)
    assert len(library.documents) == 120
    assert sum(map(len, tasks.values())) == 40


def test_live_twin_behaves_as_the_prototype():
    # 120 entities, 36 tasks: one query .257 of claims and 0 with sub-claims; 15 queries .710; 60 queries 1.0
    library, tasks = livedrbench.corpus(np.random.default_rng([0, 31]), 120)
    once, small, large = (
        livedrbench.run(library, tasks, *a)
        for a in ((livedrbench.single_shot, 1), (livedrbench.fan_out, 15), (livedrbench.fan_out, 60))
    )
    assert (once.tree, once.queries) == (0.0, 1.0)
    assert once.claims == pytest.approx(0.257, abs=0.04)
    assert 0.65 < small.tree < large.tree == 1.0
    assert small.queries == pytest.approx(15, abs=0.5)
    assert all(r.claims >= r.tree for r in (once, small, large))


def test_a_page_that_lists_the_answer_closes_the_gap():
    # the definition's corpus-dependence: with the list on one page, one query suffices
    library, tasks = livedrbench.corpus(np.random.default_rng(1), 60, listed=True)
    assert livedrbench.run(library, tasks, livedrbench.single_shot, 1).tree > 0.85
    gold = max(tasks.values(), key=len)
    assert livedrbench.scores(gold, gold) == (1.0, 1.0)
    assert livedrbench.scores(dict.fromkeys(gold, ("", "")), gold) == (1.0, 0.0)


def test_the_scorer_measures_the_planted_precision_and_recall():
    runs = [livedrbench.planted(np.random.default_rng(seed), 0.6, 0.75, 150) for seed in range(5)]
    assert np.mean(runs, axis=0) == pytest.approx((0.75, 0.6), abs=0.02)


def test_regimes_of_der2_as_the_prototype():
    # 200 items, 5 % slip per concept: careful .012 .864 .867 .865 (I C R F), careless .012 .864 .867 .009
    scores = []
    for seed in range(5):
        rng = np.random.default_rng([seed, 33])
        items = [regimes.build(rng, int(rng.integers(1, 5)), f"i{i}") for i in range(100)]
        executed = der2.slips(items, rng)
        careful, good = der2.regime_gaps(items, regimes.careful_reader, executed)
        careless, bad = der2.regime_gaps(items, regimes.careless_reader, executed)
        scores.append((*careful.values(), *careless.values()))
        assert abs(good.noise) <= 0.03
        assert bad.noise > 0.5
        assert max(abs(good.doc), abs(bad.doc)) <= 0.03
        assert good.rloss == pytest.approx(good.doc + good.noise)
    assert np.mean(scores, axis=0) == pytest.approx(
        (0.012, 0.864, 0.867, 0.865, 0.012, 0.864, 0.867, 0.009), abs=0.05
    )


def test_what_is_known_by_heart_is_lost_to_noise_that_redefines_it():
    rng = np.random.default_rng(0)
    items = [regimes.build(rng, 2, f"i{i}") for i in range(20)]
    reader, sure = der2.memorised(items), [True] * 20
    alone, full = (der2.right(items, reader, regime, sure) for regime in "IF")
    assert all(alone)
    assert fragility(alone, full) > 0.9


def test_planted_reports_are_judged_better_by_criterion_than_by_length():
    reports = researchrubrics.planted_reports(make_world(800, 0), np.random.default_rng(0), 16)
    plain, exemplified = (
        researchrubrics.fitted_f1(researchrubrics.similarity(reports, exemplified=e), reports)
        for e in (False, True)
    )
    lengths = [[float(sum(map(len, r.sentences)))] * 12 for r in reports]
    assert exemplified >= plain > researchrubrics.fitted_f1(lengths, reports)


def test_reverse_union_has_fewer_shortcuts_and_soft_f_a_signal():
    rng = np.random.default_rng(0)
    trees = world_trees(make_world(800, 0), rng)
    items = list(tasks_from_trees(trees, 60, rng, "w"))
    with library_search(list_pages(trees).documents, titles_only=True) as search:
        rates = {
            kind: np.mean([webleaper.shortcut(i, search) for i in items if i.kind == f"tables-{kind}"])
            for kind in ("union", "reverse-union")
        }
    assert rates["reverse-union"] <= rates["union"] - 0.3
    assert webleaper.groups_with_signal(rng, soft=True) >= 0.9
    assert webleaper.groups_with_signal(rng, soft=False) <= 0.1


def test_both_filters_teach_economy_at_no_loss_of_completeness():
    clones = webleaper.filters(np.random.default_rng(0), 1000)
    assert clones["both"][1] == max(ise for _, ise in clones.values())
    assert clones["both"][0] >= max(isr for isr, _ in clones.values()) - 0.02


def test_a_fact_index_catches_corrupted_statements():
    # at least nine in ten at no more than one false alarm in ten
    caught, alarms = iodresearch.checker(
        make_world(600, 0), np.random.default_rng(0), 20, iodresearch.by_facts
    )
    assert caught >= 0.9
    assert alarms <= 0.1


def test_fit_based_scores_fall_with_what_the_demand_says():
    # specification, 10 seeds: rich .981, five real examples .926, one example .849, ranges only .425
    rich, few, example, ranges = (
        np.mean([datasetresearch.normalised(seed, how) for seed in range(3)])
        for how in ("rich", "few", "example", "ranges")
    )
    assert rich == pytest.approx(0.981, abs=0.03)
    assert few == pytest.approx(0.926, abs=0.05)
    assert min(rich, few) > example > ranges


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
