"""The worked numbers of MedResearcher-R1's medical tools."""

import pytest

from leadline.environments.clinic import AUTHORITY, diagnoses, with_authority


def test_bayes_by_hand():
    # priors .7 and .3; likelihoods (.8, .1) and (.5, .6): .056 and .09
    found = diagnoses(
        {"A": 0.7, "B": 0.3}, {"A": {"s": 0.8, "t": 0.1}, "B": {"s": 0.5, "t": 0.6}}, ["s", "t"]
    )
    assert list(found) == ["B", "A"]
    assert found == pytest.approx({"A": 0.383562, "B": 0.616438}, abs=5e-7)


def test_findings_in_turn_or_at_once_give_the_same():
    prior, table = {"A": 0.7, "B": 0.3}, {"A": {"s": 0.8, "t": 0.1}, "B": {"s": 0.5, "t": 0.6}}
    assert diagnoses(diagnoses(prior, table, ["s"]), table, ["t"]) == pytest.approx(
        diagnoses(prior, table, ["s", "t"])
    )


def test_what_no_disease_explains_is_said():
    with pytest.raises(ValueError, match="explains rash"):
        diagnoses({"A": 1.0}, {"A": {"rash": 0.0}}, ["rash"])
    with pytest.raises(KeyError):
        diagnoses({"A": 1.0}, {"A": {}}, ["rash"])


def test_authority_turns_the_order():
    assert with_authority(0.9, 0.2) == pytest.approx(0.48)
    assert with_authority(0.5, 0.9) == pytest.approx(0.74)
    assert with_authority(0.9, 0.2, weight=1.0) > with_authority(0.5, 0.9, weight=1.0)
    assert AUTHORITY["guideline"] > AUTHORITY["trial"] > AUTHORITY["web"]
