"""Pictures as vectors: what the histogram counts, and that the small network needs its extra."""

from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image, ImageOps

from leadline.bench.drawn_photos import perturbed, photo, tile_recall
from leadline.errors import MissingExtra, NotFound
from leadline.models.embed_pictures import ANGLES, LEVELS, Histogram, colours, edges, picture_embedder

PHOTOS = [photo(3, i) for i in range(20)]


def test_a_colour_is_shared_between_its_nearest_bins():
    half = np.full(
        (1, 1, 3), 0.5 / (LEVELS - 1), np.float32
    )  # half way between the two lowest levels of each channel
    bins = colours(half)
    assert np.flatnonzero(bins).tolist() == [
        r * LEVELS**2 + g * LEVELS + b for r in (0, 1) for g in (0, 1) for b in (0, 1)
    ]
    assert bins[bins > 0] == pytest.approx(1 / 8)
    white = colours(np.ones((2, 2, 3), np.float32))
    assert white[-1] == pytest.approx(1)


def test_edges_count_their_direction():
    rising = np.linspace(0, 1, 8, dtype=np.float32)
    across = np.broadcast_to(rising[None, :, None], (8, 8, 3))
    assert edges(across).tolist() == [1] + [0] * (ANGLES - 1)
    assert edges(across.swapaxes(0, 1)).tolist() == [0] * (ANGLES - 1) + [1]
    assert edges(np.zeros((8, 8, 3), np.float32)).tolist() == [0] * ANGLES


def test_a_flipped_picture_has_the_same_vector():
    see = Histogram()
    one, other = see.encode([PHOTOS[0], ImageOps.mirror(PHOTOS[0])])
    assert one @ other == pytest.approx(1, abs=1e-4)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-6)
    assert see.encode([]).shape == (0, see.dimension)


def test_a_changed_copy_is_nearest_to_its_photo():
    see, rng = Histogram(), np.random.default_rng(0)
    vectors = see.encode(PHOTOS)
    for i, image in enumerate(PHOTOS):
        assert int((vectors @ see.encode([perturbed(image, rng)])[0]).argmax()) == i


def test_a_tile_finds_its_photo_and_the_mosaic_seldom_does():
    found = tile_recall(PHOTOS, Histogram(), 40, np.random.default_rng(0))
    assert found["crop"].at_1 >= 0.95
    assert found["whole"].at_1 <= 0.6  # one of four, if all four come first
    assert found["whole"].at_5 > found["whole"].at_1


def test_unknown_embedders_are_named():
    with pytest.raises(NotFound, match="histogram"):
        picture_embedder("histogramm")


@pytest.mark.skipif(
    find_spec("efficientnet_lite_pytorch") is not None, reason="the extra vision is installed"
)
def test_the_network_names_its_extra():
    with pytest.raises(MissingExtra, match=r"leadline\[vision\]"):
        picture_embedder("efficientnet-lite0")


@pytest.mark.skipif(find_spec("efficientnet_lite_pytorch") is None, reason="needs the extra vision")
def test_the_network_knows_a_changed_copy(capsys):
    see = picture_embedder("efficientnet-lite0")
    one, copy, other = see.encode([PHOTOS[0], ImageOps.mirror(PHOTOS[0]), Image.new("RGB", (50, 50), "red")])
    assert one @ copy > one @ other
    assert one.shape == (1280,)
    assert capsys.readouterr().out == ""
