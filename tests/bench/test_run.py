"""A benchmark run: kills, crashes, judges that fail, traces, and whose results a folder holds."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from leadline.bench.agents import agent_named
from leadline.bench.protocol import Answer, Case, Cited, Twin
from leadline.bench.protocols import protocol
from leadline.bench.run import read_results, run_benchmark
from leadline.errors import SourceError, UsageError
from leadline.models.judge import ModelJudge, RuleJudge

NQ = protocol("nq")
DOCUMENTS = NQ.twin(0, 3).documents
JUDGE = RuleJudge(0.9)


def cases(n):
    return Twin([Case(f"c-{i}", "q", {"answers": ["x"]}) for i in range(n)], DOCUMENTS)


KILLED = """
import os, signal, sys
from itertools import count
from pathlib import Path
from leadline.bench.protocol import Answer, Case, Twin
from leadline.bench.protocols import protocol
from leadline.bench.run import run_benchmark
from leadline.models.judge import RuleJudge

folder, after = Path(sys.argv[1]), int(sys.argv[2])
log, calls = (folder / "asked").open("a"), count(1)

def agent(prompt, search):
    print(prompt.id, file=log, flush=True)
    if next(calls) == after:
        os.kill(os.getpid(), signal.SIGKILL)
    return Answer("x")

nq = protocol("nq")
twin = Twin([Case(f"c-{i}", "q", {"answers": ["x"]}) for i in range(1000)], nq.twin(0, 3).documents)
run_benchmark(nq, twin, agent, "a", RuleJudge(), folder)
"""


def test_a_thousand_cases_killed_twice_lose_and_repeat_none(tmp_path):
    n_asked, saved = 0, set()
    for after in (300, 400, -1):
        code = subprocess.run(
            [sys.executable, "-c", KILLED, str(tmp_path), str(after)], check=False
        ).returncode
        asked = (tmp_path / "asked").read_text().split()[n_asked:]
        assert not set(asked) & saved  # nothing that was saved is asked again
        n_asked += len(asked)
        if after < 0:
            break
        assert code == -9
        now = {result.case for result in read_results(tmp_path / "results.jsonl")}
        assert len(now) >= len(saved) + after - 2  # two workers: at most the cases in flight are missing
        saved = now
        with (tmp_path / "results.jsonl").open("ab") as file:
            file.write(b'{"case": "torn')
    assert code == 0
    counts = Counter(result.case for result in read_results(tmp_path / "results.jsonl"))
    assert counts == Counter(f"c-{i}" for i in range(1000))
    assert json.loads((tmp_path / "summary.json").read_bytes())["n"] == 1000


def crash_on_odd(prompt, search):
    if int(prompt.id.split("-")[-1]) % 2:
        raise RuntimeError("the agent fell over")
    return Answer("x")


def test_a_crashing_agent_is_scored_as_failed_and_the_rest_goes_on(tmp_path):
    summary = run_benchmark(NQ, cases(6), crash_on_odd, "crashing", JUDGE, tmp_path)
    assert (summary.n, summary.failed) == (6, 3)
    assert summary.metrics["cover"].mean == 0.5
    reasons = {r.answer.error for r in read_results(tmp_path / "results.jsonl")}
    assert "RuntimeError: the agent fell over" in reasons


def test_a_judge_that_talks_nonsense_leaves_cases_unscored_and_the_next_run_scores_them(tmp_path):
    chosen = protocol("researchrubrics")
    twin = chosen.twin(0, 4)
    asked = []

    def agent(prompt, search):
        asked.append(prompt.id)
        return Answer("Something." if prompt.id != twin.cases[0].id else "Spoilt.")

    def ask(prompt):
        return "42" if "Spoilt" in prompt else '{"verdict": "supported"}'

    summary = run_benchmark(chosen, twin, agent, "a", ModelJudge(ask, "m"), tmp_path)
    assert (summary.n, summary.unscored, summary.metrics["compliance"].n) == (4, 1, 3)
    [spoilt] = [r for r in read_results(tmp_path / "results.jsonl") if r.unscored]
    assert "gave no verdict" in spoilt.unscored
    sane = ModelJudge(lambda prompt: '{"verdict": "omitted"}', "m")
    again = run_benchmark(chosen, twin, agent, "a", sane, tmp_path)
    assert (again.unscored, again.metrics["compliance"].n, len(asked)) == (0, 4, 4)
    assert again.metrics["compliance"].mean == pytest.approx(summary.metrics["compliance"].mean * 3 / 4)


def test_another_judge_scores_the_saved_answers_again(tmp_path):
    asked = []

    def agent(prompt, search):
        asked.append(prompt.id)
        return Answer("x")

    run_benchmark(NQ, cases(3), agent, "a", JUDGE, tmp_path)
    summary = run_benchmark(NQ, cases(3), agent, "a", RuleJudge(0.5), tmp_path)
    assert (summary.judge, summary.n, len(asked)) == ("rule-0.5", 3, 3)


def test_results_of_another_agent_are_not_mixed_in(tmp_path):
    run_benchmark(NQ, cases(2), lambda p, s: Answer("x"), "a", JUDGE, tmp_path)
    with pytest.raises(UsageError, match="the agent a, not b"):
        run_benchmark(NQ, cases(2), lambda p, s: Answer("y"), "b", JUDGE, tmp_path)


def test_a_malformed_result_in_the_middle_is_named(tmp_path):
    run_benchmark(NQ, cases(2), lambda p, s: Answer("x"), "a", JUDGE, tmp_path)
    path = tmp_path / "results.jsonl"
    first, second, _ = path.read_bytes().split(b"\n")
    path.write_bytes(first + b'\n{"case": 7}\n' + second + b"\n")
    with pytest.raises(SourceError, match=r"results\.jsonl, line 2 .*case"):
        list(read_results(path))


def test_every_case_keeps_its_trace(tmp_path):
    twin = protocol("browsecomp-plus").twin(0, 2)
    run_benchmark(protocol("browsecomp-plus"), twin, agent_named("reader"), "reader", JUDGE, tmp_path)
    for result in read_results(tmp_path / "results.jsonl"):
        assert len(result.trace) == result.answer.searches > 0
        known = {d.id for d in twin.documents}
        assert all(set(asked.documents) <= known for asked in result.trace)


def test_cited_pages_are_fetched_for_the_scorer_and_not_taken_from_the_agent(tmp_path):
    chosen = protocol("deepresearchgym")
    twin = chosen.twin(0, 1)
    truth = twin.cases[0].gold["key_points"][0]

    def agent(prompt, search):
        return Answer(
            truth, claims=(Cited(truth, ("nowhere",), (truth,)), Cited(truth, (DOCUMENTS[0].id,), (truth,)))
        )

    summary = run_benchmark(chosen, twin, agent, "liar", JUDGE, tmp_path)
    assert summary.metrics["citation recall"].mean == 1.0
    assert summary.metrics["citation precision"].mean == 0.0
    assert summary.metrics["pages missing"].mean >= 1.0


def test_agents_with_a_model_and_without(cli):
    assert agent_named("react", "local").args == ("react", "local")
    with pytest.raises(UsageError, match="needs a model"):
        agent_named("react")
    with pytest.raises(UsageError, match="uses no model"):
        agent_named("reader", "local")
    assert cli("bench", "run", "nq", "--agent", "react")[0] == 2
