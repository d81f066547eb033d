"""What protocols define over all cases together, by hand."""

import json

import pytest

from leadline.bench.protocol import Answer, Case, Scored
from leadline.bench.protocols import protocol


def scored(name, *rows):
    """(case id, metadata, confidence, scores) rows as a protocol's over_all sees them, and what it makes of them."""
    chosen = protocol(name)
    found = [Scored(Case(i, "q", {}, m), Answer("x", confidence=c), s) for i, m, c, s in rows]
    return chosen.over_all(found)


def test_livedrbench_over_categories_and_over_tasks():
    rows = [
        (str(i), {"category": c}, None, {"F1": f})
        for i, (c, f) in enumerate([("a", 1.0), ("a", 0.0), ("b", 1.0)])
    ]
    found = scored("livedrbench", *rows)
    assert (found["F1 a"], found["F1 over categories"]) == (0.5, 0.75)
    assert found["F1 over tasks"] == pytest.approx(2 / 3)


def test_der2_gaps_and_fragility_over_all():
    right = {"1-I": 1, "1-C": 1, "1-R": 1, "1-F": 0, "2-I": 1, "2-C": 1, "2-R": 0, "2-F": 1}
    found = scored("der2", *((i, {"regime": i[-1]}, None, {"accuracy": float(v), f"accuracy {i[-1]}": float(v)})
                             for i, v in right.items()))  # fmt: skip
    assert found == {"knowledge": 0.0, "doc": 0.5, "noise": 0.0, "rloss": 0.5, "fragility": 0.5}
    only_two = scored("der2", ("1-I", {"regime": "I"}, None, {"accuracy": 0.0, "accuracy I": 0.0}),
                      ("1-C", {"regime": "C"}, None, {"accuracy": 1.0, "accuracy C": 1.0}))  # fmt: skip
    assert only_two == {"knowledge": 1.0}  # the official file has no documents


def test_calibration_over_all():
    rows = [(str(i), {}, 0.8, {"accuracy": float(i % 2)}) for i in range(150)]
    found = scored("browsecomp-plus", *rows)
    assert found["calibration error"] == pytest.approx(30.0)
    assert found["calibration error (released)"] == 0.0
    assert scored("browsecomp-plus", ("1", {}, None, {"accuracy": 1.0})) == {}


def test_f1_of_means_is_not_the_mean_of_f1():
    pairs = [(1.0, 0.2), (0.2, 1.0)]
    rows = [(str(i), {}, None, {"precision": p, "recall": r, "context precision": p, "context recall": r})
            for i, (p, r) in enumerate(pairs)]  # fmt: skip
    assert scored("iod", *rows)["F1 of means"] == pytest.approx(0.6)  # each alone: .3333


def test_micro_key_points_and_failure_shares_over_all():
    # 2 of 3 and 1 of 4 key points: micro 3 of 7
    rows = [("1", {}, None, {"KPR": 200 / 3, "key points": 3.0}), ("2", {}, None, {"KPR": 25.0, "key points": 4.0}),
            ("3", {}, None, {"key points": 0.0})]  # fmt: skip
    assert scored("deepresearchgym", *rows)["micro KPR"] == pytest.approx(42.857, abs=5e-4)
    rows = [("1", {}, None, {"failed Implicit": 2.0, "failed Synthesis": 1.0}),
            ("2", {}, None, {"failed Implicit": 1.0, "failed Communication": 3.0})]  # fmt: skip
    found = scored("researchrubrics", *rows)
    assert found["failures Implicit"] == pytest.approx(0.4583, abs=5e-5)
    assert found["pooled failures Implicit"] == pytest.approx(0.4286, abs=5e-5)


def test_names_of_complexity_are_the_papers(tmp_path):
    path = tmp_path / "processed_data.jsonl"
    rubric = {"criterion": "Names the year.", "weight": 5, "axis": "Explicit Criteria"}
    row = {"prompt": "p", "sample_id": "a", "rubrics": [rubric], "conceptual_breadth": "Complex",
           "logical_nesting": "Complex", "exploration": "High"}  # fmt: skip
    path.write_text(json.dumps(row) + "\n")
    [case] = protocol("researchrubrics").load(path)
    assert (case.metadata["conceptual_breadth"], case.metadata["logical_nesting"]) == ("High", "Deep")
