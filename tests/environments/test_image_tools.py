"""Pictures in observations become names; tools bring the pixels back."""

import numpy as np
import pytest
from PIL import Image

from leadline.agents.base import Task
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.loop import run
from leadline.agents.scripted import Scripted
from leadline.bench.drawn_photos import jpeg, perturbed, photo
from leadline.environments.base import Action
from leadline.environments.granted import Granted
from leadline.environments.images import ImageEnvironment
from leadline.environments.picture_pages import PicturePage, PicturePages
from leadline.environments.pictures import Attached, FileBacked, marker, pictures_of
from leadline.runs.budget import Budget
from leadline.runs.journal import SQLiteJournal
from leadline.runs.steps import Steps
from leadline.runs.trace import Trace
from leadline.sources.images import ImageStore

PHOTOS = [photo(5, i) for i in range(6)]
CAPTIONS = ("a crane over water", "a red boat", "", "two cranes", "a tower", "a field")


def filled():
    store = ImageStore()
    return store, [
        store.add(jpeg(p), caption=c, source_url=f"https://a.org/{i}").uid
        for i, (p, c) in enumerate(zip(PHOTOS, CAPTIONS, strict=True))
    ]


def call(environment, tool, **arguments):
    return environment.step(Action(tool, arguments))


def test_pictures_of_a_page_become_names_with_captions():
    page = PicturePage(
        f"Before {marker(1)} after.", (Attached(jpeg(PHOTOS[0]), "a crane"), Attached(jpeg(PHOTOS[1])))
    )
    store = ImageStore()
    seen = call(FileBacked(PicturePages({"p": page}), store), "open_page", page="p")
    first, second = (row.uid for row in store)
    assert seen.text == f"Before [{first} 160x160: a crane] after.\n[{second} 160x160]"
    assert pictures_of(seen) == ()
    assert [row.turn for row in store] == [1, 1]


def test_pixels_stay_in_view_where_that_is_wanted():
    page = PicturePage("", (Attached(jpeg(PHOTOS[0])),))
    store = ImageStore()
    seen = call(FileBacked(PicturePages({"p": page}), store, keep_pixels=True), "open_page", page="p")
    assert [picture.uid for picture in pictures_of(seen)] == [next(iter(store)).uid]


def test_icons_are_left_out_with_the_reason():
    page = PicturePage(marker(1), (Attached(jpeg(Image.new("RGB", (16, 16)))),))
    seen = call(FileBacked(PicturePages({"p": page}), ImageStore()), "open_page", page="p")
    assert seen.text.startswith("[a picture that is not kept: The picture has")


def test_a_page_that_opens_once_is_gone():
    pages = PicturePages({"p": PicturePage("text")}, once=True)
    assert call(pages, "open_page", page="p").text == "text"
    assert call(pages, "open_page", page="p").error == "The page 'p' is gone."
    assert "There are: p." in call(pages, "open_page", page="q").error


def test_fetching_brings_the_pixels():
    store, uids = filled()
    seen = call(ImageEnvironment(store), "fetch_image", image=uids[0])
    (picture,) = pictures_of(seen)
    assert picture.uid == uids[0]
    assert seen.cost == {"calls": 1, "pictures": 1}
    assert (np.asarray(store.pixels(uids[0])) == np.asarray(store.pixels(store.add(picture.data).uid))).all()


def test_zooming_names_the_part():
    store, uids = filled()
    seen = call(ImageEnvironment(store), "zoom_in", image=uids[0], x=10, y=0, width=60, height=40)
    (part,) = pictures_of(seen)
    assert (store.row(part.uid).parent_uid, store.row(part.uid).bbox) == (uids[0], (10, 0, 60, 40))


def test_wrong_calls_are_explained_and_do_not_raise():
    store, uids = filled()
    tools = ImageEnvironment(store)
    assert "There is no picture named 'img:1'" in call(tools, "fetch_image", image="img:1").error
    assert (
        "outside the picture" in call(tools, "zoom_in", image=uids[0], x=150, y=0, width=60, height=40).error
    )
    assert "needs the argument 'x'" in call(tools, "zoom_in", image=uids[0]).error
    assert "no tool" in call(tools, "rotate", image=uids[0]).error


def test_words_find_captions():
    store, uids = filled()
    seen = call(ImageEnvironment(store), "image_search", query="crane")
    assert seen.text.splitlines()[0] == f"1. two cranes | {uids[3]} | https://a.org/3"
    assert [row["image"] for row in seen.data] == [uids[3], uids[0]]
    assert "No picture" in call(ImageEnvironment(store), "image_search", query="submarine").text


def test_new_captions_are_found_too():
    store, _ = filled()
    tools = ImageEnvironment(store)
    assert len(call(tools, "image_search", query="crane").data) == 2
    late = store.add(jpeg(photo(5, 9)), caption="crane at dusk").uid
    assert late in [row["image"] for row in call(tools, "image_search", query="crane").data]


def test_a_part_of_a_changed_copy_finds_its_photo():
    store, uids = filled()
    copy = store.add(jpeg(perturbed(PHOTOS[3], np.random.default_rng(0))))
    seen = call(ImageEnvironment(store), "visual_search", image=copy.uid, num=1)
    assert [row["image"] for row in seen.data] == [uids[3]]
    assert seen.data[0]["source"] == "https://a.org/3"


def test_thumbnails_are_small_and_counted():
    store, uids = filled()
    seen = call(ImageEnvironment(store, thumbnails=9), "visual_search", image=uids[0], num=6)
    assert len(pictures_of(seen)) == 5
    assert seen.cost["pictures"] == 5
    assert len(seen.data.rest) == 5  # all but the picture itself


def test_an_interrupted_run_goes_on_with_its_pictures(tmp_path):
    page = PicturePage(marker(1), (Attached(jpeg(PHOTOS[0])),))

    def play(moves):
        store, steps = ImageStore(tmp_path / "pictures"), Steps()
        journal = SQLiteJournal(tmp_path)
        steps.open(journal)
        both = Granted([FileBacked(PicturePages({"p": page}, once=True), store), ImageEnvironment(store)])
        outcome = run(Task("t", "?"), Scripted(moves), Transcript(), both, Budget(), Trace(), steps=steps)
        journal.close()
        return outcome, store, steps.n_replayed

    uid = ImageStore().add(jpeg(PHOTOS[0])).uid
    moves = [
        Action("open_page", {"page": "p"}),
        Action("zoom_in", {"image": uid, "x": 0, "y": 0, "width": 40, "height": 40}),
    ]
    _, store, _ = play(moves)
    part = list(store)[-1].uid
    again, _, replayed = play(
        [*moves, Action("fetch_image", {"image": part}), Action("open_page", {"page": "p"})]
    )
    assert replayed == 2
    assert not again.turns[2].observation.error
    assert again.turns[3].observation.error == "The page 'p' is gone."


@pytest.mark.parametrize("n", [1, 2])
def test_markers_differ(n):
    assert marker(n) == f"[[picture {n}]]"
