"""Pictures of real pages: which ones, their captions, and the way into the store."""

import pytest

from leadline.bench.drawn_photos import jpeg, photo
from leadline.environments.base import Action
from leadline.environments.captures import Captured, Captures
from leadline.environments.fake_web import FakeWeb, Site
from leadline.environments.page_images import ImageLink, image_links
from leadline.environments.pages import PageReader
from leadline.environments.pictures import FileBacked, pictures_of
from leadline.environments.web import WebEnvironment
from leadline.sources.images import ImageStore

BASE = "https://a.org/p/q.html"
HTML = """<html><head><title>Cranes</title></head><body><nav><img src=logo.png></nav><article><h1>Cranes</h1>
<p>The crane is a tall bird that lives beside water and dances in spring when it meets other cranes.</p>
<figure><figcaption> A crane <b>over</b>
 water </figcaption><img src="/1.jpg" alt="ignored"></figure><img src=2.jpg alt="Two &amp; two"><img src=2.jpg>
<img src=data:image/png;base64,AAAA><img src=dot.gif width=1 height=1><img src=lazy.gif data-src=//b.org/3.jpg>
<img src="http://[broken"></article><footer><img src=ad.png></footer></body></html>"""


def test_pictures_of_the_page_with_their_captions_and_nothing_of_the_site():
    assert image_links(HTML.encode(), BASE) == [
        ImageLink("https://a.org/1.jpg", "A crane over water"),
        ImageLink("https://a.org/p/2.jpg", "Two & two"),
        ImageLink("https://b.org/3.jpg", ""),
    ]
    assert len(image_links(HTML.encode(), BASE, 1)) == 1


@pytest.fixture(scope="module", name="reader")
def one_reader():
    with PageReader() as reader:
        yield reader


@pytest.fixture(name="web")
def opened(tmp_path, reader):
    """A page whose first two pictures are there and whose third is dead."""
    pages = {
        BASE: Site(HTML),
        "https://a.org/1.jpg": Site(data=jpeg(photo(1, 1)), media_type="image/jpeg"),
        "https://a.org/p/2.jpg": Site(data=jpeg(photo(1, 2)), media_type="image/jpeg"),
        "https://b.org/3.jpg": Site(status=404),
    }
    fake = FakeWeb(pages)
    captures = Captures(tmp_path / "captures.warc")
    return fake, WebEnvironment(fake.search, fake, reader, allowed=[BASE], captures=captures, max_pictures=10)


def test_a_page_comes_with_its_pictures_by_name(web):
    fake, environment = web
    store = ImageStore()
    seen = FileBacked(environment, store).step(Action("web_open", {"url": BASE}))
    first, second = store
    assert f"Images\n[{first.uid} 160x160: A crane over water] https://a.org/1.jpg\n" in seen.text
    assert seen.text.endswith("(1 more could not be fetched.)")
    assert (second.caption, second.source_url) == ("Two & two", "https://a.org/p/2.jpg")
    assert isinstance(seen.data, Captured)  # as without pictures
    assert pictures_of(seen) == ()
    assert seen.cost == {"calls": 1, "pictures": 2}
    assert b"https://a.org/1.jpg" in environment.captures.archive.read_bytes()
    again = environment.step(Action("web_open", {"url": BASE}))
    assert "Images" not in again.text
    assert fake.requests.count("https://a.org/1.jpg") == 1


def test_a_resumed_run_knows_the_page(web):
    fake, environment = web
    seen = environment.step(Action("web_open", {"url": BASE}))
    later = WebEnvironment(fake.search, fake, lambda uri, data: [], allowed=[BASE])
    later.recall(Action("web_open", {"url": BASE}), seen)
    assert "tall bird" in later.step(Action("web_open", {"url": BASE})).text
    assert len(pictures_of(seen)) == 2


def test_without_leave_no_picture_is_fetched(web):
    fake, environment = web
    environment.max_pictures = 0
    assert "Images" not in environment.step(Action("web_open", {"url": BASE})).text
    assert fake.requests == [BASE]
