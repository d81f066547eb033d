"""Pages with pictures, in memory: a small web for tests and experiments on agents that look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from leadline.environments.arguments import called
from leadline.environments.base import Action, Observation, Tool, failed
from leadline.environments.pictures import Attached, Pictured

OPEN = Tool(
    "open_page", "Read a page.",
    {"type": "object", "properties": {"page": {"type": "string"}}, "required": ["page"]},
)  # fmt: skip


class PicturePage(msgspec.Struct, frozen=True):
    """The text holds `pictures.marker(n)` where the n-th picture stands."""

    text: str
    pictures: tuple[Attached, ...] = ()


class PicturePages:
    """Pages by name. With `once` a page can be opened a single time, like a search result that does not come again."""

    tools: Sequence[Tool] = (OPEN,)

    def __init__(self, pages: Mapping[str, PicturePage], *, once: bool = False) -> None:
        self.pages, self.once = pages, once
        self.opened: set[str] = set()

    def reset(self, seed: int = 0) -> Observation:
        self.opened = set()
        return Observation(f"Pages: {', '.join(self.pages)}.")

    def step(self, action: Action) -> Observation:
        tool = called([OPEN], action)
        if isinstance(tool, str):
            return failed(tool)
        page = str(action.arguments["page"])
        if page not in self.pages:
            return failed(f"There is no page {page!r}. There are: {', '.join(self.pages)}.")
        if self.once and page in self.opened:
            return failed(f"The page {page!r} is gone.")
        self.opened.add(page)
        found = self.pages[page]
        cost = {"calls": 1.0, "pictures": float(len(found.pictures))}
        return Observation(found.text, Pictured(found.pictures) if found.pictures else None, cost=cost)

    def recall(self, action: Action, seen: Observation) -> None:
        if not seen.error:
            self.opened.add(str(action.arguments["page"]))
