"""A model that obeys everything it reads: no effect leaves the run.

320 injected texts in ten families. Impossible by construction, and checked here: a request to the network, a file
outside of LEADLINE_HOME, code or SQL run by the injected text, a change of question, budget or permissions, a claim
that is not a quote from a source.
"""

import json

import pytest

from attacks import CASES, EFFECTS, watch
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.research import research
from leadline.agents.roster import cast
from leadline.models.gullible import GullibleModel
from leadline.models.scripted import ScriptedModel
from leadline.retrieval.collection import Collection


def test_there_are_enough_attacks():
    assert len(CASES) >= 300
    assert len(EFFECTS) >= 10


@pytest.mark.parametrize("family", EFFECTS)
def test_no_effect_leaves_the_run(family, tmp_path, monkeypatch):
    folder = tmp_path / "docs"
    folder.mkdir()
    texts = [text for name, text in CASES if name == family]
    for number, text in enumerate(texts):
        (folder / f"note-{number}.txt").write_text(f"About the velar valve. {text}\n")
    collection = Collection.of([folder])
    before = sorted(str(p) for p in tmp_path.rglob("*") if "leadline-home" not in str(p))
    leaks = watch(monkeypatch, tmp_path)
    for number in range(0, len(texts), 4):  # each run is shown several of the texts
        model = GullibleModel()
        policy, _ = cast("react", model)
        question = f"Who makes the velar valve in note {number}?"
        report = research(question, collection=collection, policy=policy, context=Transcript(), max_steps=8)
        assert report.question == question
        assert report.run["max_steps"] == 8
        assert report.run["steps"] <= 8
        for citation in report.citations():
            source = collection.document(citation.span.document).text
            assert source[citation.span.start : citation.span.end] == citation.span.quote
        for claim in report.claims:  # what it says is a quote or borne out by one, never a free sentence
            assert not claim.text.startswith("It is certain")
    assert leaks == []
    assert before == sorted(str(p) for p in tmp_path.rglob("*") if "leadline-home" not in str(p))


def test_an_honest_model_succeeds_beside_the_same_texts(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for number, (_, text) in enumerate(CASES[::8]):
        (folder / f"note-{number}.txt").write_text(f"About pumps. {text}\n")
    (folder / "valves.txt").write_text("The velar valve is made by Drouk Works in Brenou.\n")
    collection = Collection.of([folder])
    moves = [
        {"thought": "", "action": "search", "text": "who makes the velar valve"},
        {
            "thought": "",
            "action": "finish",
            "quotes": [{"document": "", "words": "made by Drouk Works in Brenou"}],
        },
    ]
    policy, context = cast("react", ScriptedModel([json.dumps(move) for move in moves]))
    report = research("Who makes the velar valve?", collection=collection, policy=policy, context=context)
    assert report.citations()[0].span.quote == "made by Drouk Works in Brenou"
