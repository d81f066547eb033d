"""Search for pages and pictures: three tools, and short names for the pictures of one trajectory (Gen-Searcher,
arXiv:2603.28767, section 2.1).

A picture's lasting name is its ImageStore's; an agent is shown IMG_001, IMG_002, ... in the order in which it saw them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from leadline.environments.arguments import called
from leadline.environments.base import Action, Observation, Tool, failed
from leadline.errors import UsageError
from leadline.evidence.model import Document
from leadline.sources.images import ImageStore

SNIPPET, PAGE = 160, 6000
"""Characters of a hit, and of a page that is read."""
SHOWN = 5
"""Pictures shown of one search, however many are asked for."""


def _tool(name: str, description: str, required: str, **properties: object) -> Tool:
    return Tool(name, description, {"type": "object", "properties": properties, "required": [required]})


_TOP = {"type": "integer", "minimum": 1, "maximum": 10}
SEARCH = _tool(
    "search",
    "Find pages for each query.",
    "queries",
    queries={"type": "array", "items": {"type": "string"}},
    top_k=_TOP,
)
IMAGE_SEARCH = _tool(
    "image_search",
    "Find pictures by what is written about them.",
    "query",
    query={"type": "string"},
    top_k=_TOP,
)
BROWSE = _tool(
    "browse", "Read a page that a search found.", "url", url={"type": "string"}, query={"type": "string"}
)


class ShortIds:
    """IMG_001, IMG_002, ... for the pictures of one trajectory, in the order in which they are first seen.

    >>> ids = ShortIds()
    >>> [ids.name(key) for key in ("p2", "p1", "p2", "p3")], ids.key("IMG_003")
    (['IMG_001', 'IMG_002', 'IMG_001', 'IMG_003'], 'p3')
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._names.values()

    def __len__(self) -> int:
        return len(self._names)

    def name(self, key: str) -> str:
        """The short name of a picture, the same each time."""
        return self._names.setdefault(key, f"IMG_{len(self) + 1:03d}")

    def key(self, name: str) -> str:
        """UsageError for a name that was never given."""
        for key, given in self._names.items():
            if given == name:
                return key
        raise UsageError(f"There is no picture {name}; {len(self)} were shown.")


Find = Callable[[str, int], Sequence[str]]
"""(query, k) -> ids, best first."""


class PictureSearch:
    """`pages` by url (their id), found by `find_pages`; pictures of `store`, found by `find_pictures`.

    `ids` holds what was shown since the last reset; `recall` takes in what an earlier run of the same trajectory saw.
    """

    tools: Sequence[Tool] = (SEARCH, IMAGE_SEARCH, BROWSE)

    def __init__(
        self, pages: Mapping[str, Document], find_pages: Find, store: ImageStore, find_pictures: Find
    ) -> None:
        self.pages, self.find_pages, self.store, self.find_pictures = pages, find_pages, store, find_pictures
        self.ids = ShortIds()

    def reset(self, seed: int = 0) -> Observation:
        self.ids = ShortIds()
        return Observation("")

    def step(self, action: Action) -> Observation:
        tool = called(self.tools, action)
        if isinstance(tool, str):
            return failed(tool)
        do: Callable[..., Observation] = getattr(self, f"_{action.tool}")
        return do(**action.arguments)

    def recall(self, action: Action, seen: Observation) -> None:
        for picture in seen.data or () if action.tool == "image_search" else ():
            self.ids.name(picture["uid"])

    def _search(self, queries: Sequence[str], top_k: int = 5) -> Observation:
        hits = []
        for query in queries:
            for url in self.find_pages(str(query), top_k):
                page = self.pages[url]
                hits.append({"query": query, "url": url, "title": page.title, "text": page.text[:SNIPPET]})
        lines = [f"{hit['title']} ({hit['url']}): {hit['text']}" for hit in hits]
        return Observation("\n".join(lines) or "Nothing was found.", hits, cost={"calls": 1.0})

    def _image_search(self, query: str, top_k: int = 5) -> Observation:
        rows = [self.store.row(uid) for uid in self.find_pictures(query, top_k)[:SHOWN]]
        found = [{"img_id": self.ids.name(row.uid), "uid": row.uid, "caption": row.caption} for row in rows]
        lines = [f"{picture['img_id']}: {picture['caption']}" for picture in found]
        return Observation("\n".join(lines) or "No picture was found.", found, cost={"calls": 1.0})

    def _browse(self, url: str, query: str = "") -> Observation:
        if url not in self.pages:
            wrong = f"There is no page {url!r}. Give the address of a search result."
            return Observation(wrong, error=wrong)
        text = self.pages[url].text[:PAGE]
        return Observation(text, {"url": url, "text": text}, cost={"calls": 1.0})
