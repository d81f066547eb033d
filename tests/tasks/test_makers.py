import json
import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from leadline.bench.metrics.answers import verify_answer
from leadline.errors import NotFound
from leadline.evidence.model import Document
from leadline.tasks.accept import default_funnel, rule_solver
from leadline.tasks.check import check_items
from leadline.tasks.graph import ConstraintGraph, Edge, solve
from leadline.tasks.item import Item, read_items, write_items
from leadline.tasks.makers import (
    chains,
    cross,
    duet,
    kinds,
    levels,
    maker,
    multihop,
    real_tables,
    regimes,
    reverse,
    tables,
    transcripts,
)
from leadline.tasks.reader import Knowledge
from leadline.tasks.render.library import Library
from leadline.tasks.render.text import Style, render_text
from leadline.tasks.trees import build_tree, maximal_bicliques
from leadline.tasks.walks import diameter, longest_chain, max_chain, random_growth, walk_graph
from leadline.tasks.world import make_world

WORLD = make_world(1200, seed=1)
LIBRARY = render_text(WORLD, Style(dispersion=0.4))
EVERYTHING = Knowledge.of(document.text for document in LIBRARY.documents)


@pytest.mark.parametrize("kind", kinds())
def test_every_maker_makes_checked_items_and_the_same_ones_again(kind, tmp_path):
    items = list(maker(kind)(WORLD, LIBRARY, 6, 0))
    assert len(items) == 6
    assert len({item.id for item in items}) == 6
    path = tmp_path / "tasks.jsonl"
    assert write_items(path, items) == 6
    back = list(read_items(path))
    assert [item.question for item in back] == [item.question for item in items]
    assert list(check_items(back, LIBRARY.by_id, verify_answer)) == []
    again = list(maker(kind)(WORLD, LIBRARY, 6, 0))
    assert [item.question for item in again] == [item.question for item in items]


@pytest.mark.parametrize("kind", ["multihop", "chains", "levels", "duet"])
def test_gold_scores_one_wrong_scores_zero(kind):
    for item in maker(kind)(WORLD, LIBRARY, 4, 0):
        assert verify_answer(item.answers[0], list(item.answers), item.answer_type) == 1.0
        assert verify_answer("nothing of the kind", list(item.answers), item.answer_type) == 0.0


@pytest.mark.parametrize("kind", ["multihop", "chains"])
def test_one_answer_and_not_without_evidence(kind):
    for item in maker(kind)(WORLD, LIBRARY, 6, 0):
        assert solve(item.graph, EVERYTHING) == [item.answers[0]]
        assert rule_solver(item, []) == []


def test_multihop_reaches_its_difficulty_floors():
    funnel = default_funnel(LIBRARY)
    items = list(multihop.make(WORLD, LIBRARY, 5, 0, n_edges=5, min_treewidth=2, funnel=funnel))
    assert len(items) == 5
    assert all(i.metadata["treewidth"] >= 2 and i.metadata["dispersion"] >= 3 for i in items)
    assert funnel.counts["accepted"] >= 5


def test_funnel_catches_planted_faults():
    good = next(multihop.make(WORLD, LIBRARY, 1, 0))
    leaked = Item("x", "multihop", f"{good.question} ({good.answers[0]})", good.answers, graph=good.graph)
    wrong = Item("y", "multihop", f"Again: {good.question}", ("Nobody At All",), graph=good.graph)
    funnel = default_funnel(LIBRARY)
    assert [i.id for i in funnel([good, leaked, wrong])] == [good.id]
    assert funnel.counts == Counter({"accepted": 1, "the question names the answer": 1,
                                     "not answerable with its evidence": 1})  # fmt: skip


def test_levels_have_one_two_and_five_hops_and_level_three_separates_sources():
    items = list(levels.make(WORLD, LIBRARY, 9, 0))
    assert [(i.metadata["level"], i.metadata["hops"]) for i in items] == [(1, 1), (2, 2), (3, 5)] * 3
    for item in items:
        if item.metadata["level"] == 3:
            documents = [span.document for span in item.evidence]
            assert all(a != b for a, b in pairwise(documents))
            assert item.answers[0] not in item.question


def test_masked_hints_name_no_entity():
    assert chains.masked_hint(["r1", "r2"]) == ["[MASK] r1 [MASK]", "[MASK] r2 [MASK]"]
    for item in chains.make(WORLD, LIBRARY, 4, 0):
        assert not any(e.name in " ".join(item.metadata["hint"]) for e in WORLD.entities)
        assert "[MASK]" not in item.question


def test_rarity_of_the_specification():
    assert 3 / 5_000_000 < chains.RARE < 6 / 5_000_000


def test_max_chain_on_a_path_follows_its_cap():
    path = {i: [j for j in (i - 1, i + 1) if 0 <= j <= 9] for i in range(10)}
    assert len(longest_chain(path, 0, 4)) == 4  # the released cap s // 2
    assert len(longest_chain(path, 0, 8)) == 8
    assert len(max_chain(path, 8, np.random.default_rng(0))) == 8


def test_longer_chains_than_random_growth():
    graph = walk_graph(WORLD)
    rng = np.random.default_rng(0)
    chain = np.mean([diameter(graph, max_chain(graph, 8, rng)) for _ in range(30)])
    grown = np.mean([diameter(graph, random_growth(graph, 8, rng)) for _ in range(30)])
    assert chain > grown


def test_bicliques_of_the_specification():
    relations = {
        "A": frozenset({"name", "nationality", "year"}),
        "B": frozenset({"name", "nationality", "genre"}),
        "C": frozenset({"name", "year"}),
    }
    assert maximal_bicliques(relations) == [
        (frozenset("AB"), frozenset({"name", "nationality"})),
        (frozenset("AC"), frozenset({"name", "year"})),
        (frozenset("ABC"), frozenset({"name"})),
    ]


def test_a_key_must_name_each_row_once():
    with pytest.raises(ValueError, match="once"):
        build_tree("t", ["k", "v"], [["a", 1], ["a", 2]], "k")


def test_reverse_union_anchor_is_unique_and_unnamed():
    items = [i for i in tables.make(WORLD, LIBRARY, 30, 0) if i.kind == "tables-reverse-union"]
    assert len(items) == 10
    for item in items:
        assert item.metadata["anchor"] not in item.question
        assert item.metadata["anchor"] in item.answers[0]


def test_reverse_items_fit_one_entity_and_hide_its_name():
    for item in reverse.make(WORLD, LIBRARY, 6, 0):
        assert item.answers[0] not in item.question
        assert item.metadata["documents"] >= 4
        assert len({span.document for span in item.evidence}) >= 4


def test_a_plain_search_that_finds_the_answer_drops_the_item():
    shown = list(reverse.make(WORLD, LIBRARY, 3, 0, search=lambda query, k: [e.name for e in WORLD.entities]))
    assert shown == []


def test_regimes_separate_careful_from_careless_readers():
    fooled = 0
    for item in regimes.make(WORLD, LIBRARY, 40, 0):
        gold = int(item.answers[0])
        assert regimes.careful_reader(item.question, regimes.evidence(item, "I")) is None
        for regime in "CRF":
            assert regimes.careful_reader(item.question, regimes.evidence(item, regime)) == gold
        assert regimes.careless_reader(item.question, regimes.evidence(item, "R")) == gold
        fooled += regimes.careless_reader(item.question, regimes.evidence(item, "F")) != gold
    assert fooled >= 37  # right by accident about once in a hundred


def test_inspira_finds_planted_sentences_and_the_gate_cuts_chatter():
    rng = np.random.default_rng(0)
    for _ in range(10):
        transcript, planted = transcripts.talk(rng)
        found = transcripts.inspire(transcript)
        assert {(i.text, i.type) for i in found} == {(i.text, i.type) for i in planted}
        for inspiration in found:
            assert transcript[inspiration.start : inspiration.end] == inspiration.text
        assert len(transcripts.inspire(transcript, min_traits=1, limit=99)) > len(found)


def test_woven_tasks_keep_the_hard_rules():
    rng = np.random.default_rng(1)
    for _ in range(50):
        _, planted = transcripts.talk(rng)
        assert transcripts.rule_violations(transcripts.weave(planted, rng)) == []


def test_rule_violations_are_named():
    task = transcripts.WovenTask("Design", "Hypothesis Generation", "Basic", "as the speaker said", 0)
    assert len(transcripts.rule_violations([task] * 3)) == 1 + 2 + 1 + 3


def test_every_planted_insight_is_derivable_and_hard_causes_need_the_picture():
    for number in range(40):
        hard = number % 2 == 1
        sources, insights = cross.plant(np.random.default_rng(number), hard=hard)
        texts = {i.text for i in insights}
        assert set(cross.analyse(sources)) == texts
        blind = set(cross.analyse(sources, use_picture=False))
        assert len(texts - blind) == (1 if hard else 0)
        assert set(cross.analyse(sources, cross=False)) < texts


def test_task_command_line(cli, tmp_path):
    out = tmp_path / "t.jsonl"
    code, text, _ = cli("tasks", "make", "levels", "--world", "400", "--n", "3", "--out", str(out), "--json")
    assert (code, json.loads(text)["made"]) == (0, 3)
    code, text, _ = cli("tasks", "check", str(out), "--world", "400")
    assert (code, text.strip()) == (0, "3 tasks: all hold")
    code, _, err = cli("tasks", "check", str(out), "--world", "400", "--seed", "9")
    assert code == 1
    assert "--seed" in err


def test_unknown_kind_lists_near_matches(cli):
    with pytest.raises(NotFound, match="multihop"):
        maker("multihopp")
    assert cli("tasks", "make", "nope")[0] == 2


def test_malformed_lines_are_named(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"id": "a", "kind": "x", "question": "q", "answers": ["1"]}\n{"id": 3}\n')
    with pytest.raises(Exception, match=r"t\.jsonl, line 2"):
        list(read_items(path))
    path.write_text('{"id": "a", "kind": "x", "question": "q", "answers": ["1"]}\n' * 2)
    with pytest.raises(Exception, match="occurs twice"):
        list(read_items(path))


def test_real_tables_give_genuine_unions():
    trees = {tree.title: tree for tree in [*real_tables.country_trees(), *real_tables.element_trees()]}
    euro = trees["register of countries that use the currency EUR"]
    assert {"Germany", "Ireland"} <= set(euro.rows)
    assert euro.rows["Ireland"]["capital"] == "Dublin"
    assert "gold" in trees["register of elements denser than 10 g/cm3"].rows
    by_key = {tree.title: set(tree.rows) for tree in trees.values()}
    for item in real_tables.make(WORLD, LIBRARY, 30, 0):
        said = set(item.answers[0].split("; "))
        first, *second = (by_key[title] for title in item.metadata["trees"])
        if item.kind == "tables-basic":
            assert said == first
        elif item.metadata.get("operation") == "union":
            assert said == first | second[0]
        else:
            assert said <= first & second[0]


def test_an_anchor_fits_its_clue_alone():
    trees = {tree.title: tree for tree in tables.world_trees(WORLD, np.random.default_rng([0, 14]))}
    items = [i for i in tables.make(WORLD, LIBRARY, 60, 0) if i.kind == "tables-reverse-union"]
    assert len(items) == 20
    for item in items:
        tree = trees[item.metadata["trees"][0]]
        clue = re.findall(r'its "(.*?)" is (.*?)(?=, its "|\. Which)', item.question)
        rows = [
            (key, {r.replace("_", " "): tables.blur(r, v) for r, v in row.items()})
            for key, row in tree.rows.items()
        ]
        fits = [key for key, row in rows if all(row.get(relation) == value for relation, value in clue)]
        assert fits == [item.metadata["anchor"]]


@pytest.mark.parametrize("kind", ["multihop", "chains"])
def test_injected_faults_are_caught(kind):
    """A second answer, a leaked answer, a contradiction with the evidence: each in at least 95 % of the items."""
    items = list(maker(kind)(WORLD, LIBRARY, 20, 3))
    assert len(items) == 20
    caught = Counter()
    for item in items:
        gold = item.answers[0]
        told = " ".join(span.quote for span in item.evidence).replace(gold, "Nemo Twin")
        twin = Document("dtwin", "Twin", told, "twin", "text/plain", "0")
        doubled = default_funnel(Library([*LIBRARY.documents, twin], LIBRARY.written))
        caught["second answer"] += list(doubled([item])) == [] and doubled.counts["several answers"] == 1
        leaky = Item(item.id, kind, f"{item.question} ({gold})", item.answers, graph=item.graph)
        edge = item.graph.edges[0]
        names = [e.name for e in WORLD.entities]
        other = next(n for n in names if n not in (edge.subject, edge.object, gold))
        bent = ConstraintGraph(
            (Edge(other, edge.predicate, edge.object), *item.graph.edges[1:]), item.graph.answer
        )
        contradictory = Item(item.id, kind, item.question, item.answers, graph=bent)
        caught["leak"] += list(default_funnel(LIBRARY)([leaky])) == []
        caught["contradiction"] += list(default_funnel(LIBRARY)([contradictory])) == []
    assert min(caught[fault] for fault in ("second answer", "leak", "contradiction")) >= 19, caught


def test_the_check_tries_the_scorer_on_every_item():
    items = [
        Item("a", "x", "q", ("12 or so",), "date"),
        Item("b", "x", "q", ("",)),
        Item("c", "x", "q", ("1",), "numbr"),
    ]
    found = {f.item: f.problem for f in check_items(items, {}, verify_answer)}
    assert "does not score 1 as date" in found["a"]
    assert found["b"] == "empty answer"
    assert "no answer type named 'numbr'" in found["c"]
    leaky = [f.problem for f in check_items([Item("e", "x", "q", ("answer",))], {}, verify_answer)]
    assert leaky == ["a wrong answer does not score 0 as text"]


def test_duet_keeps_what_two_searchers_agree_on_and_memory_does_not_know():
    item = Item("a", "duet", "q", ("Fok",))

    def says(answer):
        return lambda item: answer

    assert duet.duet_filter(item, says("Fok"), says("Fok"), says(""))
    assert not duet.duet_filter(item, says("Fok"), says("Fok"), says("Fok"))  # known without search
    assert not duet.duet_filter(item, says("Fok"), says("Brenou"), says(""))  # they disagree
    assert not duet.duet_filter(item, says("Brenou"), says("Brenou"), says(""))  # both wrong
