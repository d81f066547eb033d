"""The web as an environment: search it, and read the pages that a search has shown.

Pages become Documents like files do (hidden text removed), with a Capture place, so they can be cited and, with a WARC
archive, verified later. A page can only be opened if a search of this run listed it or the user's question names it:
text from outside cannot send the agent anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from leadline.environments.base import Action, Observation, Tool
from leadline.environments.fetch import Fetcher, Page
from leadline.errors import LeadlineError
from leadline.evidence.model import Capture, Document, Mark
from leadline.files import DISK, Disk

SearchWeb = Callable[[str, int], Sequence[dict[str, str]]]
ReadPage = Callable[[str, bytes], Sequence[Document]]
"""(uri, bytes) -> documents; `leadline.sources` in a worker, or a stand-in."""

SEARCH = Tool(
    "web_search", "Search the web: addresses, titles and snippets.",
    {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}, "web",
)  # fmt: skip
BROWSE = Tool(
    "web_open", "Read a page that a search has listed.",
    {"type": "object", "properties": {"url": {"type": "string"}}, "required": ["url"]}, "web",
)  # fmt: skip


class WebEnvironment:
    """`allowed` are URLs that the user gave; searches add theirs. `documents` are the pages read, by URL."""

    tools: Sequence[Tool] = (SEARCH, BROWSE)

    def __init__(
        self,
        search: SearchWeb,
        fetcher: Fetcher,
        read: ReadPage,
        *,
        allowed: Sequence[str] = (),
        archive: Path | None = None,
        max_chars: int = 20_000,
        disk: Disk = DISK,
    ) -> None:
        self.search_web, self.fetcher, self.read, self.max_chars = search, fetcher, read, max_chars
        self.listed, self.documents = set(allowed), dict[str, Document]()
        self.archive, self.disk = archive, disk

    def reset(self, seed: int = 0) -> Observation:
        return Observation("The web.")

    def step(self, action: Action) -> Observation:
        try:
            if action.tool == "web_search":
                return self._search(str(action.arguments.get("query", "")))
            if action.tool == "web_open":
                return self._open(str(action.arguments.get("url", "")))
        except LeadlineError as error:
            return Observation(str(error), error=str(error), cost={"calls": 1})
        return Observation("", error=f"There is no tool {action.tool!r}.")

    def _search(self, query: str) -> Observation:
        if not query.strip():
            return Observation("", error="The query is empty.")
        found = list(self.search_web(query, 10))
        self.listed |= {row["url"] for row in found}
        shown = "\n".join(f"{row['url']}\n  {row['title']}: {row['snippet']}" for row in found)
        return Observation(shown or "Nothing was found.", data=found, cost={"calls": 1})

    def _open(self, url: str) -> Observation:
        if url not in self.listed:
            message = "Only pages that a search has listed can be opened."
            return Observation(message, error=message)
        if url not in self.documents:
            page = self.fetcher.fetch(url)
            documents = self.read(page.final_url, page.data)
            if not documents:
                message = f"{url} has no readable text."
                return Observation(message, error=message, cost={"calls": 1})
            self.documents[url] = self._captured(documents[0], page)
        document = self.documents[url]
        return Observation(document.text[: self.max_chars], data=document, cost={"calls": 1})

    def _captured(self, document: Document, page: Page) -> Document:
        """The document with its Capture place over its whole text, and the page in the archive."""
        record = f"urn:sha256:{hashlib.sha256(page.data).hexdigest()}"
        name = str(self.archive) if self.archive else ""
        if self.archive is not None:
            self.disk.append(self.archive, warc_record(page, record))
        place = Capture(page.final_url, page.fetched, name, record)
        digest = hashlib.sha256(page.data).hexdigest()
        marks = (*document.marks, Mark(0, len(document.text), place))
        return msgspec.structs.replace(document, uri=page.final_url, sha256=digest, marks=marks)


def warc_record(page: Page, record: str) -> bytes:
    """One WARC/1.1 resource record (ISO 28500): readable by every WARC tool."""
    head = (
        f"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Target-URI: {page.final_url}\r\nWARC-Date: {page.fetched}\r\n"
        f"WARC-Record-ID: <{record}>\r\nContent-Type: {page.media_type}\r\nContent-Length: {len(page.data)}\r\n\r\n"
    )
    return head.encode() + page.data + b"\r\n\r\n"
