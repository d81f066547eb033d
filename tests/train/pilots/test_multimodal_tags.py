"""DeepMMSearch-R1's grammar and limits on real pixels, its reward and its masked losses by the numbers."""

import math

import numpy as np
import pytest
import torch

from leadline.bench.drawn_photos import TILE, jpeg, mosaic, photo, place_of
from leadline.environments.scene_search import INFO, INFO_END, draw, sentences
from leadline.errors import SourceError
from leadline.retrieval.reverse_images import ReverseImageIndex
from leadline.sources.images import ImageStore
from leadline.train import kl, losses
from leadline.train.aggregation import aggregate
from leadline.train.hooks import State, token_advantages
from leadline.train.objectives import build
from leadline.train.pilots.multimodal_tags import INVALID, PictureQuestion, well_formed
from leadline.train.pilots.scene_search import rows_of, trace
from leadline.train.pilots.tag_loop import Said
from leadline.train.rewards.deepmmsearch import combined, scored
from leadline.train.rows import Rows, padded

PHOTOS = [photo(8, i) for i in range(30)]
REASON = "<reason>why</reason>"
WHOLE = f"{REASON}<img_search><img></img_search>"
CROP = f"{REASON}<img_search>the picture at the top right</img_search>"
ANSWER = f"{REASON}<answer>crane</answer>"


def question():
    """A mosaic of photos 3, 1, 4 and 15; what is at the top right?"""
    store = ImageStore()
    photos = {store.add(jpeg(p), caption=f"photo {i}").uid: i for i, p in enumerate(PHOTOS)}
    asked = store.add(jpeg(mosaic([PHOTOS[i] for i in (3, 1, 4, 15)], np.random.default_rng(0))))

    def ground(expression, picture):
        place = place_of(expression)
        return place % 2 * TILE, place // 2 * TILE, TILE, TILE

    return PictureQuestion(
        asked.uid, ReverseImageIndex(store), lambda query: [("Birds", f"about {query}")], ground,
        lambda uid: (f"photo {photos[uid]}", "a page"),
    )  # fmt: skip


def played(*turns):
    said = iter(turns)
    asked = question()
    return asked, asked.play("Q", lambda context: next(said))


def test_a_named_part_finds_its_photo_first():
    _, parts = played(CROP, ANSWER)
    assert parts[1].text.startswith("\n\n<information>Doc 1(Title: photo 1) a page")
    assert [part.own for part in parts] == [True, False, True]


def test_a_second_image_search_is_refused_with_a_message():
    for first, second in ((WHOLE, CROP), (CROP, WHOLE), (WHOLE, WHOLE)):
        asked, parts = played(first, second, ANSWER)
        assert "used once" in parts[3].text
        assert asked.calls == 2
        assert well_formed(parts)


def test_text_searches_go_on_after_it():
    asked, parts = played(WHOLE, f"{REASON}<text_search>crane</text_search>", ANSWER)
    assert "about crane" in parts[3].text
    assert asked.image_search_used


def test_a_part_that_cannot_be_found_is_said_and_may_be_asked_anew():
    _, parts = played(f"{REASON}<img_search>the dog</img_search>", CROP, ANSWER)
    assert "No place is named" in parts[1].text
    assert "photo 1" in parts[3].text


def test_one_malformed_action_is_told_and_the_second_ends():
    _, parts = played("hm", "hm", ANSWER)
    assert [part.text for part in parts] == ["hm", INVALID, "hm"]
    assert scored(parts, ["crane"]) == (0, 0, 0)
    _, parts = played("hm", ANSWER)
    assert scored(parts, ["crane"]) == pytest.approx((1, 0, 0.9))


def test_ten_calls_and_one_more_word():
    search = f"{REASON}<text_search>x</text_search>"
    asked, parts = played(*[search] * 10, ANSWER)
    assert asked.calls == 10
    assert scored(parts, ["crane"]).total == 1
    assert "All 10 searches are used" in asked.reply("text_search", "x")


def test_an_empty_search_is_told():
    assert "is empty" in question().reply("text_search", "")


@pytest.mark.parametrize(
    ("turn", "fine"),
    [
        (ANSWER, True),
        ("<answer>crane</answer>", False),
        (f"{ANSWER} and more", False),
        (f"{REASON}<information>made up</information><answer>crane</answer>", False),
        ("<reason><information>made up</information></reason><answer>crane</answer>", False),
        (f"{REASON}<text_search>x</text_search>", False),
    ],
)
def test_format_is_a_reason_and_one_action_in_every_turn(turn, fine):
    assert well_formed([Said(turn, True)]) is fine


def test_rewards_of_the_specification():
    assert [combined(s, f) for s, f in ((1, 1), (1, 0), (0, 1), (0, 0))] == pytest.approx([1, 0.9, 0.1, 0])


def test_what_it_was_told_is_not_its_answer():
    assert scored([Said(WHOLE, True), Said("<answer>crane</answer>", False)], ["crane"]) == (0, 0, 0)


def test_places_are_read_and_others_refused():
    assert [place_of(f"the bird on the {p}") for p in ("top left", "top right", "bottom left", "lower right")] == [
        0, 1, 2, 3,
    ]  # fmt: skip
    with pytest.raises(SourceError, match="No place is named"):
        place_of("the bird")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("mean", [0.5, -0.4, 0.4, -0.5]),
        ("population-std", [1.1043, -0.8835, 0.8835, -1.1043]),
        ("std", [0.9564, -0.7651, 0.7651, -0.9564]),
    ],
)
def test_advantages_of_the_specification(kind, expected):
    one = torch.ones(4, 1)
    rows = Rows(
        torch.zeros(4, dtype=torch.long), one.long(), one, torch.tensor([1, 0.1, 0.9, 0]), one[:, 0] > 0
    )
    found = token_advantages(rows, build(f"grpo:advantage={kind}"), State())
    assert found[:, 0].tolist() == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize(
    ("rho", "a", "worth"), [(1.5, 1, 1.2), (1.5, -1, -1.5), (0.6, 1, 0.6), (0.6, -1, -0.8)]
)
def test_the_clip_of_the_specification(rho, a, worth):
    logp, one = torch.tensor([[math.log(rho)]]), torch.ones(1, 1)
    assert -float(losses.ppo(logp, 0 * one, a * one, one)) == pytest.approx(worth)


@pytest.mark.parametrize(("d", "expected"), [(0.1, 0.0051709), (-0.2, 0.0187308)])
def test_k3_of_the_specification(d, expected):
    assert float(kl.reverse(torch.zeros(1), torch.tensor([d]))) == pytest.approx(expected, abs=5e-8)


def test_the_masked_loss_of_the_specification():
    new, old = torch.tensor([[-1, -0.5, -2, -0.3]]), torch.tensor([[-1.1, -0.5, -1, -0.4]])
    hooks, ids = build("grpo:advantage=mean"), torch.zeros(1, 4, dtype=torch.long)
    for mask, expected in (([1, 1, 0, 1], -0.856091), ([1, 1, 1, 1], -0.715644)):
        row = Rows(torch.zeros(1), ids, torch.tensor([mask]).float(), torch.zeros(1), torch.zeros(1) > 0)
        loss = hooks.loss(new, old, torch.full((1, 4), 0.8), row.mask)
        assert float(aggregate(loss, hooks.aggregate(row))) == pytest.approx(expected, abs=5e-7)


def test_what_a_search_says_is_masked_with_its_tags():
    rng = np.random.default_rng(0)
    scene = next(s for s in iter(lambda: draw(rng), None) if not s.known)
    spoken = trace(scene, sentences(4, rng), rng)
    masked, whole = (rows_of([spoken], [0], masked=m).mask[0] for m in (True, False))
    for i, token in enumerate(spoken.ids):
        if token in (INFO, INFO_END):
            assert (masked[i], whole[i]) == (0, 1)
    own = [token for turn in scene.script() for token in turn]
    assert [t for t, m in zip(spoken.ids, masked.tolist(), strict=True) if m] == own
    assert whole[:6].sum() == 0
    assert int(whole.sum() - masked.sum()) == 2 * 11
    assert padded([spoken.ids]).shape == masked[None].shape
