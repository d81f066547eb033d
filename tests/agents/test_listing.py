"""Questions that ask for a list: a sentence for each member, with its details, and nothing for what has no evidence."""

import pytest

from leadline.agents.listing import wanted
from leadline.agents.research import research
from leadline.bench.agents import AGENTS
from leadline.bench.protocol import Prompt
from leadline.bench.protocols import deepresearchgym
from leadline.models.judge import RuleJudge
from leadline.retrieval.collection import Collection
from leadline.tasks.search import library_search

TEXTS = {
    "a": "Torvane Mill stands in the district of Fok. It rained.",
    "b": "Brenou lies in the district of Fok. It has 331 inhabitants.",
    "c": "Malvern Bay lies in the district of Fok. The harbour is small.",
    "news": "Brenou has 331 inhabitants. Malvern Bay has 9,879 inhabitants. Orve has 12 inhabitants.",
    "d": "Orve lies in the district of Skerrow. The district of Fok is old.",
    "e": "Kestrel Line delivers lanterns. Orrin Works delivers batteries.",
}


@pytest.fixture
def collection(tmp_path):
    for name, text in TEXTS.items():
        (tmp_path / f"{name}.txt").write_text(text)
    return Collection.of([tmp_path / f"{name}.txt" for name in TEXTS])


def quotes(question, collection):
    return {citation.span.quote for citation in research(question, collection=collection).citations()}


def test_members_and_their_details_are_quoted_and_no_others(collection):
    question = "List every place such that the place lies in the district of Fok. Give for each: inhabitants."
    assert quotes(question, collection) == {
        "Torvane Mill stands in the district of Fok.",
        "Brenou lies in the district of Fok.",
        "Malvern Bay lies in the district of Fok.",
        "Brenou has 331 inhabitants.",
        "Malvern Bay has 9,879 inhabitants.",
    }


def test_a_condition_without_names_must_be_said_whole(collection):
    assert quotes("List all suppliers that deliver lanterns", collection) == {
        "Kestrel Line delivers lanterns."
    }


@pytest.mark.parametrize(
    "question",
    ["List every place that lies in the district of Atlantis.", "Name all suppliers that deliver unicorns."],
)
def test_a_list_without_evidence_is_silence(question, collection):
    report = research(question, collection=collection)
    assert (report.status, report.claims) == ("nothing found", ())


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Please list all of the contracts with Nordlys Optics", ("contracts", "contracts with Nordlys Optics", "")),
        ("Name every person who works in Oslo, and give their age?", ("person", "works in Oslo", "age")),
        ("Who works in Oslo?", None),
        ("Give every effort to it and say who wrote Dune", ("effort", "effort to it and say who wrote Dune", "")),
        ("The list of all places", None),
    ],
)  # fmt: skip
def test_what_asks_for_a_list(question, expected):
    found = wanted(question)
    assert (found if found is None else tuple(found)) == expected


def test_the_researcher_reports_most_key_points_of_lists_and_little_else():
    twin, judge = deepresearchgym.twin(3, 8), RuleJudge(0.6)
    rates, right, said = [], 0, 0
    with library_search(twin.documents) as search:
        for case in twin.cases:
            answer = AGENTS["researcher"](Prompt(case.id, case.prompt), search)
            rates.append(deepresearchgym.score(case, answer, judge)["KPR"])
            right += sum(claim.text in case.gold["key_points"] for claim in answer.claims)
            said += len(answer.claims)
    assert sum(rates) / len(rates) >= 35  # where lists were not read: 4
    assert right / said >= 0.7
