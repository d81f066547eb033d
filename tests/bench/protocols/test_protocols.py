"""Every benchmark end to end on its twin: silence scores 0, an answer from gold scores full, the file formats hold."""

import base64
import json

import msgspec
import pytest

from leadline.bench.agents import AGENTS, agent_named, parse_list, parse_question
from leadline.bench.protocol import Answer, Case, Prompt, Twin, load_official
from leadline.bench.protocols import protocol, protocols
from leadline.bench.protocols.livedrbench import decrypt, encrypt, predicted_rows, xor_cipher
from leadline.bench.run import read_results, run_benchmark
from leadline.errors import CheckFailed, LeadlineError, NotFound, SourceError, UsageError
from leadline.models.judge import RuleJudge
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
    top = 100.0 if chosen.main in ("KPR", "RACE") else 1.0
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


def test_predictions_are_rows_or_prose():
    assert predicted_rows('Here: [{"name": "x"}] done') == [{"name": "x"}]
    assert predicted_rows("x, y") is None
    assert predicted_rows("[1, 2]") is None


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


def crash_on_odd(prompt, search):
    if int(prompt.id.split("-")[-1]) % 2:
        raise RuntimeError("the agent fell over")
    return Answer("x")


def test_a_crashing_agent_is_scored_as_failed_and_the_rest_goes_on(tmp_path):
    chosen = protocol("nq")
    twin = Twin([Case(f"c-{i}", "q", {"answers": ["x"]}) for i in range(6)], chosen.twin(0, 3).documents)
    summary = run_benchmark(chosen, twin, crash_on_odd, "crashing", JUDGE, tmp_path)
    assert (summary.n, summary.failed) == (6, 3)
    assert summary.metrics["cover"].mean == 0.5
    reasons = {r.answer.error for r in read_results(tmp_path / "results.jsonl")}
    assert "RuntimeError: the agent fell over" in reasons


class Killed(BaseException):
    pass


def test_killed_runs_lose_and_repeat_nothing(tmp_path):
    chosen = protocol("nq")
    n, calls = 200, []
    twin = Twin([Case(f"c-{i}", "q", {"answers": ["x"]}) for i in range(n)], chosen.twin(0, 3).documents)

    def agent(prompt, search):
        if len(calls) in (50, 120):
            calls.append("killed")
            raise Killed
        calls.append(prompt.id)
        return Answer("x")

    for _ in range(2):
        with pytest.raises(Killed):
            run_benchmark(chosen, twin, agent, "a", JUDGE, tmp_path, workers=1)
        with (tmp_path / "results.jsonl").open("ab") as file:
            file.write(b'{"case": "torn')
    summary = run_benchmark(chosen, twin, agent, "a", JUDGE, tmp_path, workers=1)
    worked = [c for c in calls if c != "killed"]
    assert summary.n == n == len(worked) == len(set(worked))


def test_answers_of_a_megabyte_and_empty_ones_are_scored():
    for name in NAMES:
        case = protocol(name).twin(0, 2).cases[0]
        for text in ("", "word " * 20_000):
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
