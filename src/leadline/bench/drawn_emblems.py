"""Commissions of emblems that only a search can get right: agents of known habits, a drawing generator, and a checker
that reads the drawn scene (Gen-Searcher's specification, section 5 B; arXiv:2603.28767). No judge is asked.
"""

from __future__ import annotations

import hashlib
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from leadline.agents.base import Finish, Task
from leadline.agents.brief import Brief, Reference, read_brief
from leadline.agents.contexts.transcript import Transcript
from leadline.agents.directed import Directed, Script
from leadline.agents.illustrate import finished
from leadline.agents.loop import run
from leadline.bench.metrics.pictures import Marks
from leadline.environments.base import Action, Tool
from leadline.environments.emblem_drawing import Scene, draw, generate, png
from leadline.environments.emblems import Commission, Emblem
from leadline.environments.picture_search import PictureSearch
from leadline.errors import need
from leadline.evidence.model import Document
from leadline.retrieval.lexical import LexicalIndex
from leadline.retrieval.reverse_images import ReverseImageIndex
from leadline.runs.budget import Budget
from leadline.runs.trace import Trace
from leadline.sources.images import ImageStore

_SUBJECT = re.compile(r"emblem of the (.+?) with")
_MOTTO, _YEAR = re.compile(r'words "([^"]+)"'), re.compile(r"in the year (\d{4})")
_PLATE = re.compile(r"plate ([A-Z]\d+)")


def reference(emblem: Emblem) -> bytes:
    """PNG of an emblem without lettering, with a grain of its own: no two emblems share a picture."""
    pixels = np.asarray(draw("white", emblem.look).image).astype(int)
    grain = np.random.default_rng(int(emblem.plate[1:])).integers(-3, 4, pixels.shape)
    images = need("PIL.Image", "docs", "Drawing")
    return png(images.fromarray((pixels + grain).clip(0, 255).astype(np.uint8)))


def page_document(emblem: Emblem) -> Document:
    """The emblem's page; its id is its address."""
    url = f"https://archive.example/{emblem.name.lower().replace(' ', '-')}"
    digest = hashlib.sha256(emblem.page.encode()).hexdigest()
    return Document(url, emblem.name, emblem.page, url, "text/plain", digest)


@contextmanager
def library(emblems: Sequence[Emblem]) -> Iterator[PictureSearch]:
    """A page and a reference picture of every emblem, to search; gone at the end of the block."""
    pages, store = dict[str, Document](), ImageStore()
    for emblem in emblems:
        page = page_document(emblem)
        pages[page.id] = page
        store.add(reference(emblem), caption=emblem.caption)
    with tempfile.TemporaryDirectory() as folder:
        index, pictures = LexicalIndex.create(folder), ReverseImageIndex(store)
        with index.writer() as writer:
            for url, page in pages.items():
                writer.add(url, f"{page.title} {page.text}")
        yield PictureSearch(
            pages,
            lambda query, k: [hit.id for hit in index.search(query, k).hits],
            store,
            lambda query, k: [hit.id for hit in pictures.by_words(query, k)],
        )


class Habits(NamedTuple):
    """What an agent does: search text, search pictures, and look again at what it found."""

    text: bool = True
    pictures: bool = True
    again: bool = True


ARMS = {
    "none": Habits(False, False, False),
    "one-shot": Habits(again=False),
    "agent": Habits(),
    "text only": Habits(pictures=False),
    "pictures only": Habits(text=False),
}


class EmblemAgent(Directed):
    """One that looks again opens the page that it found, and searches the plate that the page names; one that does not
    takes the first hit's first words and the first picture."""

    name = "emblem agent"

    def __init__(self, habits: Habits) -> None:
        super().__init__()
        self.habits, self.prompt = habits, ""

    def script(self, task: Task, tools: Sequence[Tool]) -> Script:
        """Read, then look; the brief is what came of both."""
        self.prompt = task.prompt
        found = _SUBJECT.search(task.prompt)
        subject = found[1] if found else task.prompt
        told = (yield from self.read(subject)) if self.habits.text else ""
        picture = (yield from self.look(subject, told)) if self.habits.pictures else None
        return finished(brief_of(task.prompt, told, picture))

    def read(self, subject: str) -> Script:
        """What texts tell of the subject."""
        hits = (yield Action("search", {"queries": [subject]})).data
        hit = next((h for h in hits if h["title"] == subject), hits[0] if hits else None)
        if hit is None:
            return ""
        return (yield Action("browse", {"url": hit["url"]})).text if self.habits.again else hit["text"]

    def look(self, subject: str, told: str) -> Script:
        """The picture to copy; None where none was found."""
        shown = (yield Action("image_search", {"query": subject})).data
        picture = shown[0] if shown else None
        plate = _PLATE.search(told)
        if self.habits.again and plate and not (picture and subject in picture["caption"]):
            shown = (yield Action("image_search", {"query": f"plate {plate[1]}"})).data
            picture = next((p for p in shown if plate[1] in p["caption"]), picture)
        return picture

    def finish(self) -> Finish:
        """Stopped before it was done: the prompt as it came."""
        return finished(Brief(self.prompt))


def brief_of(prompt: str, told: str, picture: dict[str, Any] | None) -> Brief:
    """The prompt with the facts that were read, and the picture to copy."""
    motto, year = _MOTTO.search(told), _YEAR.search(told)
    said = [prompt]
    if "without any lettering" not in prompt:
        said += [f'It carries the words "{motto[1]}".'] if motto else []
        said += [f"Below stands the year {year[1]}."] if year else []
    if picture is None:
        return Brief(" ".join(said))
    note = Reference(picture["img_id"], "shape, colour and number of the emblem")
    return Brief(" ".join([*said, "Shapes as in the first reference image."]), (note,))


def marks(scene: Scene, asked: Commission) -> Marks:
    """Faithfulness: ground and presence of lettering; visual: shape, colour and number; text: motto and year;
    aesthetics: the lettering fits. All right 1, all but one .5, else 0."""

    def mark(*right: bool) -> float:
        return max(0.0, 1 - right.count(False) / 2)

    emblem = asked.emblem
    return Marks(
        mark(scene.ground == asked.ground, bool(scene.motto) == asked.lettering),
        mark(*(drawn == true for drawn, true in zip(scene.look, emblem.look, strict=True))),
        mark(scene.motto == emblem.motto, scene.year == emblem.year) if asked.lettering else None,
        0.5 if scene.crowded else 1.0,
    )


def commissioned(
    asked: Commission, arm: str, search: PictureSearch, seed: int, *, max_calls: int = 8
) -> Marks:
    """One commission from search to checked picture. What the generator makes up depends on emblem and seed alone."""
    task = Task(asked.emblem.name, asked.prompt)
    agent = EmblemAgent(ARMS[arm])
    outcome = run(task, agent, Transcript(), search, Budget(max_steps=max_calls), Trace())
    brief = read_brief(outcome.answer)
    pictures = [search.store.pixels(search.ids.key(r.img_id)) for r in brief.reference_images]
    drawn = generate(brief.gen_prompt, pictures, random.Random(f"{asked.emblem.name} {seed}"))
    return marks(drawn.scene, asked)


def by_group(asked: Sequence[Commission], found: Sequence[Marks]) -> dict[str, list[Marks | None]]:
    """Marks of emblems from before and after 1650: two groups, as KnowGen has; fewer where one is empty."""
    groups: dict[str, list[Marks | None]] = {}
    for commission, one in zip(asked, found, strict=True):
        groups.setdefault("old" if commission.emblem.year < 1650 else "new", []).append(one)
    return groups
