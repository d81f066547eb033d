"""Every benchmark end to end on its twin: silence scores 0, an answer from gold scores full, the file formats hold."""

import base64
import hashlib
import json

import msgspec
import pytest

from leadline.bench.agents import AGENTS, agent_named
from leadline.bench.clues import parse_list, parse_question
from leadline.bench.protocol import Answer, Case, Cited, Prompt, Scored, load_official
from leadline.bench.protocols import protocol, protocols
from leadline.bench.protocols.livedrbench import (
    decrypt,
    encrypt,
    predicted_rows,
    predictions,
    xor_cipher,
)
from leadline.errors import CheckFailed, LeadlineError, NotFound, SourceError, UsageError
from leadline.models.judge import ModelJudge, RuleJudge
from leadline.tasks.search import library_search

JUDGE = RuleJudge(0.9)
NAMES = list(protocols())


def perfect(case: Case) -> Answer:
    """What an all-knowing agent would say, in the form that the protocol asks for."""
    gold = case.gold
    parts = [*gold.get("answers", [])[:1], *gold.get("key_points", []), *gold.get("insights", [])]
    parts += [r["criterion"] for r in gold.get("rubrics", []) if r["weight"] > 0]
    parts += [c["criterion"] for criteria in gold.get("criterions", {}).values() for c in criteria]
    parts += [gold["dataset"]] if "dataset" in gold else []
    text = json.dumps(gold["truth"]) if "truth" in gold else "\n".join(parts)
    evidence = tuple(gold.get("evidence", ()))
    return Answer(text, evidence, evidence or ((gold["dataset"],) if "dataset" in gold else ()), 1.0, 3)


@pytest.mark.parametrize("name", NAMES)
def test_perfect_scores_full_and_silence_scores_nothing(name):
    chosen = protocol(name)
    twin = chosen.twin(1, 4)
    assert twin.cases
    assert len({case.id for case in twin.cases}) == len(twin.cases)
    top = 100.0 if chosen.main in ("KPR", "RACE", "AP@50") else 1.0
    for case in twin.cases:
        assert chosen.score(case, perfect(case), JUDGE)[chosen.main] == pytest.approx(top, rel=0.02)
        assert chosen.score(case, Answer(), JUDGE)[chosen.main] == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_twins_are_the_same_again(name):
    first, second = (msgspec.json.encode(protocol(name).twin(2, 3).cases) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("name", NAMES)
def test_missing_official_data_says_where_and_under_which_licence(name, tmp_path):
    with pytest.raises(UsageError, match="Licence") as caught:
        load_official(protocol(name), tmp_path / "nothing")
    assert protocol(name).licence in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_prompts_never_carry_gold(name):
    # DeR2's regimes C, R and F put the evidence into the prompt by design; the answer itself is never there
    for case in protocol(name).twin(3, 3).cases:
        for answer in case.gold.get("answers", []):
            assert f" {answer} " not in f" {case.prompt} " or name == "der2"
        assert "gold" not in msgspec.json.decode(msgspec.json.encode(Prompt(case.id, case.prompt)))


def strings(value):
    """Every string inside a gold value that is long enough to be recognised."""
    if isinstance(value, dict):
        return [s for v in value.values() for s in strings(v)]
    if isinstance(value, list | tuple):
        return [s for v in value for s in strings(v)]
    return [value] if isinstance(value, str) and len(value) > 3 else []


@pytest.mark.parametrize("name", NAMES)
def test_a_judge_is_shown_the_one_statement_it_is_asked_about_and_no_other_gold(name):
    chosen, seen = protocol(name), []

    def ask(prompt):
        seen.append(prompt)
        return '{"verdict": "omitted", "reason": ""}'

    judge = ModelJudge(ask, "recorder")
    for case in chosen.twin(3, 4).cases:
        seen.clear()
        chosen.score(
            case, Answer("An unrelated remark.", claims=(Cited("A remark.", ("d",), ("Its page.",)),)), judge
        )
        gold = set(strings(case.gold))
        for prompt in seen:
            shown = {g for g in gold if g in prompt}
            assert len({g for g in shown if not any(g != other and g in other for other in shown)}) <= 1
            rest = prompt.lower()
            for g in sorted(shown, key=len, reverse=True):
                rest = rest.replace(g.lower(), "")
            assert not any(w in rest for w in ("weight", "gold", "answer key", "expected", "penalt"))


def test_the_reader_beats_the_first_document_on_multi_hop_questions():
    twin = protocol("browsecomp-plus").twin(0, 8)
    means = {}
    for name in ("first", "reader"):
        with library_search(twin.documents) as search:
            answers = [agent_named(name)(Prompt(c.id, c.prompt), search) for c in twin.cases]
        score = protocol("browsecomp-plus").score
        means[name] = (
            sum(score(c, a, JUDGE)["accuracy"] for c, a in zip(twin.cases, answers, strict=True)) / 8
        )
    assert means["reader"] > means["first"]
    assert means["reader"] >= 0.75


def test_questions_are_parsed_without_gold():
    graph = parse_question("Which place is B? Clues: Ada Brenou was born in A. A lies in the district of B.")
    assert [(e.subject, e.predicate, e.object) for e in graph.edges] == [
        ("Ada Brenou", "born in", "?A"),
        ("?A", "lies in", "?B"),
    ]
    nested = parse_question("What is the seat of the maker of Velar Valve?")
    assert [(e.subject, e.predicate) for e in nested.edges] == [
        ("Velar Valve", "made by"),
        ("?0", "seated in"),
    ]
    assert parse_question("Tell me a story.") is None
    listing = parse_list(
        "List every place such that the place lies in the district of Fok. Give for each: inhabitants."
    )
    assert (listing.condition.predicate, listing.condition.value) == ("lies in", "Fok")


def test_cipher_of_the_specifications():
    assert encrypt('{"a":1}', "canary") == "miKa7Dq9eQ=="
    assert decrypt("miKa7Dq9eQ==", "canary") == '{"a":1}'
    assert base64.b64encode(xor_cipher(b"hello world", "canary-demo")) == b"gP2L3n0trRGaQoQ="


def test_official_livedrbench_rows_are_decrypted_in_memory(tmp_path):
    row = {"category": "entities", "key": 1, "question": "q", "canary": "c",
           "ground_truths": encrypt('[{"name": "x"}]', "c")}  # fmt: skip
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n")
    [case] = protocol("livedrbench").load(path)
    assert case.gold["truth"] == [{"name": "x"}]
    with pytest.raises(CheckFailed, match="official set has 100"):
        load_official(protocol("livedrbench"), path)


def test_predictions_are_cut_from_the_answer_without_gold():
    assert predicted_rows('Here: [{"name": "x"}] done') == [{"name": "x"}]
    assert predicted_rows('{"name": "x"}') == [{"name": "x"}]
    assert predicted_rows('["x", "y"]') == ["x", "y"]
    assert predicted_rows("x, y") is None
    assert predicted_rows("[1, 2]") is None
    assert predictions("Ada Brenou was born in Fok.\nAda Brenou works on optics.") == [
        {"name": "Ada Brenou", "born in": "Fok", "works on": "optics"}
    ]
    assert predictions("- one\n- two") == ["one", "two"]
    assert predictions("") == []


def test_naming_the_whole_world_costs_precision():
    chosen = protocol("livedrbench")
    case = chosen.twin(0, 1).cases[0]
    rows = case.gold["rows"]
    padded = json.dumps([*rows, *({"name": f"Nobody {i}"} for i in range(len(rows)))])
    scores = chosen.score(case, Answer(padded), JUDGE)
    assert (scores["Eq. 1 precision"], scores["Eq. 1 recall"]) == (0.5, 1.0)
    repeated = chosen.score(case, Answer(json.dumps([*rows, *rows])), JUDGE)
    assert repeated["Eq. 1 precision"] == 0.5


def test_eval_info_of_official_rows_gates_the_score(tmp_path):
    info = {
        "eval_info": {
            "primary_keys": ["name"],
            "main_claims": ["year"],
            "ignore_keys": ["url"],
            "evaluation_note": "",
        }
    }
    truth = {"name": "x", "year": 1999, "url": "https://a.org"}
    row = {"category": "flights", "key": 4, "question": "q", "canary": "c",
           "ground_truths": encrypt(json.dumps(truth), "c"), "misc": encrypt(json.dumps(info), "c")}  # fmt: skip
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n")
    [case] = load_official(protocol("livedrbench"), path, part=True)
    score = protocol("livedrbench").score
    assert score(case, Answer('{"name": "x", "year": 1999}'), JUDGE)["F1"] == 1.0
    assert score(case, Answer('{"name": "x", "year": 1950}'), JUDGE)["F1"] == 0.0
    path.write_text(json.dumps({**row, "misc": "AAAA"}) + "\n")
    with pytest.raises(SourceError, match="key 4"):
        protocol("livedrbench").load(path)


DER2 = "id\tinstruction\tCoT\tconcepts\tanswer\n" + "".join(f"r{i}\tq\tt\tc\ta\n" for i in range(300))


def test_counts_and_hashes_of_official_files(tmp_path):
    chosen, path = protocol("der2"), tmp_path / "DeR2-300.tsv"
    path.write_text(DER2)
    with pytest.raises(CheckFailed, match=r"SHA-256 .* none of the known files' \(DeR2-300.tsv"):
        load_official(chosen, path)  # the right count, other bytes
    assert len(load_official(chosen, path, part=True)) == 600
    known = {hashlib.sha256(path.read_bytes()).hexdigest(): "ours"}
    assert len(load_official(msgspec.structs.replace(chosen, known=known), path)) == 600
    path.write_text(DER2.rsplit("\n", 2)[0] + "\n")
    with pytest.raises(CheckFailed, match="holds 598 cases; the official set has 600"):
        load_official(chosen, path)
    path.write_text(DER2.replace("r7\t", "r6\t"))
    with pytest.raises(SourceError, match="'r6-I' occurs twice"):
        load_official(chosen, path)


def test_official_key_points_lie_beside_the_queries_or_one_above(tmp_path):
    chosen = protocol("deepresearchgym")
    path = tmp_path / "queries" / "q.jsonl"
    path.parent.mkdir()
    path.write_text('{"id": "1", "query": "a"}\n{"id": "2", "query": "b"}\n')
    with pytest.raises(SourceError, match="no folder key_point"):
        chosen.load(path)
    points = tmp_path / "key_point"
    points.mkdir()
    (points / "1_aggregated.json").write_text(
        '{"key_points": [{"point_number": 1, "point_content": "X rose."}]}'
    )
    with pytest.raises(SourceError, match=r"2_aggregated\.json is not a key-point file"):
        chosen.load(path)
    (points / "2_aggregated.json").write_text("")  # 24 of the published files are empty
    first, second = chosen.load(path)
    assert (first.gold["key_points"], second.gold["key_points"]) == (["X rose."], [])
    assert chosen.score(second, Answer("text"), JUDGE).keys().isdisjoint({"KPR", "KPC"})
    assert chosen.score(second, Answer("text"), JUDGE)["KPR (released)"] == 0.0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"query_id": "1", "query": "q"}', "'answer' is missing"),
        ("{broken", "is not JSON"),
        ("[]", "is missing"),
    ],
)
def test_malformed_official_lines_are_named(tmp_path, line, problem):
    path = tmp_path / "q.jsonl"
    path.write_text('{"query_id": "0", "query": "q", "answer": "a"}\n' + line + "\n")
    with pytest.raises(SourceError, match=f"line 2.*{problem}"):
        protocol("browsecomp-plus").load(path)


def test_run_files_have_the_official_shape(tmp_path):
    chosen = protocol("browsecomp-plus")
    chosen.write([(Case("7", "q"), Answer("Paris", ("d1",), ("d1", "d2"), searches=3))], tmp_path)
    run = json.loads((tmp_path / "run_7.json").read_text())
    assert run["retrieved_docids"] == ["d1", "d2"]
    assert run["status"] == "completed"
    assert run["result"][-1] == {
        "type": "output_text",
        "tool_name": None,
        "arguments": None,
        "output": "Paris",
    }


def test_answers_of_a_megabyte_and_empty_ones_are_scored():
    for name in NAMES:
        case = protocol(name).twin(0, 2).cases[0]
        for text in ("", "word " * 200_000):
            assert protocol(name).score(case, Answer(text), JUDGE)[protocol(name).main] >= 0.0


def test_command_line(cli, tmp_path):
    out = tmp_path / "bench" / "nq" / "reader"
    code, text, _ = cli("bench", "run", "nq", "--n", "3", "--out", str(out), "--json")
    assert code == 0
    assert json.loads(text)["n"] == 3
    code, text, _ = cli(
        "bench", "board", "--results", str(tmp_path / "bench"), "--plot", str(tmp_path / "b.svg"), "--json"
    )
    assert [row["agent"] for row in json.loads(text)] == ["reader"]
    assert (tmp_path / "b.svg").is_file()
    assert len(json.loads(cli("bench", "list", "--json")[1])) == len(NAMES)
    rows = json.loads(cli("bench", "judges", "--reports", "5", "--json")[1])
    assert rows[0]["kappa"] > rows[1]["kappa"]  # the negation-blind judge agrees less


def test_unknown_names_list_near_matches(cli):
    with pytest.raises(NotFound, match="browsecomp-plus"):
        protocol("browsecomp")
    with pytest.raises(LeadlineError, match="reader"):
        agent_named("redaer")
    assert "silent" in AGENTS
    assert cli("bench", "run", "nope")[0] == 2


def test_the_three_tasks_of_iod(tmp_path):
    chosen, path = protocol("iod"), tmp_path / "iod.jsonl"
    rows = [{"id": 1, "question": "q", "task": 1, "documents": ["d1", "d2"]},
            {"id": 2, "question": "q", "task": 2, "answer": "Paris", "documents": ["d1"]},
            {"id": 3, "question": "q", "task": 3, "key_points": ["Output rose.", "Staff fell."]}]  # fmt: skip
    path.write_text("\n".join(map(json.dumps, rows)))
    found, asked, report = load_official(chosen, path)
    answer = Answer(
        "It is Paris.", ("d1",), ("d1", "d9"), claims=(Cited("It is Paris.", ("d1",), ("It is Paris.",)),)
    )
    assert chosen.score(found, answer, JUDGE)["F1"] == pytest.approx(2 / 3)
    scores = chosen.score(asked, answer, JUDGE)
    assert (scores["accuracy"], scores["context precision"], scores["faithfulness"]) == (1.0, 1.0, 1.0)
    assert chosen.score(report, Answer("Output rose."), JUDGE) == {"accuracy": 0.5, "report": 5.5}
    path.write_text('{"id": 4, "question": "q", "task": 2}\n')
    with pytest.raises(SourceError, match="4 has neither answer, documents nor key_points"):
        chosen.load(path)


QUERIES = (
    "{},query_id,query_text,supercategory,category,iconic_group\n0,3,A mongoose upright,Behavior,Defence,\n"
)


def test_inquire_reads_queries_and_annotations(tmp_path):
    chosen = protocol("inquire")
    queries, notes = tmp_path / "inquire_queries_test.csv", tmp_path / "inquire_annotations.csv"
    queries.write_text(QUERIES.format(""))
    with pytest.raises(SourceError, match="has no inquire_annotations"):
        chosen.load(queries)
    notes.write_text("query_id,image_id,image_path\n3,1,train/a.jpg\n3,2,train/b.jpg\n")
    [case] = chosen.load(queries)
    assert [case] == chosen.load(tmp_path)
    assert case.metadata == {
        "supercategory": "Behavior", "category": "Defence", "iconic_group": "", "split": "test"
    }  # fmt: skip
    # suffix or not, twice or not: the released scripts score a wrong suffix as nothing, silently
    scores = chosen.score(case, Answer(retrieved=("train/c", "train/a", "train/a.jpg", "train/b.jpg")), JUDGE)
    assert scores["AP@50"] == pytest.approx(100 * (1 / 2 + 2 / 3) / 2)
    assert (scores["MRR"], scores["R@50"], scores["P@50"]) == (0.5, 1.0, 2 / 50)
    one = chosen.score(case, Answer(retrieved=("train/a",)), JUDGE)
    assert one["AP@50"] == 50.0  # a short list gains nothing
    with pytest.raises(CheckFailed, match="official set has 250"):
        load_official(chosen, queries)
    notes.write_text("query_id,image_id,image_path\n9,1,train/a.jpg\n")
    with pytest.raises(SourceError, match="query 3 has no photo"):
        chosen.load(queries)
    queries.write_text(QUERIES.format("").replace("A mongoose upright", ""))
    with pytest.raises(SourceError, match="line 2: the column 'query_text'"):
        chosen.load(queries)


def test_inquire_breaks_scores_down_by_super_category():
    chosen = protocol("inquire")
    cases = chosen.twin(0, 30).cases
    answers = [perfect(case) if case.metadata["supercategory"] == "animal" else Answer() for case in cases]
    scored = [Scored(c, a, chosen.score(c, a, JUDGE)) for c, a in zip(cases, answers, strict=True)]
    means = chosen.over_all(scored)
    assert (means["AP@50, supercategory animal"], means["AP@50, supercategory artifact"]) == (100.0, 0.0)
