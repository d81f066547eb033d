"""Worked numbers of BrowseComp-Plus, its run files, and MiniComp proving its own answers."""

import json

import pytest

from leadline.bench.browsecomp_runs import (
    RunFile,
    Step,
    read_final,
    read_run_files,
    recall,
    score_run_files,
    scramble,
    unscramble,
    write_run_file,
)
from leadline.bench.metrics.calibration import calibration_error
from leadline.bench.metrics.citations import citation_scores, cited_ids
from leadline.bench.retrieval_minicomp import TEMPLATES, minicomp
from leadline.bench.retrieval_seeker import investigate
from leadline.errors import UsageError
from leadline.systems.browsecomp_plus import experiment, oracle


def test_calibration_upstream_skips_the_most_confident_bin():
    confidences = [0.2] * 100 + [0.6] * 100 + [0.9] * 130
    right = [i < 10 for i in range(100)] + [i < 50 for i in range(100)] + [i < 65 for i in range(130)]
    assert calibration_error(confidences, right, mode="released") == pytest.approx(7.784989, abs=5e-7)
    assert calibration_error(confidences, right) == pytest.approx(26.285150, abs=5e-7)
    half = [i % 2 == 0 for i in range(150)]
    assert calibration_error([0.8] * 150, half, mode="released") == 0.0
    assert calibration_error([0.8] * 150, half) == pytest.approx(30.0)


def test_citations_unit_value():
    cited = cited_ids("Alpha [20]. Beta [20, 41759]. Gamma 【7】 and 【8†L3-L5】 in [May 2019].")
    assert cited == {"3", "5", "7", "8", "20", "2019", "41759"}
    assert citation_scores(cited, {"20", "7", "99"}) == pytest.approx((2 / 7, 2 / 3))


def test_scrambling_unit_value_and_round_trip():
    assert scramble("hello world", "canary-demo") == "gP2L3n0trRGaQoQ="
    text = "Zoë asked: 日本? " * 9
    assert unscramble(scramble(text, "key"), "key") == text
    with pytest.raises(UsageError, match="unscrambled"):
        unscramble(scramble(text, "key"), "other key")


def test_evidence_recall_unit_value():
    run = RunFile("q", {}, "completed", ["a", "b", "x"], [])
    assert recall(run, dict.fromkeys("abcd", 1)) == 0.5
    assert recall(None, {"a": 1}) == 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Explanation: e [1]\nExact Answer: Oslo\nConfidence: 85%", ("Oslo", 0.85)),
        ("**Exact Answer:** Oslo\n**Confidence:** 850 %", ("Oslo", 1.0)),
        ("Exact Answer: Oslo", ("Oslo", 1.0)),
        ("Oslo", ("Oslo", 1.0)),
    ],
)
def test_the_final_answer_is_read_plain_or_bold(text, expected):
    final = read_final(text)
    assert (final.answer, final.confidence) == expected


def run(query, docs, answer, status="completed"):
    text = f"Explanation: seen [{docs[0] if docs else ''}]\nExact Answer: {answer}\nConfidence: 80%"
    steps = [Step("tool_call", "search", {"user_query": "x"}, "..."), Step("output_text", output=text)]
    return RunFile(query, {"search": 2}, status, docs, steps)


EVIDENCE = {"1": {"20": 1, "21": 1}, "2": {"30": 1}, "3": {"40": 1}}


def judge(query, text):
    return read_final(text).answer == {"1": "Oslo", "2": "Lima"}.get(query)


def test_summary_counts_missing_runs_as_wrong_unless_upstream():
    runs = [run("1", ["20", "9"], "Oslo"), run("2", ["30"], "Rome"), run("4", [], "x", status="failed")]
    strict = score_run_files(runs, EVIDENCE, judge)
    assert strict["Accuracy (%)"] == 25
    assert strict["Recall (%)"] == pytest.approx((50 + 100 + 0 + 0) / 4)
    assert strict["avg_tool_stats"] == {"search": 2.0}
    assert strict["Citations"]["coverage"] == pytest.approx(2 / 3)
    upstream = score_run_files(runs, EVIDENCE, judge, upstream=True)
    assert upstream["Accuracy (%)"] == pytest.approx(100 / 3)
    assert upstream["Calibration Error (%)"] == 0.0  # fewer than 100 answers
    with pytest.raises(UsageError, match="no run file"):
        score_run_files([], EVIDENCE, judge)


def test_a_perfect_and_an_empty_set_of_runs_score_one_hundred_and_zero():
    perfect = [run("1", ["20", "21"], "Oslo"), run("2", ["30"], "Lima")]
    best = score_run_files(perfect, {key: EVIDENCE[key] for key in "12"}, judge)
    assert (best["Accuracy (%)"], best["Recall (%)"]) == (100, 100)
    worst = score_run_files([run("1", [], "")], {"1": EVIDENCE["1"]}, judge)
    assert (worst["Accuracy (%)"], worst["Recall (%)"]) == (0, 0)


def test_run_files_have_the_official_schema_and_come_back(tmp_path):
    path = write_run_file(tmp_path, run("12/a", ["20"], "Oslo"))
    assert path.name == "run_12_a.json"
    raw = json.loads(path.read_text())
    assert set(raw) == {"query_id", "tool_call_counts", "status", "retrieved_docids", "result", "metadata"}
    assert set(raw["result"][-1]) == {"type", "tool_name", "arguments", "output"}
    (back,) = read_run_files(tmp_path)
    assert back.answer.endswith("Confidence: 80%")
    (tmp_path / "again.json").write_text(path.read_text())
    with pytest.raises(UsageError, match="has a run already"):
        list(read_run_files(tmp_path))
    (tmp_path / "again.json").write_text('{"query_id": 5}')
    with pytest.raises(UsageError, match=r"again\.json is no run file"):
        list(read_run_files(tmp_path))
    with pytest.raises(UsageError, match="output text"):
        write_run_file(tmp_path, RunFile("q", {}, "completed", [], []))


@pytest.mark.parametrize("seed", [0, 1])
def test_minicomp_proves_its_answers(seed):
    """Every clue stands on an evidence page; only the answer fits all; an oracle search finds it."""
    world = minicomp(80, 12, seed)
    assert world.questions
    names = {page.name: page for page in world.pages.values()}
    for question in world.questions:
        fits = [
            page.name
            for page in world.pages.values()
            if question.clues.items() <= page.facts.items()
            and question.teacher.items() <= names[page.facts["teacher"]].facts.items()
        ]
        assert fits == [question.answer]
        page = world.pages[question.gold]
        assert all(
            TEMPLATES[k].format(name=page.name, value=v) in page.text for k, v in question.clues.items()
        )
        result = investigate(question, world, oracle(question, lambda query, k: []))
        assert (result.answer, result.confidence) == (question.answer, 1.0)
        assert set(question.evidence) <= set(result.retrieved)


def test_minicomp_is_seeded_and_keeps_its_budget():
    assert minicomp(60, 8, 3) == minicomp(60, 8, 3)
    world = minicomp(60, 8, 3)
    nothing = investigate(world.questions[0], world, lambda query, k: [], budget=2)
    assert (nothing.answer, nothing.confidence, nothing.searches) == ("", 0.0, 2)


def test_snippets_hide_late_evidence():
    world = minicomp(60, 8, 3)
    question = world.questions[0]
    search = oracle(question, lambda query, k: [])
    assert investigate(question, world, search, snippet=20).confidence == 0
    opened = investigate(question, world, search, snippet=20, read=True)
    assert opened.answer == question.answer
    assert opened.reads > 0


def test_the_experiment_runs_and_orders_chance_below_bm25():
    found = experiment.trials[0].experiment(0, "smoke")
    assert set(found) == {"bm25", "rerank", "oracle", "recall", "calls", "reading", "distractors"}
    assert found["bm25"].method > found["bm25"].baseline
    assert found["oracle"].method == 1.0
