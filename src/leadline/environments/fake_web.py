"""A web in memory, with everything that goes wrong on the real one: dead links, redirects, boilerplate, paging,
delays, pages that try to give orders. For tests, examples and training environments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from leadline.environments.fetch import FetchError, Page


@dataclass
class Site:
    """One page. `status` other than 200 is a failure, `redirect` leads elsewhere, `delay_s` is reported, not slept."""

    html: str = ""
    status: int = 200
    redirect: str = ""
    delay_s: float = 0.0
    media_type: str = "text/html"
    data: bytes = b""
    """What is sent in place of the HTML: a picture."""


@dataclass
class FakeWeb:
    """A Fetcher and a search provider over the same pages. `requests` records every URL that was asked for."""

    pages: dict[str, Site]
    max_redirects: int = 5
    wait: Callable[[float], None] = lambda seconds: None
    requests: list[str] = field(default_factory=list)
    fetched: str = "2026-01-01T00:00:00Z"

    def fetch(self, url: str) -> Page:
        current = url
        for _ in range(self.max_redirects + 1):
            self.requests.append(current)
            site = self.pages.get(current)
            if site is None or site.status != 200:
                raise FetchError(f"{current} answered {404 if site is None else site.status}.")
            self.wait(site.delay_s)
            if not site.redirect:
                return Page(url, current, 200, site.media_type, site.data or site.html.encode(), self.fetched)
            current = site.redirect
        raise FetchError(f"{url} redirects more than {self.max_redirects} times.")

    def search(self, query: str, k: int = 10) -> list[dict[str, str]]:
        """Pages by shared words with the query; ties by URL. Dead pages are listed too, as search engines do."""
        words = set(query.lower().split())
        scored = sorted(
            (-len(words & set(text_of(site).lower().split())), url) for url, site in self.pages.items()
        )
        return [
            {"url": url, "title": title_of(self.pages[url]), "snippet": text_of(self.pages[url])[:200]}
            for score, url in scored[:k]
            if score
        ]


def page(title: str, *paragraphs: str, boilerplate: int = 3) -> Site:
    """A page as sites make them: navigation, the text, a footer."""
    menu = "".join(f"<li><a href='/{i}'>Section {i}</a></li>" for i in range(boilerplate))
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return Site(
        f"<html><head><title>{title}</title></head><body><nav><ul>{menu}</ul></nav><article><h1>{title}</h1>{body}"
        f"</article><footer>All rights reserved. Cookies. Newsletter.</footer></body></html>"
    )


def text_of(site: Site) -> str:
    import re

    return " ".join(re.sub(r"<[^>]+>", " ", site.html).split())


def title_of(site: Site) -> str:
    start, end = site.html.find("<title>"), site.html.find("</title>")
    return site.html[start + 7 : end] if 0 <= start < end else ""
