import json

import pytest

from leadline import json_lines
from leadline.bench.logs.adoption import adoption, mean_adoption
from leadline.bench.logs.moves import STOP_WORDS, intent, move
from leadline.bench.logs.report import analyse
from leadline.bench.logs.sessions import LogRow, pairwise_f1, read_log, sessionise
from leadline.bench.logs.stop import looping
from leadline.errors import SourceError, UsageError
from leadline.serve.request_log import RequestLog

QUERIES = [
    "lena marsh debut film",
    "harbour lights box office",
    "harbour lights oslo premiere 1987",
    "harbour lights oslo premiere 1987",
]
EVIDENCE = [
    "Lena Marsh made her debut with Harbour Lights shown in Oslo",
    "Harbour Lights earned little; it opened in 1987",
    "premiere notes",
    "",
]


def test_adoption_values_of_the_specification():
    rows = adoption(QUERIES, EVIDENCE)
    assert [(r.last, r.accumulated) for r in rows] == [(2 / 4, 2 / 4), (1 / 3, 2 / 3), (None, None)]
    assert [r.move for r in rows] == ["Exploration", "Exploration", "Repetition"]
    assert mean_adoption(rows, pooled=True) == pytest.approx(4 / 7)
    assert mean_adoption(rows) == pytest.approx(0.583333, abs=5e-7)
    assert mean_adoption(rows, accumulated=False) == pytest.approx(0.416667, abs=5e-7)
    assert mean_adoption(rows) - mean_adoption(rows, accumulated=False) == pytest.approx(0.166667, abs=5e-7)
    assert mean_adoption(rows, pooled=True) == pytest.approx(0.571429, abs=5e-7)


@pytest.mark.parametrize(
    ("before", "after", "label"),
    [
        ("red fox", "red fox", "Repetition"),
        ("red fox", "red fox den winter", "Specialization"),
        ("red fox den winter", "red fox", "Generalization"),
        ("a b c d", "a b c e f", "Specialization"),
        ("a b c e f", "a b c d", "Generalization"),
        ("red fox", "blue whale", "Exploration"),
    ],
)
def test_moves(before, after, label):
    assert move(before, after) == label


def test_intents():
    assert intent(["capital of Peru"]) == "Declarative"
    assert intent(["how to bake bread"]) == "Procedural"
    assert intent(["why did prices rise"]) == "Reasoning"


def test_lucene_has_thirty_three_stop_words():
    assert len(STOP_WORDS) == 33


def row(number, ts, query, client="c", evidence=""):
    return LogRow(str(number), client, ts, "/search", query, 10, 1.0, [], evidence)


def test_interleaved_agents_of_one_key_are_separated():
    rows = [
        row(1, 0, "velar valve maker", evidence="made by Drouk Works"),
        row(2, 1000, "harbour lights film"),
        row(3, 2000, "Drouk Works seat"),
        row(4, 3000, "harbour lights director"),
    ]
    assert [[r.request_id for r in s] for s in sessionise(rows)] == [["1", "3"], ["2", "4"]]


def test_a_long_pause_ends_a_session():
    rows = [row(1, 0, "red fox"), row(2, 600_001, "red fox den")]
    assert len(sessionise(rows)) == 2
    assert len(sessionise([rows[0], row(2, 600_000, "red fox den")])) == 1


def test_pairwise_f1():
    assert pairwise_f1([["a", "b"], ["c"]], [["a", "b"], ["c"]]) == 1.0
    assert pairwise_f1([["a", "b", "c"]], [["a", "b"], ["c"]]) == pytest.approx(2 * 1 / (3 + 1))


def test_figures_of_a_small_log():
    rows = [row(i, 1000 * i, q, evidence=e) for i, (q, e) in enumerate(zip(QUERIES, EVIDENCE, strict=True))]
    figures = analyse(rows)
    assert figures["requests"] == 4
    assert figures["gap_under_10s"] == 1.0
    assert figures["ctar"]["undefined_steps"] == 1
    assert sum(figures["moves"].values()) == pytest.approx(1.0)
    assert figures["transitions"] == {"Declarative": {"Exploration": {"Exploration": 0.5, "Repetition": 0.5}}}
    assert figures["repetition_by_step_and_intent"] == {"Declarative": {"2": 0.0, "3": 0.0, "4": 1.0}}
    assert figures["terms_by_intent"] == {"Declarative": (4 + 4 + 5 + 5) / 4}
    assert figures["ctar"]["by_step"] == pytest.approx({"2": 2 / 4, "3": 2 / 3, "4": 0.0})
    assert figures["k_changes_inside"] == 0.0


def test_the_sensor_sees_a_loop_and_no_more():
    assert looping(QUERIES, EVIDENCE)
    assert not looping(QUERIES[:3], EVIDENCE[:3])
    assert not looping(QUERIES, EVIDENCE, repeats=2)
    assert not looping(QUERIES[:1], EVIDENCE[:1])
    grown = ["oslo premiere harbour lights 1987 film", "oslo premiere harbour lights 1987 film debut"]
    assert looping(grown, ["nothing", ""])
    assert not looping(grown, ["her debut", ""])  # a repetition with a word that was just found


def test_empty_log_is_zeros_not_a_crash():
    assert analyse([])["sessions"] == 0


def test_logs_are_written_read_and_analysed(tmp_path, cli):
    log = RequestLog(tmp_path / "log", rows_per_file=3)
    for number, query in enumerate(QUERIES):
        log.add(client="secret-key", endpoint="/search", query=query, k=10, seconds=0.002, doc_ids=["d1"],
                evidence=EVIDENCE[number])  # fmt: skip
    log.flush()
    assert len(list((tmp_path / "log").glob("*.parquet"))) == 2
    rows = read_log(tmp_path / "log")
    assert [r.query for r in sorted(rows, key=lambda r: r.request_id)] == QUERIES
    assert all("secret" not in r.client_id for r in rows)
    code, out, _ = cli("logs", str(tmp_path / "log"), "--json")
    assert code == 0
    assert json.loads(out)["requests"] == 4
    assert cli("logs", str(tmp_path / "log"))[0] == 0


def test_broken_logs_are_named(tmp_path, cli):
    bad = tmp_path / "x.jsonl"
    good = json_lines.line(LogRow("r", "c", 0, "/search", "q", 10, 1.0, []))
    bad.write_bytes(good + b'{"request_id": 1}\n')
    with pytest.raises(SourceError, match=r"line 2 is damaged.*Mend or remove the line"):
        read_log(bad)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.txt", b"hello\n", r"is not a request log \(line 1: JSON is malformed"),
        ("x.jsonl", b'{"a": 1}\n', r"is not a request log \(line 1: Object missing required field"),
        ("x.jsonl", bytes(range(256)), "is not a request log"),
        ("x.jsonl", b"\n", "is not a request log: it is empty"),
        ("x.parquet", b"no parquet", "is not a request log"),
        ("gone.jsonl", None, "No such file"),
        ("gone.parquet", None, "No such file"),
        ("folder", None, "holds no request log"),
    ],
)
def test_what_is_no_log_is_refused_with_what_is_one(tmp_path, cli, name, content, message):
    (tmp_path / "folder").mkdir()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_log(tmp_path / name)
    code, _, err = cli("logs", str(tmp_path / name))
    assert code == 2
    assert name in err
    assert "leadline serve --log FOLDER" in err
