"""The pictures of a web page: where they are and what the page says about them (LMM-Searcher, arXiv:2604.12890, 2.2).

Menus, headers, footers and asides are left out, and what says itself that it is small. Nothing is fetched here.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from leadline.sources.canonical import decode
from leadline.sources.images.fitting import SHORTEST

OUTSIDE = frozenset({"nav", "header", "footer", "aside", "noscript"})
"""What stands in these is about the site, not the page."""


class ImageLink(NamedTuple):
    url: str
    caption: str
    """The figure's caption, else the picture's alternative text."""


def image_links(html: bytes, base: str, limit: int = 10) -> list[ImageLink]:
    """The first `limit` pictures of a page, each once, in its order; only web addresses.

    >>> image_links(b"<figure><img src='a.png' alt='x'><figcaption>A crane</figcaption></figure>", "https://a.org/p/")
    [ImageLink(url='https://a.org/p/a.png', caption='A crane')]
    """
    reader = _Images()
    reader.feed(decode(html))
    reader.close()
    found: dict[str, ImageLink] = {}
    for source, caption in reader.found:
        try:
            url = urljoin(base, source.strip())
            scheme = urlsplit(url).scheme
        except ValueError:  # no address at all
            continue
        if scheme in ("http", "https"):
            found.setdefault(url, ImageLink(url, " ".join(caption.split())))
    return list(found.values())[:limit]


class _Images(HTMLParser):
    """Collects (source, caption). A figure's caption goes to the pictures that stand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._outside = 0
        self._figure: int | None = None
        self._caption, self._in_caption = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in OUTSIDE:
            self._outside += 1
        elif tag == "figure":
            self._figure, self._caption = len(self.found), ""
        elif tag == "figcaption":
            self._in_caption = True
        elif tag == "img" and not self._outside:
            given = {name: value or "" for name, value in attrs}
            source = given.get("data-src") or given.get("src", "")
            if source and not any(_small(given.get(side, "")) for side in ("width", "height")):
                self.found.append((source, given.get("alt", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag in OUTSIDE:
            self._outside = max(0, self._outside - 1)
        elif tag == "figcaption":
            self._in_caption = False
        elif tag == "figure" and self._figure is not None:
            caption = self._caption.strip()
            self.found[self._figure :] = [
                (source, caption or alt) for source, alt in self.found[self._figure :]
            ]
            self._figure = None

    def handle_data(self, data: str) -> None:
        if self._in_caption:
            self._caption += data


def _small(side: str) -> bool:
    """Whether a width or height, as a page writes it, is below what can be shown."""
    digits = side.strip().removesuffix("px")
    return digits.isdecimal() and int(digits) < SHORTEST
