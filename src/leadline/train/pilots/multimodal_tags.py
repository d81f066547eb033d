"""DeepMMSearch-R1's actions on a picture: search texts, search by the whole picture, or by a part that is named
(arXiv:2510.12801, section 2).

One action a turn after <reason>...</reason>: <text_search>query</text_search>, <img_search><img></img_search> (whole),
<img_search>expression</img_search> (the box that grounding finds) or <answer>...</answer>. At most 10 calls, and
one image search, whole and part together: a second one is refused with a message, never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leadline.errors import LeadlineError
from leadline.retrieval.reverse_images import ReverseImageIndex
from leadline.sources.images import StoredImage
from leadline.train.pilots.tag_loop import Grammar, Said, dialogue, information, informed

MAX_CALLS, MAX_CHARS = 10, 4 * 8192
"""Tool calls, and characters of a trajectory (four to a token)."""
WHOLE = "<img>"
INVALID = "\n\n<information>That is no action. After <reason>...</reason> write one of <text_search>, <img_search> and <answer>, and close it.</information>\n\n"  # noqa: E501  # one message, as the policy sees it
GRAMMAR = Grammar(("text_search", "img_search", "answer"), INVALID, max_invalid=1)
TURN = re.compile(r"\s*<reason>.*?</reason>\s*<(text_search|img_search|answer)>(.*?)</\1>\s*", re.DOTALL)
NOT_ITS_OWN = re.compile(r"</?information>")

Box = tuple[int, int, int, int]
Ground = Callable[[str, StoredImage], Box]
"""(expression, picture) -> x, y, width, height; raises LeadlineError where nothing fits it."""
SearchTexts = Callable[[str], Sequence[tuple[str, str]]]
"""query -> (title, text) of documents."""


@dataclass
class PictureQuestion:
    """The environment of one trajectory on the picture `uid`, which is in the index's store. `describe(uid)` is the
    title and the page of a picture that was found."""

    uid: str
    index: ReverseImageIndex
    search_texts: SearchTexts
    ground: Ground
    describe: Callable[[str], tuple[str, str]]
    calls: int = 0
    image_search_used: bool = False

    def reply(self, tag: str, content: str) -> str:
        """What the environment says to an action, between the tags that only it may write."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            return informed(f"All {MAX_CALLS} searches are used. Answer now.")
        if not content:
            return informed(f"The {tag} is empty. Write what to search for.")
        if tag == "text_search":
            return information(self.search_texts(content))
        if self.image_search_used:
            return informed("Image search can be used once, and it was. Search texts, or answer.")
        try:
            found = self.look(content)
        except LeadlineError as error:
            return informed(str(error))
        self.image_search_used = True
        return information(found)

    def look(self, content: str) -> list[tuple[str, str]]:
        """Title and page of the five pictures most like the whole picture or the part that `content` refers to."""
        store = self.index.store
        shown = self.uid
        if content != WHOLE:
            shown = store.crop(self.uid, *self.ground(content, store.row(self.uid)), caption=content).uid
        hits = self.index.by_sight(store.pixels(shown), 5, but=self.uid)
        return [self.describe(hit.id) for hit in hits]

    def play(self, prompt: str, say: Callable[[str], str]) -> list[Said]:
        """A trajectory: until an answer, the second malformed action, or the last call and one more word."""

        def bounded(context: str) -> str:
            room = MAX_CHARS - (len(context) - len(prompt))
            return say(context)[:room] if room > 0 else ""

        return dialogue(prompt, bounded, self.reply, GRAMMAR, max_turns=MAX_CALLS)


def well_formed(parts: Sequence[Said]) -> bool:
    """s_fmt: every turn of the policy is a reason and one action, without the environment's tags; the last answers."""
    turns = [part.text for part in parts if part.own]
    matches = [TURN.fullmatch(text) for text in turns]
    if not turns or any(match is None for match in matches) or any(NOT_ITS_OWN.search(t) for t in turns):
        return False
    tags = [match[1] for match in matches if match is not None]
    return tags[-1] == "answer" and "answer" not in tags[:-1]
