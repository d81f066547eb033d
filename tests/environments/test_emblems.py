"""Emblems: pictures that can be read back, pages that tell no looks, and the three tools with short names."""

import random

import pytest

from leadline.bench.drawn_emblems import library, reference
from leadline.environments.base import Action
from leadline.environments.emblem_drawing import draw, generate, look_of
from leadline.environments.emblems import COLOURS, GROUNDS, MOST, SHAPES, Look, commissions, make_emblems
from leadline.environments.picture_search import ShortIds
from leadline.errors import UsageError

EMBLEMS = make_emblems(40, 0)


@pytest.fixture(scope="module")
def search():
    with library(EMBLEMS) as made:
        yield made


def test_looks_are_read_back_from_its_pixels():
    looks = [Look(shape, colour, 1 + i % MOST) for shape in SHAPES for i, colour in enumerate(COLOURS)]
    for i, look in enumerate(looks):
        assert look_of(draw(list(GROUNDS)[i % 3], look).image) == look
    assert look_of(draw("white", Look("disc", "red", 0)).image) is None


def test_pages_tell_no_looks_and_pictures_no_lettering():
    for emblem in EMBLEMS:
        told = emblem.page.lower()
        assert not any(word in told.split() for word in (*SHAPES, *COLOURS))
        assert emblem.motto in emblem.page
        assert emblem.plate in emblem.caption
        assert (emblem.name in emblem.caption) != emblem.by_plate
    assert len({reference(e) for e in EMBLEMS}) == len(EMBLEMS)


def test_emblems_and_commissions_repeat_and_differ():
    assert make_emblems(40, 0) == EMBLEMS
    assert len({e.name for e in make_emblems(200, 1)}) == len({e.plate for e in make_emblems(200, 1)}) == 200
    asked = commissions(EMBLEMS, 20, 3)
    assert asked == commissions(EMBLEMS, 20, 3)
    assert {c.lettering for c in asked} == {True, False}
    assert not any(c.emblem.motto in c.prompt for c in asked)


def test_the_generator_follows_copies_and_makes_up():
    true = Look("ring", "purple", 4)
    copied = generate(
        'On a cream ground. It carries the words "ALTA UNDA" and the year 1512, as in the second reference image.',
        [draw("white", Look("disc", "red", 1)).image, draw("white", true).image],
        random.Random(0),
    ).scene
    assert copied == ("cream", true, "ALTA UNDA", 1512, False)
    made_up = generate("Draw something.", [], random.Random(0)).scene
    assert made_up.look.shape in SHAPES
    assert made_up.motto
    bare = generate(
        "Without a word, without any lettering, as in the third reference image.", [], random.Random(0)
    ).scene
    assert (bare.motto, bare.year) == ("", None)
    assert bare.look == made_up.look  # what is made up does not depend on what is asked
    assert draw("white", true, "A VERY LONG MOTTO OF MANY WORDS", 1500).scene.crowded


def test_short_ids_of_the_specification():
    ids = ShortIds()
    assert [ids.name(p) for p in ("p2", "p1", "p2", "p3")] == ["IMG_001", "IMG_002", "IMG_001", "IMG_003"]
    assert ids.key("IMG_003") == "p3"
    assert "IMG_002" in ids
    assert "IMG_004" not in ids
    with pytest.raises(UsageError, match="3 were shown"):
        ids.key("IMG_004")


def test_searches_find_pages_and_pictures(search):
    search.reset()
    named = next(e for e in EMBLEMS if not e.by_plate)
    page = search.step(Action("search", {"queries": [named.name], "top_k": 3})).data[0]
    assert page["title"] == named.name
    assert search.step(Action("browse", {"url": page["url"]})).text == named.page
    shown = search.step(Action("image_search", {"query": f"plate {named.plate}"}))
    assert shown.data[0]["img_id"] == "IMG_001"
    assert shown.text.startswith(f"IMG_001: The {named.name}")
    assert look_of(search.store.pixels(search.ids.key("IMG_001"))) == named.look
    many = search.step(Action("image_search", {"query": "plate the", "top_k": 10}))
    assert len(many.data) <= 5


def test_mistakes_are_said(search):
    search.reset()
    for action, word in (
        (Action("draw", {}), "no tool"),
        (Action("image_search", {}), "needs the argument"),
        (Action("browse", {"url": "https://nowhere.example"}), "no page"),
        (Action("image_search", {"query": "x", "top_k": 11}), "top_k"),
    ):
        assert word in search.step(action).error
    assert search.step(Action("image_search", {"query": "zzz"})).text == "No picture was found."


def test_a_run_carried_on_keeps_its_names(search):
    search.reset()
    action = Action("image_search", {"query": f"plate {EMBLEMS[0].plate}"})
    seen = search.step(action)
    search.reset()
    search.recall(action, seen)
    assert search.ids.key("IMG_001") == seen.data[0]["uid"]
