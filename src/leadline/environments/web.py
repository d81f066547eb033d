"""The web as an environment: search it, and read the pages that a search has shown.

Pages become Documents like files do (hidden text removed), with a Capture place, so they can be cited and, with a WARC
archive, verified later. A page can only be opened if a search of this run listed it or the user's question names it:
text from outside cannot send the agent anywhere. With `max_pictures` the first pictures of a page are fetched with it,
as a browser would, and go with the page (`pictures.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from leadline.environments.arguments import called
from leadline.environments.base import Action, Observation, Tool, failed
from leadline.environments.captures import Captures, shown
from leadline.environments.fetch import Fetcher, Page
from leadline.environments.page_images import image_links
from leadline.environments.pictures import Attached, bare, illustrated
from leadline.errors import LeadlineError, SourceError
from leadline.evidence.model import Document

SearchWeb = Callable[[str, int], Sequence[Any]]
"""(query, at most so many) -> mappings with url, title and snippet."""
ReadPage = Callable[[str, bytes], Sequence[Document]]
"""(uri, bytes) -> documents: `leadline.environments.pages.PageReader`, or a stand-in."""

SEARCH = Tool(
    "web_search", "Search the web: addresses, titles and snippets.",
    {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}, "web",
)  # fmt: skip
BROWSE = Tool(
    "web_open", "Read a page that a search has listed, from an offset on.",
    {"type": "object", "properties": {"url": {"type": "string"}, "start": {"type": "integer", "minimum": 0}},
     "required": ["url"]}, "web",
)  # fmt: skip
_URL = re.compile(r"https?://[^\s<>\"')\]]+")


class WebEnvironment:
    """`allowed` are URLs that the user gave; searches add theirs. What was read is in `captures`."""

    tools: Sequence[Tool] = (SEARCH, BROWSE)

    def __init__(
        self,
        search: SearchWeb,
        fetcher: Fetcher,
        read: ReadPage,
        *,
        allowed: Sequence[str] = (),
        captures: Captures | None = None,
        max_chars: int = 20_000,
        max_pictures: int = 0,
    ) -> None:
        self.search_web, self.fetcher, self.read, self.max_chars = search, fetcher, read, max_chars
        self.max_pictures = max_pictures
        self.listed, self.captures = set(allowed), captures or Captures()
        self._opened: dict[str, Document] = {}

    def reset(self, seed: int = 0) -> Observation:
        return Observation("The web.")

    def together(self, tool: str) -> bool:
        """Calls may run side by side: they change nothing for each other."""
        return True

    def step(self, action: Action) -> Observation:
        """Call a tool. Whatever the web does wrong comes back in `error`."""
        tool = called(self.tools, action)
        if isinstance(tool, str):
            return failed(tool)
        try:
            return (self._search if tool is SEARCH else self._open)(**action.arguments)
        except LeadlineError as error:
            return failed(str(error), calls=1)

    def recall(self, action: Action, seen: Observation) -> None:
        """Take in a call that an earlier process of the same run has made."""
        if action.tool == SEARCH.name and isinstance(seen.data, list):
            self.listed |= {row["url"] for row in seen.data}
        document = self.captures.recall(bare(seen))
        if document is not None:
            self._opened[str(action.arguments["url"])] = document

    def document(self, id: str) -> Document:
        """A page that was read in this run, by the id of its document. Raises NotFound."""
        return self.captures.document(id)

    def _search(self, query: str) -> Observation:
        if not query.strip():
            return failed("The query is empty.")
        found = [dict(row) for row in self.search_web(query, 10)]
        self.listed |= {row["url"] for row in found}
        lines = "\n".join(f"{row['url']}\n  {row['title']}: {row['snippet']}" for row in found)
        return Observation(lines or "Nothing was found.", data=found, cost={"calls": 1})

    def _open(self, url: str, start: int = 0) -> Observation:
        """`data` is Opened: a stretch of at most `max_chars` characters."""
        if url not in self.listed:
            return failed("Only pages that a search has listed can be opened.")
        known = self._opened.get(url)
        if known is not None:
            return shown(known, start, self.max_chars, first=False)
        page = self.fetcher.fetch(url)
        document = self._opened.setdefault(url, self._read(url, page))
        return illustrated(shown(document, start, self.max_chars, first=True), *self._pictures(page))

    def _pictures(self, page: Page) -> tuple[list[Attached], int]:
        """The first pictures of a page, kept like pages are, and how many could not be had."""
        links = image_links(page.data, page.final_url, self.max_pictures) if self.max_pictures else []
        found = []
        for link in links:
            try:
                image = self.fetcher.fetch(link.url)
            except LeadlineError:  # one dead picture leaves the page readable
                continue
            self.captures.keep(image.final_url, image.fetched, image.media_type, image.data, [])
            found.append(Attached(image.data, link.caption, link.url))
        return found, len(links) - len(found)

    def _read(self, url: str, page: Page) -> Document:
        """The page's text, kept. Raises what the reader raises, and SourceError for an empty page."""
        documents = [document for document in self.read(page.final_url, page.data) if document.text.strip()]
        if not documents:
            raise SourceError(f"{url} has no readable text.")
        kept = self.captures.keep(page.final_url, page.fetched, page.media_type, page.data, documents[:1])
        return kept[0]


def addresses_in(text: str) -> list[str]:
    """Web addresses that a text names, without the punctuation that ends a sentence.

    >>> addresses_in("Is http://a.org/x, or (https://b.org/y?z=1) right?")
    ['http://a.org/x', 'https://b.org/y?z=1']
    """
    return [match.rstrip(".,;:!?") for match in _URL.findall(text)]
