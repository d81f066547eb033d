"""The image store: names by content, crops with their place, limits, and what a person is told."""

import base64
import hashlib
import io

import numpy as np
import pytest
from PIL import Image
from tests.fakes import FakeDisk, Killed

from leadline.errors import NotFound, SourceError, StoreError
from leadline.sources.images import ImageLimits, ImageStore, fitted, fitted_size
from leadline.sources.images.fitting import image_type


def noise(width=64, height=48, seed=0, format="PNG", **settings):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, format, **settings)
    return packed.getvalue()


def test_a_picture_is_named_by_its_content():
    data, store = noise(), ImageStore()
    row = store.add(data, source_url="https://a.org/x.png", caption=" a \n b ", turn=3)
    assert row.uid == "img:" + hashlib.sha256(data).hexdigest()[:12]
    assert (row.w, row.h, row.mime, row.caption, row.turn) == (64, 48, "image/png", "a b", 3)
    assert row.parent_uid is None
    assert store.data(row.uid) == data


def test_the_same_bytes_again_are_the_same_picture():
    store = ImageStore()
    first = store.add(noise(), source_url="https://a.org/1")
    assert store.add(noise(), source_url="https://b.org/2") == first
    assert len(store) == 1


def test_a_crop_knows_its_parent_and_its_place():
    store = ImageStore()
    parent = store.add(noise(100, 80))
    part = store.crop(parent.uid, 10, 20, 40, 30, turn=2)
    assert (part.parent_uid, part.bbox, part.w, part.h, part.turn) == (
        parent.uid,
        (10, 20, 40, 30),
        40,
        30,
        2,
    )
    whole = np.asarray(store.pixels(parent.uid))
    assert (np.asarray(store.pixels(part.uid)) == whole[20:50, 10:50]).all()


@pytest.mark.parametrize(
    ("box", "said"),
    [
        ((-1, 0, 30, 30), r"begins at \(-1, 0\)"),
        ((0, 0, 0, 30), "is empty"),
        ((0, 0, 30, -5), "is empty"),
        ((80, 0, 30, 30), r"ends at \(110, 30\), outside"),
        ((0, 0, 27, 60), "too small to be shown. Ask for at least 28"),
    ],
)
def test_a_box_that_cannot_be_cut_is_explained(box, said):
    store = ImageStore()
    uid = store.add(noise(100, 80)).uid
    with pytest.raises(SourceError, match=said):
        store.crop(uid, *box)


def test_an_unknown_name_lists_near_ones():
    store = ImageStore()
    uid = store.add(noise()).uid
    with pytest.raises(NotFound, match=uid):
        store.row(uid[:-1] + "x")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_types_are_told_by_the_first_bytes(format):
    assert image_type(noise(format=format)) == f"image/{format.lower()}"


@pytest.mark.parametrize("format", ["BMP", "TIFF"])
def test_other_types_are_refused(format):
    with pytest.raises(SourceError, match="no PNG, JPEG, GIF or WebP"):
        ImageStore().add(noise(format=format))


@pytest.mark.parametrize("data", [b"<html>" * 500, b"\x89PNG\r\n\x1a\n" + b"\0" * 2000])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(SourceError):
        ImageStore().add(data)


def test_a_cut_off_picture_is_refused():
    with pytest.raises(SourceError, match="damaged"):
        ImageStore().add(noise()[:3000])


def test_icons_are_not_kept_and_crops_of_any_size_in_bytes_are():
    store = ImageStore()
    flat = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(flat, "PNG")
    assert len(flat.getvalue()) <= 1024
    with pytest.raises(SourceError, match="1,025"):
        store.add(flat.getvalue())
    big = Image.new("RGB", (400, 400), "red")
    big.paste(Image.open(io.BytesIO(noise(64, 64))), (300, 300))
    packed = io.BytesIO()
    big.save(packed, "PNG")
    assert store.crop(store.add(packed.getvalue()).uid, 0, 0, 40, 40).w == 40


def test_a_full_store_says_so():
    store = ImageStore(limits=ImageLimits(max_images=1))
    store.add(noise(seed=1))
    with pytest.raises(SourceError, match="full: 1 pictures"):
        store.add(noise(seed=2))
    with pytest.raises(SourceError, match="pixels, more than"):
        ImageStore(limits=ImageLimits(max_pixels=100)).add(noise())


def test_a_turned_photo_is_measured_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter
    row = ImageStore().add(noise(64, 48, format="JPEG", exif=exif))
    assert (row.w, row.h) == (48, 64)


def test_a_store_on_disk_is_carried_on(tmp_path):
    store = ImageStore(tmp_path)
    parent = store.add(noise(), caption="one")
    part = store.crop(parent.uid, 0, 0, 30, 30)
    again = ImageStore(tmp_path)
    assert list(again) == [parent, part]
    assert again.data(part.uid) == store.data(part.uid)
    assert again.total_bytes == store.total_bytes


def test_a_changed_or_missing_file_is_no_picture_any_more(tmp_path):
    store = ImageStore(tmp_path)
    row = store.add(noise())
    (tmp_path / row.path).write_bytes(noise(seed=9))
    with pytest.raises(StoreError, match="not the picture"):
        store.data(row.uid)
    (tmp_path / row.path).unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        ImageStore(tmp_path).data(row.uid)


@pytest.mark.parametrize("how", ["kill", "tear"])
@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_killed_process_leaves_whole_pictures_only(tmp_path, how, at):
    pictures = [noise(seed=1), noise(seed=2)]
    store = ImageStore(tmp_path, disk=FakeDisk(at, how))
    with pytest.raises(Killed):
        list(map(store.add, pictures))
    again = ImageStore(tmp_path)
    assert len(again) == (at - 1) // 2
    for data in pictures:
        assert again.data(again.add(data).uid) == data
    assert len(list(ImageStore(tmp_path))) == 2


def test_sizes_follow_the_two_rules():
    assert fitted_size(4000, 3000) == (2048, 1536)
    assert fitted_size(20, 50) == (28, 70)
    assert fitted_size(800, 600) == (800, 600)


@pytest.mark.parametrize("size", [(3000, 20), (20, 3000), (10, 1500)])
def test_a_picture_that_the_rules_disagree_about_is_refused_or_padded(size):
    with pytest.raises(SourceError, match="too long and thin"):
        fitted_size(*size)
    shown = fitted(Image.new("RGB", size, "blue"), pad=True)
    assert max(shown.width, shown.height) <= 2048
    assert min(shown.width, shown.height) >= 28


def test_the_conflict_of_3000_by_20_is_13_or_14_pixels():
    assert round(2048 / 3000, 6) == 0.682667
    with pytest.raises(SourceError, match=r"2048 x 14, and 28 are needed\. Pad its short side to 42"):
        fitted_size(3000, 20)
    assert fitted_size(3000, 42)[1] >= 28


def test_a_picture_is_shown_as_it_is_when_it_is_small_enough():
    image = Image.open(io.BytesIO(noise()))
    shown = fitted(image)
    assert (shown.mime, shown.width, shown.height) == ("image/png", 64, 48)
    assert shown.data_url.startswith("data:image/png;base64,")
    assert base64.b64decode(shown.data_url.partition(",")[2]) == shown.data


def test_a_stored_picture_is_shown_with_its_own_bytes_unless_it_must_change():
    store = ImageStore()
    exif = Image.Exif()
    exif[0x0112] = 6
    plain, turned = store.add(noise()), store.add(noise(64, 48, format="JPEG", exif=exif))
    assert store.shown(plain.uid).data == noise()
    shown = store.shown(turned.uid)
    assert (shown.mime, shown.width, shown.height) == ("image/png", 48, 64)
    thin = store.shown(store.add(noise(1500, 10)).uid)
    assert (thin.width, thin.height) == (2000, 28)  # padded to 1500 x 21, then scaled
    small = store.shown(store.add(noise(20, 50)).uid)
    assert (small.width, small.height) == (28, 70)


def test_quality_falls_before_the_picture_shrinks():
    image = Image.open(io.BytesIO(noise(256, 256)))
    first = fitted(image, max_base64=120_000)
    assert (first.mime, first.width) == ("image/jpeg", 256)
    small = fitted(image, max_base64=10_000)
    assert small.width < 256
    assert 4 * -(-len(small.data) // 3) <= 10_000
    with pytest.raises(SourceError, match="cannot be brought below"):
        fitted(image, max_base64=100)
