"""What a context keeps of pictures, and what that costs."""

import numpy as np

from leadline.agents.base import Task, Turn
from leadline.agents.contexts.keep_last import KeepLast, picture_names
from leadline.agents.contexts.size import PictureSizes
from leadline.agents.contexts.window import PLACEHOLDER
from leadline.bench.drawn_photos import photo_pool
from leadline.bench.picture_hunt import ARMS, draw_hunt, hunt
from leadline.environments.base import Action, Observation
from leadline.models.embed_pictures import Histogram


def test_stubs_keep_the_names_of_pictures():
    names = [f"img:{i:012x}" for i in range(4)]
    turns = [Turn(Action("open", {}), Observation(f"text [{n} 9x9: cap] {n}", data=[n])) for n in names]
    turns.insert(0, Turn(Action("open", {}), Observation("nothing to see")))
    shown = KeepLast(2, digest=picture_names).view(Task("t", "?"), (), turns).turns
    assert [turn.observation.text for turn in shown[:3]] == [
        PLACEHOLDER, f"{PLACEHOLDER} Pictures: {names[0]}.", f"{PLACEHOLDER} Pictures: {names[1]}.",
    ]  # fmt: skip
    assert shown[1].observation.data is None
    assert [turn.observation for turn in shown[3:]] == [turn.observation for turn in turns[3:]]


def test_context_of_five_pictures_a_turn():
    sizes = PictureSizes()
    assert (sizes.inline, sizes.named) == (5800, 925)
    assert (128_000 // sizes.inline, 128_000 // sizes.named) == (22, 138)
    assert (100 * sizes.inline, 100 * sizes.named) == (580_000, 92_500)
    assert sizes.kept_last(100, 5) == 5 * 5_800 + 95 * 20 == 30_900


def test_a_hunt_needs_early_pictures_and_names_bring_them_back():
    task = draw_hunt(photo_pool(60, 0), 8, np.random.default_rng(1))
    seen = {arm: hunt(task, ARMS[arm], 60, Histogram(), 0) for arm in ("uid", "inline", "no fetch")}
    assert seen["uid"].right
    # 9 pages, a zoom, 8 fetches, and the tile again after four of them: it is then no longer among the last five.
    assert seen["uid"].turns == 9 + 1 + 8 + 1
    assert seen["inline"].turns < 9  # the fifth page does not fit any more
    assert seen["no fetch"].turns == 10
    assert seen["uid"].peak < 16_000


def test_without_a_digest_early_names_are_gone():
    task = draw_hunt(photo_pool(60, 0), 8, np.random.default_rng(1))
    assert (
        hunt(task, ARMS["no digest"], 60, Histogram(), 0).turns
        < hunt(task, ARMS["uid"], 60, Histogram(), 0).turns
    )
