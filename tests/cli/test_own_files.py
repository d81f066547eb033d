"""The laboratory measures what a person brings along: files with a retriever, re-ranker, agent, benchmark or system of
their own (docs/laboratory.md has one of each), answers and run files of other systems.
"""

import json

import pytest

CORPUS = '{"_id": "cats", "title": "Cats", "text": "hunt mice"}\n{"_id": "dogs", "title": "Dogs", "text": "hunt it"}\n'
ENDS = """
class Last:
    name = "last"

    def score(self, query, texts):
        return [float(i) for i, _ in enumerate(texts)]

reranker = Last
"""
CAPITALS = """
from leadline.bench.protocol import Case, Protocol, Twin

def twin(seed, n):
    return Twin([Case("fr", "Capital of France?"), Case("pe", "Capital of Peru?")][:n], [])

def score(case, answer, judge):
    return {"right": float({"fr": "Paris", "pe": "Lima"}[case.id] in answer.text)}

PROTOCOL = Protocol("capitals", "Capitals", "", "mine", "", "right", twin, score)
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    folder = tmp_path / "small"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(CORPUS)
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "mice hunt"}\n')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tcats\t1\n")
    (tmp_path / "last.py").write_text(ENDS)
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "capitals.py").write_text(CAPITALS)
    monkeypatch.chdir(tmp_path)


def test_a_reranker_of_my_own_puts_the_second_first(cli):
    pytest.importorskip("ir_measures")
    code, out, _ = cli(
        "bench", "retrieval", "--data", "small", "--rerank", "none", "--rerank", "./last.py", "--metric", "RR@10",
        "--out", "grid", "--json",
    )  # fmt: skip
    rows = json.loads(out)["rows"]
    assert code == 0
    assert [row["RR@10"] for row in rows] == [1.0, 0.5]
    assert rows[1]["run_file"] == "grid/bm25-0.9-0.4-document-.-last.py-50-raw.run"


def test_a_run_file_is_scored_with_judgements_alone_and_what_it_lacks_is_said(cli, tmp_path):
    pytest.importorskip("ir_measures")
    (tmp_path / "my.qrels").write_text("q1 0 cats 1\nq2 0 dogs 1\n")
    (tmp_path / "my.run").write_text("q1 Q0 dogs 1 9 t\nq1 Q0 cats 2 8 t\nq7 Q0 cats 1 1 t\n")
    code, out, err = cli(
        "bench", "retrieval", "--score", "my.run", "--qrels", "my.qrels", "--metric", "RR@10", "--json"
    )
    assert (code, json.loads(out)["rows"][0]["RR@10"]) == (0, 0.25)
    assert (
        "my.run: 1 of 2 judged queries are missing and count as 0; 1 others are not judged and left out."
        in err
    )


def test_answers_of_another_system_are_scored(cli, tmp_path):
    (tmp_path / "theirs.jsonl").write_text('{"id": "fr", "text": "It is Paris.", "confidence": 0.9}\n')
    code, out, _ = cli("bench", "run", "capitals.py", "--answers", "theirs.jsonl", "--json")
    summary = json.loads(out)
    assert code == 0
    assert (summary["agent"], summary["n"], summary["failed"]) == ("theirs", 2, 1)
    assert summary["metrics"]["right"][0] == 0.5  # mean, low, high, cases
    assert (tmp_path / "results/bench/capitals/theirs/results.jsonl").exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"id": "fr"}', "theirs.jsonl, line 1: it has no id or no text. A line is"),
        ('{"text": "Paris"}', "line 1: it has no id or no text."),
        ('{"id": "fr", "text": "a"}\n{"id": "fr", "text": "b"}', "line 2: the id 'fr' stands twice."),
        ('{"id": "fr", "text": "a", "confidence": "high"}', "line 1: Expected `float | null`, got `str`"),
        ('{"id": "1", "text": "a"}', "theirs.jsonl answers none of the cases. Their ids are like fr, pe."),
        ("id,text", "is not a file of answers"),
    ],
)
def test_a_file_of_answers_that_is_none_is_refused(cli, tmp_path, lines, message):
    (tmp_path / "theirs.jsonl").write_text(lines + "\n")
    code, _, err = cli("bench", "run", "capitals.py", "--answers", "theirs.jsonl")
    assert code == 2
    assert message in err


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("bench", "run", "gone.py"), "There is no file with a benchmark named 'gone.py'."),
        (("bench", "run", "empty.py"), "empty.py has no PROTOCOL: that is what makes it a benchmark."),
        (("bench", "run", "capitals.py", "--agent", "empty.py"), "empty.py has no agent: "),
        (("bench", "retrieval", "--data", "small", "--retriever", "empty.py"), "empty.py has no retriever: "),
        (("bench", "retrieval", "--data", "small", "--rerank", "empty.py"), "empty.py has no reranker: "),
        (("bench", "retrieval"), "Give --data FOLDER, or for run files --score RUN and --qrels FILE."),
        (("reproduce", "empty.py", "--smoke"), "empty.py has no experiment under the decorator system(...)"),
        (("bench", "board", "--plot", "b.foo"), "b.foo is neither an .svg nor a .png file."),
    ],
)
def test_what_is_missing_in_a_file_of_my_own_is_named(cli, command, message):
    code, _, err = cli(*command)
    assert code == 2
    assert message in err


def test_one_seed_has_no_interval_and_ctrl_c_keeps_nothing_of_one_system(cli, tmp_path):
    (tmp_path / "one.py").write_text(
        "from leadline.bench.system import Claim, Pair, system\n"
        '@system(slug="one", title="t", paper="", idea="i", parts=(), claims=(Claim("c", "t", "m", "a", "b"),))\n'
        "def experiment(seed, scale):\n    if seed:\n        raise KeyboardInterrupt\n    return {'c': Pair(1, 2)}\n"
    )
    code, out, _ = cli("reproduce", "one.py", "--seeds", "1")
    assert code == 0
    assert "+1 (1 seed: no interval)" in out
    assert "one: 1 seed, " in out
    code, out, err = cli("reproduce", "one.py", "--seeds", "2")
    assert (code, out) == (130, "")
    assert "Stopped: nothing is kept." in err
