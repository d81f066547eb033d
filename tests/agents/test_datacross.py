"""The analyst of several tables: explores each, finds the key one, joins them, mends its code, reports what it ran."""

import csv
import json

import numpy as np
import pytest

from actors import actor, prompts
from leadline.agents.datacross import MAX_NODES, RETRIES, Analyst
from leadline.agents.insights import plain, within
from leadline.agents.key_source import keyword_overlap, source_priority
from leadline.agents.research import research
from leadline.environments.outside import Outside
from leadline.retrieval.collection import Collection
from leadline.tasks.makers.cross import plant

QUESTION = "Which site has the highest total of units, and in which region is it?"


@pytest.fixture
def planted(tmp_path):
    sources, insights = plant(np.random.default_rng(3), hard=False)
    for name, (columns, rows) in {"facts": sources.facts, "sites": sources.dimension}.items():
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
    (tmp_path / "cities.csv").write_text("name,ships\n" + "\n".join(f"c{n},{n}" for n in range(5)))
    return (
        Collection.of([tmp_path / f"{name}.csv" for name in ("facts", "sites", "cities")]),
        sources,
        insights,
    )


TOTALS = "SELECT site, sum(value) AS total FROM facts GROUP BY site ORDER BY total DESC, site LIMIT 1"
JOINED = (
    "SELECT f.site, s.region, sum(f.value) AS total FROM facts f JOIN sites s ON f.site = s.site "
    "GROUP BY f.site, s.region ORDER BY total DESC LIMIT 1"
)


def code(sql, language="sql"):
    return {"thought": "", "language": language, "code": sql}


def matters(messages):
    return {"score": 0.9 if "table facts" in messages[2].content else 0.2}


def play(planted, answers, saying, *, hypotheses=(), explore=(), split=(), **more):
    collection, _, _ = planted
    model = actor(
        None, You_explore=lambda m: {"steps": list(explore)}, You_say=matters,
        You_join={"steps": list(hypotheses)}, No_single={"steps": list(split)}, You_answer=answers, You_state=saying,
    )  # fmt: skip
    policy = Analyst(model)
    report = research(QUESTION, collection=collection, policy=policy, **more)
    return report, policy, model


def texts(report):
    return [claim.text for group in report.claims for claim in (group.claims or [group])]


def test_the_key_table_is_the_one_with_the_facts(planted):
    _, policy, _ = play(planted, code("SELECT 1"), {"type": "Trend", "text": ""})
    assert policy.primary == "facts"


def test_a_joined_insight_is_computed_and_cites_rows_of_both_tables(planted):
    def says(messages):
        return {"type": "Comparison", "text": "The best site has the highest total."}

    report, _, model = play(planted, code(JOINED), says, hypotheses=["Which region has the best site?"])
    assert "Comparison: The best site has the highest total." in texts(report)
    uris = {source.uri.rpartition("/")[2] for source in report.sources}
    assert uris == {"facts.csv", "sites.csv"}
    assert all(citation.query.sql == JOINED for citation in report.citations())
    cross = next(text for text in prompts(model) if text.startswith("You join sources"))
    assert "Key table: facts" in cross
    assert "table sites" in cross


def test_a_number_that_is_not_in_the_result_takes_the_sentence_away(planted):
    report, _, _ = play(planted, code(TOTALS), {"type": "Extreme", "text": "It has 123456 units."})
    _, _, insights = planted
    total = next(i.text for i in insights if i.type == "Comparison").split()[-2]
    (text,) = texts(report)
    assert "123456" not in text
    assert total in text
    assert report.omissions.dropped == 1


def test_a_program_that_fails_is_mended_with_its_error_in_view(planted):
    programs = iter([code("SELECT nothing FROM facts"), code("SELECT FROM"), code(TOTALS)])

    def answers(messages):
        return next(programs)

    report, _, model = play(planted, answers, {"type": "Extreme", "text": "It leads."})
    assert report.status == "answered"
    mended = [text for text in prompts(model) if text.startswith("You answer") and "This failed" in text]
    assert len(mended) == 2
    assert "nothing" in mended[0]


def test_what_never_runs_is_never_reported_and_costs_a_bounded_number_of_tries(planted):
    report, _, model = play(
        planted, code("SELECT nothing FROM facts"), {"type": "Trend", "text": "All is well."}
    )
    assert report.status == "nothing found"
    assert sum(text.startswith("You answer") for text in prompts(model)) == 1 + RETRIES


def test_a_question_that_no_program_answers_is_split_and_splitting_ends(planted):
    def answers(messages):
        return code(TOTALS if "best site" in messages[1].content else "SELECT nothing FROM facts")

    report, _, _ = play(
        planted,
        answers,
        {"type": "Extreme", "text": "It leads."},
        split=["What is the best site?", "And then?"],
    )
    assert texts(report) == ["Extreme: It leads."]
    _, policy, _ = play(planted, code("SELECT x"), {"type": "Trend", "text": ""}, split=["a b c?", "d e f?"])
    assert policy.nodes <= MAX_NODES + 1 + 64


def test_python_needs_the_user_s_leave_and_supports_partly(planted):
    program = f"rows = query('{TOTALS}')\nprint(rows[0]['site'], rows[0]['total'])"
    denied, _, _ = play(planted, code(program, "python"), {"type": "Extreme", "text": "It leads."})
    assert denied.status == "nothing found"
    report, _, _ = play(
        planted, code(program, "python"), {"type": "Extreme", "text": "It leads."}, outside=Outside(("code",))
    )
    assert {citation.label for citation in report.citations()} == {"partly"}


def test_without_tables_it_is_an_ordinary_researcher(tmp_path):
    (tmp_path / "a.txt").write_text("The velar valve is made by Drouk Works.")
    collection = Collection.of([tmp_path / "a.txt"])
    model = actor(lambda q, n, m: {"action": "finish", "quotes": []})
    assert research("Who makes it?", collection=collection, policy=Analyst(model)).status == "nothing found"


def test_from_the_command_line_with_every_figure_verified(cli, planted, tmp_path):
    lines = [
        {"steps": []}, {"steps": []}, {"steps": []}, {"score": 1}, {"score": 0.5}, {"score": 0}, {"steps": []},
        code(JOINED), {"type": "Comparison", "text": "The best site has the highest total."},
    ]  # fmt: skip
    script = tmp_path / "script.jsonl"
    script.write_text("\n".join(map(json.dumps, lines)))
    files = [str(tmp_path / f"{name}.csv") for name in ("facts", "sites", "cities")]
    status, out, err = cli(
        "research", QUESTION, *files, "--agent", "datacross", "--model", f"scripted:{script}", "--json", "--out",
        str(tmp_path / "out"),
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert "Comparison: The best site" in out
    assert cli("verify", str(tmp_path / "out" / "report.json"))[0] == 0


def test_values_of_the_specification():
    fact = source_priority(missing=0.05, n_columns=8, n_rows=500, has_date=True, semantic=0.5, judged=0.9)
    side = source_priority(missing=0, n_columns=4, n_rows=40, has_date=False, semantic=0.25, judged=0.4)
    assert (round(fact, 6), round(side, 6)) == (0.666225, 0.259511)
    assert keyword_overlap("", ["a"]) == 0.0
    assert plain([(1, None)]) == "1, ."
    assert not within("Bergen leads.", "Oslo 1")
