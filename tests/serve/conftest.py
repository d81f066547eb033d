"""A small collection, indexed once per session and copied into each test's home."""

import shutil
from pathlib import Path

import pytest

from leadline.retrieval.collection import Collection

TEXTS = {
    "valves.txt": "The velar valve is made by Drouk Works in Brenou.\n",
    "lights.txt": "Harbour lights were fitted in 1987 by the navy.\n",
    "bread.txt": "Bread needs flour, water, salt and time.\n",
}


@pytest.fixture(scope="session")
def indexed(tmp_path_factory):
    base = tmp_path_factory.mktemp("served")
    folder, home = base / "docs", base / "home"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADLINE_HOME", str(home))
        Collection.open("c", create=True).update([folder])
    return home


@pytest.fixture
def collection(indexed: Path, leadline_home: Path):
    shutil.copytree(indexed, leadline_home, dirs_exist_ok=True)
    return Collection.open("c")


@pytest.fixture(scope="module")
def chromium():
    """Debian's Chromium, without a window; tests that ask for it are skipped where there is none.

    One per file, not one for all: while Playwright is open, other tests of this process could not use asyncio.
    """
    from pages_site import CHROMIUM, FLAGS

    sync_api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """A running server over a home with something of everything (pages_site.py); read, never changed, by tests."""
    from pages_site import CHROMIUM, site

    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with site(tmp_path_factory.mktemp("site")) as found:
        yield found
