"""WISE's text side: what a brief adds to its prompt."""

import json

import pytest

from leadline.bench.protocol import Answer, Case, Scored
from leadline.bench.protocols import protocol
from leadline.errors import SourceError
from leadline.models.judge import RuleJudge

WISE, JUDGE = protocol("wise-text"), RuleJudge(0.9)
RECORD = {
    "prompt_id": 1, "Prompt": "The round pastry shared in autumn", "Category": "Cultural knowledge",
    "Explanation": "This refers to mooncakes, the round pastry shared in autumn.", "Subcategory": "Festival",
}  # fmt: skip


def test_repeating_the_prompt_says_nothing_new(tmp_path):
    path = tmp_path / "merge.json"
    path.write_text(json.dumps([RECORD]))
    [case] = WISE.load(path)
    assert (case.id, case.metadata["category"]) == ("1", "culture")
    # wanted: refer, mooncak, round, pastry, shar, autumn
    assert WISE.score(case, Answer(case.prompt), JUDGE) == pytest.approx({"recall": 4 / 6, "unsaid": 0})
    told = Answer(f"{case.prompt}: mooncakes on a plate")
    assert WISE.score(case, told, JUDGE) == pytest.approx({"recall": 5 / 6, "unsaid": 1 / 2})


@pytest.mark.parametrize(
    ("text", "said"), [("{", "not JSON"), ('[{"prompt_id": 1}]', "'Prompt' is missing"), ("[3]", "record 1")]
)
def test_broken_files_are_named(tmp_path, text, said):
    path = tmp_path / "merge.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=said):
        WISE.load(path)


def test_weighted_mean_needs_all_six_categories():
    names = ("culture", "time", "space", "biology", "physics", "chemistry")
    rows = [
        Scored(Case(n, "q", {}, {"category": n}), Answer(), {"unsaid": float(n == "culture")}) for n in names
    ]
    found = WISE.over_all(rows)
    assert found["unsaid, culture"] == 1
    assert found["unsaid, weighted"] == pytest.approx(0.4)
    assert "unsaid, weighted" not in WISE.over_all(rows[:3])
