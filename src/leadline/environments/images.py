"""Tools that look at pictures of a store: fetch one, zoom into one, search by words or by sight.

LMM-Searcher's tools (arXiv:2604.12890, section 2.2) over names instead of addresses. Everything is in the store, so no
tool here goes to the web; `FileBacked` (`pictures.py`) fills it from what other tools return.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from leadline.environments.arguments import called
from leadline.environments.base import Action, Observation, Tool, failed
from leadline.environments.pictures import Attached, Pictured, named
from leadline.errors import LeadlineError
from leadline.retrieval.base import Hit
from leadline.retrieval.reverse_images import ReverseImageIndex
from leadline.sources.images import ImageStore, StoredImage, fitted

MAX_THUMBNAILS, THUMBNAIL = 5, 160
"""At most so many small pictures beside a list, so many pixels each way."""

_WHOLE = {"type": "integer"}
_IMAGE = {"type": "string", "description": "The picture's name, like img:0123456789ab."}
_NUM = {"type": "integer", "minimum": 1, "maximum": 10}

FETCH = Tool(
    "fetch_image", "Look at a picture by its name.",
    {"type": "object", "properties": {"image": _IMAGE}, "required": ["image"]},
)  # fmt: skip
ZOOM = Tool(
    "zoom_in", "Look at a part of a picture: its top left corner, width and height in pixels. The part gets a name.",
    {"type": "object",
     "properties": {"image": _IMAGE, "x": _WHOLE, "y": _WHOLE, "width": _WHOLE, "height": _WHOLE},
     "required": ["image", "x", "y", "width", "height"]},
)  # fmt: skip
IMAGE_SEARCH = Tool(
    "image_search", "Find pictures whose captions fit the words.",
    {"type": "object", "properties": {"query": {"type": "string"}, "num": _NUM}, "required": ["query"]},
)  # fmt: skip
VISUAL_SEARCH = Tool(
    "visual_search", "Find pictures that look like this one, and where they are from.",
    {"type": "object", "properties": {"image": _IMAGE, "num": _NUM}, "required": ["image"]},
)  # fmt: skip


class ImageEnvironment:
    """`thumbnails` small pictures go with every list of a search, and count as pictures in its cost; none by default,
    since then nothing visual enters the context unasked (the released code attaches up to five)."""

    def __init__(
        self, store: ImageStore, index: ReverseImageIndex | None = None, *, thumbnails: int = 0
    ) -> None:
        self.store, self.index = store, index or ReverseImageIndex(store)
        self.thumbnails = min(thumbnails, MAX_THUMBNAILS)
        self.tools: Sequence[Tool] = (FETCH, ZOOM, IMAGE_SEARCH, VISUAL_SEARCH)
        self.turn = 0

    def reset(self, seed: int = 0) -> Observation:
        self.turn = 0
        return Observation(f"A store of {len(self.store)} pictures.")

    def step(self, action: Action) -> Observation:
        """Call a tool. A name that is not there or a box outside the picture comes back in `error`."""
        self.turn += 1
        tool = called(self.tools, action)
        if isinstance(tool, str):
            return failed(tool)
        does: dict[str, Callable[..., Observation]] = {
            FETCH.name: self._fetch, ZOOM.name: self._zoom, IMAGE_SEARCH.name: self._by_words,
            VISUAL_SEARCH.name: self._by_sight,
        }  # fmt: skip
        try:
            return does[tool.name](**action.arguments)
        except LeadlineError as error:
            return failed(str(error), calls=1)

    def recall(self, action: Action, seen: Observation) -> None:
        """A part that an earlier process has cut is cut again where the store does not hold it."""
        if action.tool == ZOOM.name and not seen.error:
            self.step(action)

    def _fetch(self, image: str) -> Observation:
        return self._shown(f"Picture {named(self.store.row(image))}.", [self.store.row(image)])

    def _zoom(self, image: str, x: int, y: int, width: int, height: int) -> Observation:
        part = self.store.crop(image, x, y, width, height, turn=self.turn)
        return self._shown(f"The part at ({x}, {y}) of {image} is {named(part)}.", [part])

    def _by_words(self, query: str, num: int = 5) -> Observation:
        return self._listed(self.index.by_words(query, num))

    def _by_sight(self, image: str, num: int = 5) -> Observation:
        return self._listed(self.index.by_sight(self.store.pixels(image), num, but=image))

    def _listed(self, hits: Sequence[Hit]) -> Observation:
        """Numbered lines, title | picture | source, as `data` too."""
        rows = [self.store.row(hit.id) for hit in hits]
        found = [{"title": row.caption, "image": row.uid, "source": row.source_url} for row in rows]
        lines = "\n".join(
            f"{n}. {row.caption or 'no caption'} | {row.uid} | {row.source_url or 'unknown'}"
            for n, row in enumerate(rows, 1)
        )
        return self._shown(lines or "No picture was found.", rows[: self.thumbnails], found, THUMBNAIL)

    def _shown(
        self, text: str, rows: Sequence[StoredImage], rest: Any = None, side: int | None = None
    ) -> Observation:
        """An observation with these pictures in view, `side` pixels each way at most."""
        pictures = []
        for row in rows:
            if side is None:
                data = self.store.shown(row.uid).data
            else:
                pixels = self.store.pixels(row.uid)
                pixels.thumbnail((side, side))
                data = fitted(pixels, pad=True).data
            pictures.append(Attached(data, row.caption, row.source_url, row.uid))
        cost = {"calls": 1.0} | ({"pictures": float(len(rows))} if rows else {})
        return Observation(text, Pictured(tuple(pictures), rest) if rows else rest, cost=cost)
