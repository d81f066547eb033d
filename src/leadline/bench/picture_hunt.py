"""A task that needs early pictures late, and agents that differ only in what becomes of pictures (arXiv:2604.12890).

H pages show three pictures each; the last page shows a montage of four. Which page's first picture is in the montage's
top left? A page opens once. An agent sees with an embedder: it can compare two pictures only while both are in its
view, and remembers what it wrote down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from leadline.agents.base import Context, Finish, Outcome, Said, Task, View
from leadline.agents.contexts.keep_last import UID, KeepLast, picture_names
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.loop import run
from leadline.agents.within import Within, view_tokens
from leadline.bench.drawn_photos import TILE, jpeg, mosaic
from leadline.environments.base import Action
from leadline.environments.granted import Granted
from leadline.environments.images import ImageEnvironment
from leadline.environments.picture_pages import PicturePage, PicturePages
from leadline.environments.pictures import Attached, FileBacked, marker, pictures_of
from leadline.models.embed_pictures import PictureEmbedder
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace
from leadline.sources.images import ImageLimits, ImageStore

PICTURES = 3
CONTEXT = 16_000
PAGE_CHARS = 1600
"""About 400 tokens of text on a page."""
SCORE = re.compile(r"(p\d+) scores (-?[\d.]+)")


class Hunt(NamedTuple):
    """Pages p1..pH and q; `answer` is the page that is asked for."""

    pages: dict[str, PicturePage]
    answer: str


def draw_hunt(photos: Sequence[Any], hops: int, rng: np.random.Generator) -> Hunt:
    """One task over distinct photos. The montage shows the first pictures of four pages."""
    chosen = [photos[i] for i in rng.choice(len(photos), PICTURES * hops, replace=False)]
    filler = ("word " * (PAGE_CHARS // 5))[:PAGE_CHARS]
    pages = {}
    for hop in range(hops):
        figures = chosen[PICTURES * hop : PICTURES * (hop + 1)]
        marks = " ".join(marker(n + 1) for n in range(PICTURES))
        pages[f"p{hop + 1}"] = PicturePage(
            f"{filler} {marks}", tuple(Attached(jpeg(figure)) for figure in figures)
        )
    four = rng.choice(hops, 4, replace=False)
    montage = mosaic([chosen[PICTURES * hop] for hop in four], rng)
    pages["q"] = PicturePage(f"{filler} {marker(1)}", (Attached(jpeg(montage)),))
    return Hunt(pages, f"p{four[0] + 1}")


class Arm(NamedTuple):
    """What becomes of pictures: named or in view, how many results are kept (0: all), and which tools there are."""

    named: bool
    keep: int = 0
    fetch: bool = True
    zoom: bool = True
    digest: bool = True


ARMS = {
    "inline": Arm(named=False, fetch=False),
    "drop old": Arm(named=False, keep=4, fetch=False),
    "uid": Arm(named=True, keep=5),
    "no digest": Arm(named=True, keep=5, digest=False),
    "no fetch": Arm(named=True, keep=5, fetch=False),
    "no zoom": Arm(named=True, keep=5, zoom=False),
}
"""Four results are the most that fit when their pictures are in view."""


class Looker:
    """Opens every page, cuts the tile out of the montage, and compares it with each page's first picture.

    It scores every pair that is in view and writes each score down once. Stopped, it answers with the best so far, and
    guesses where it has compared nothing.
    """

    name = "looker"

    def __init__(self, hops: int, arm: Arm, see: Callable[[bytes], Any], seed: int) -> None:
        self.pages = [f"p{hop + 1}" for hop in range(hops)]
        self.arm, self.see, self.seed = arm, see, seed

    def act(self, view: View) -> Said:
        fresh = self.compared(view)
        words = " ".join(f"{page} scores {score}" for page, score in fresh.items())
        return Said(words, self.move(view, written(view) | fresh))

    def conclude(self, view: View) -> Finish:
        return self.answer(written(view) | self.compared(view))

    def move(self, view: View, scores: dict[str, float]) -> Action | Finish:
        """What to do next: pages first, then the tile, then the pictures that are still to be compared."""
        opened = {turn.action.arguments.get("page") for turn in view.turns}
        known = first_pictures(view)
        tile = self.tile(view)
        for page in (*self.pages, "q"):
            if page not in opened:
                return Action("open_page", {"page": page})
        if self.arm.zoom and not tile and "q" in known:
            return Action("zoom_in", {"image": known["q"], "x": 0, "y": 0, "width": TILE, "height": TILE})
        left = [known[page] for page in self.pages if page in known and page not in scores]
        if not left or not tile or not self.arm.fetch:
            return self.answer(scores)
        return Action("fetch_image", {"image": left[0] if tile in in_view(view) else tile})

    def tile(self, view: View) -> str:
        """The name of what candidates are compared with: the tile that was cut out, without zoom the whole montage."""
        if not self.arm.zoom:
            return first_pictures(view).get("q", "")
        cut = [turn for turn in view.turns if turn.action.tool == "zoom_in"]
        names = UID.findall(cut[-1].observation.text) if cut else []
        return names[-1] if names else ""

    def compared(self, view: View) -> dict[str, float]:
        """Scores of pages that are not written down yet and whose picture is in view together with the tile."""
        seen, known, done = in_view(view), first_pictures(view), written(view)
        tile = seen.get(self.tile(view))
        if tile is None:
            return {}
        return {
            page: round(float(self.see(tile) @ self.see(seen[known[page]])), 4)
            for page in self.pages
            if known.get(page) in seen and page not in done
        }

    def answer(self, scores: dict[str, float]) -> Finish:
        """The best of what was compared, or a guess."""
        if scores:
            return Finish(max(scores, key=lambda page: scores[page]))
        return Finish(str(np.random.default_rng([self.seed, 7]).choice(self.pages)))


def first_pictures(view: View) -> dict[str, str]:
    """Page -> the name of its first picture, as far as the view still tells."""
    found = {}
    for turn in view.turns:
        names = UID.findall(turn.observation.text)
        if turn.action.tool == "open_page" and names:
            found[str(turn.action.arguments["page"])] = names[0]
    return found


def in_view(view: View) -> dict[str, bytes]:
    """Pixels that are in view, by name."""
    return {picture.uid: picture.data for turn in view.turns for picture in pictures_of(turn.observation)}


def written(view: View) -> dict[str, float]:
    """Scores that the agent has written down, by page."""
    return {page: float(score) for turn in view.turns for page, score in SCORE.findall(turn.thought)}


class Hunted(NamedTuple):
    """How a hunt ended, and what it cost."""

    right: bool
    turns: int
    peak: int
    """Tokens of the largest context."""
    sent: int
    """Tokens of all contexts."""


def hunt(
    task: Hunt, arm: Arm, max_turns: int, embedder: PictureEmbedder, seed: int, *, context: int = CONTEXT
) -> Hunted:
    """One agent on one task, through the loop that all agents share."""
    store = ImageStore(limits=ImageLimits(min_bytes=1))
    pages = FileBacked(PicturePages(task.pages, once=True), store, keep_pixels=not arm.named)
    looks: dict[bytes, Any] = {}

    def see(data: bytes) -> Any:
        if data not in looks:
            looks[data] = embedder.encode([store.pixels(store.add(data).uid)])[0]
        return looks[data]

    policy = Within(Looker(len(task.pages) - 1, arm, see, seed), context, view_tokens)
    memory: Context = Transcript()
    if arm.keep:
        memory = KeepLast(arm.keep, digest=picture_names if arm.digest else None)
    outcome: Outcome = run(
        Task("hunt", "Which page's first picture is in the top left of the montage on page q?"), policy, memory,
        Granted([pages, ImageEnvironment(store)]), Budget(max_steps=max_turns), Trace(),
    )  # fmt: skip
    return Hunted(outcome.answer == task.answer, len(outcome.turns), policy.peak, policy.sent)
