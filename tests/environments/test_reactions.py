"""Reaction spaces: what comes with Leadline, Olympus folders, bad tables, the environment."""

import json
import math

import numpy as np
import pytest

from leadline.environments.base import Action, SearchableEnvironment
from leadline.environments.reactions import (
    Reactions,
    reaction_space,
    read_olympus,
    spaces,
    weighted_selectivity,
)
from leadline.errors import NotFound, SourceError


@pytest.mark.parametrize(
    ("name", "shape", "measured", "best", "median", "good"),
    [
        ("buchwald-hartwig", (3, 4, 16, 24), 4599, 100.0, 24.93, 0.0054),
        ("suzuki-doyle", (4, 3, 7, 11, 4), 3696, 100.0, 36.43, 0.0192),
        ("reductive-amination", (16, 3, 4, 2, 2), 768, 100.0, 13.0, 0.0547),
        ("chan-lam", (2, 10, 4, 6, 4), 1920, 86.39, 11.61, 0.0026),
    ],
)
def test_spaces_have_the_papers_figures(name, shape, measured, best, median, good):
    space = reaction_space(name)
    y = space.measured()
    assert space.shape == shape
    assert len(y) == measured
    assert (y.max(), np.median(y)) == pytest.approx((best, median), abs=0.005)
    assert (y >= 0.95 * y.max()).mean() == pytest.approx(good, abs=5e-5)


def test_none_is_an_option():
    additive = reaction_space("buchwald-hartwig").parameters[3]
    assert "None" in additive.options
    assert weighted_selectivity(0, 0) == 0
    assert weighted_selectivity(78.8, 1.04) == pytest.approx(77.774, abs=5e-4)


def test_unknown_space_lists_near_ones():
    with pytest.raises(NotFound, match="chan-lam"):
        reaction_space("chanlam")
    assert len(spaces()) == 5


@pytest.fixture
def folder(tmp_path):
    parameters = [{"name": "base", "options": ["None", "A"]}, {"name": "dose", "options": [1.0, 2.0]}]
    (tmp_path / "config.json").write_text(json.dumps({"parameters": parameters}))
    return tmp_path


def test_a_folder_with_the_word_none_and_replicates(folder):
    (folder / "data.csv").write_text("None,1.0,10\nNone,1.0,8\nA,2.0,5\n")
    space = read_olympus(folder)
    assert space.values[0, 0] == 8  # the lowest of the replicates
    assert space.values[1, 1] == 5
    assert np.isnan(space.values[0, 1])
    (folder / "data.csv").write_text("None,1.0,3,1\n")
    assert read_olympus(folder).values[0, 0] == 9 / 4


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("None,1.0\n", "row 1: 2 columns"),
        ("A,1.0,1\nB,1.0,1\n", "row 2: 'B' is not"),
        ("A,1.0,much\n", "could not convert"),
    ],
)
def test_bad_rows_are_named(folder, text, why):
    (folder / "data.csv").write_text(text)
    with pytest.raises(SourceError, match=why):
        read_olympus(folder)


def test_a_folder_without_tables_is_named(tmp_path):
    with pytest.raises(SourceError, match="Cannot read"):
        read_olympus(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(SourceError, match="has not the form"):
        read_olympus(tmp_path)


def test_environment_pays_what_was_measured_and_charges_what_was_not():
    space = reaction_space("buchwald-hartwig")
    env = Reactions(space, horizon=2)
    assert isinstance(env, SearchableEnvironment)
    env.reset()
    named = {p.name: p.options[0] for p in space.parameters}
    seen = env.step(Action("experiment", named))
    assert seen.data == space.values[0, 0, 0, 0]
    assert seen.reward == seen.data / 100
    assert len(env.legal_actions()) == 4607
    state = env.snapshot()
    hole = np.argwhere(np.isnan(space.values))[0]
    seen = env.step(
        Action("experiment", {p.name: p.options[k] for p, k in zip(space.parameters, hole, strict=True)})
    )
    assert "never measured" in seen.error
    assert (seen.done, seen.cost, env.legal_actions()) == (True, {"calls": 1}, [])
    env.restore(state)
    assert "Not a setting" in env.step(Action("experiment", {**named, "base": "coffee"})).error
    assert len(env.done) == 1
    assert math.isfinite(seen.reward)
