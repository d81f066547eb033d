"""Pictures in what an environment says: pixels that a policy sees, or names that stand for them.

`FileBacked` is LMM-Searcher's middleware (arXiv:2604.12890, section 2.1): it keeps every picture of an observation in a
store and leaves its name and caption in the text, so that nothing visual enters a context unless a tool returns it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from leadline.environments.base import Action, Environment, Observation, Tool
from leadline.errors import SourceError
from leadline.sources.images import ImageStore, StoredImage


class Attached(msgspec.Struct, frozen=True):
    """A picture of an observation. `uid` is empty until a store has named it."""

    data: bytes
    caption: str = ""
    source_url: str = ""
    uid: str = ""


class Pictured(msgspec.Struct, frozen=True):
    """An observation's data with its pictures. In the text the n-th stands where `marker(n)` is, or nowhere."""

    pictures: tuple[Attached, ...]
    rest: Any = None


def marker(n: int) -> str:
    """Where the n-th picture (from 1) stands in a text."""
    return f"[[picture {n}]]"


def named(row: StoredImage) -> str:
    """How a picture is spoken of in a text."""
    return f"[{row.uid} {row.w}x{row.h}{': ' + row.caption if row.caption else ''}]"


def pictures_of(seen: Observation) -> tuple[Attached, ...]:
    """The pictures whose pixels an observation carries."""
    return seen.data.pictures if isinstance(seen.data, Pictured) else ()


def bare(seen: Observation) -> Observation:
    """An observation without its pictures."""
    return msgspec.structs.replace(seen, data=seen.data.rest) if isinstance(seen.data, Pictured) else seen


def illustrated(seen: Observation, pictures: Sequence[Attached], missing: int = 0) -> Observation:
    """An observation with a list of pictures below its text, and how many are missing from it."""
    if not pictures and not missing:
        return seen
    lines = [f"{marker(n)} {picture.source_url}" for n, picture in enumerate(pictures, 1)]
    lines += [f"({missing} more could not be fetched.)"] if missing else []
    cost = seen.cost | {"pictures": seen.cost.get("pictures", 0.0) + len(pictures)}
    data = Pictured(tuple(pictures), seen.data) if pictures else seen.data
    return msgspec.structs.replace(
        seen, text="\n".join([seen.text, "", "Images", *lines]), data=data, cost=cost
    )


class FileBacked:
    """An environment whose pictures are in `store`. `keep_pixels` names them and leaves them in view as well.

    For a run that may be resumed the store needs a folder: what was named is found there again.
    """

    def __init__(self, environment: Environment, store: ImageStore, *, keep_pixels: bool = False) -> None:
        self.environment, self.store, self.keep_pixels = environment, store, keep_pixels
        self.turn = 0

    @property
    def tools(self) -> Sequence[Tool]:
        return self.environment.tools

    def reset(self, seed: int = 0) -> Observation:
        self.turn = 0
        return self._filed(self.environment.reset(seed))

    def step(self, action: Action) -> Observation:
        self.turn += 1
        return self._filed(self.environment.step(action))

    def recall(self, action: Action, seen: Observation) -> None:
        self.turn += 1
        take: Callable[[Action, Observation], None] | None = getattr(self.environment, "recall", None)
        if take is not None:
            take(action, seen)

    def _filed(self, seen: Observation) -> Observation:
        if not isinstance(seen.data, Pictured):
            return seen
        text, kept = seen.text, list[Attached]()
        for n, picture in enumerate(seen.data.pictures, 1):
            try:
                row = self.store.add(
                    picture.data, source_url=picture.source_url, caption=picture.caption, turn=self.turn
                )
            except SourceError as error:
                said = f"[a picture that is not kept: {error}]"
            else:
                said = named(row)
                kept.append(msgspec.structs.replace(picture, uid=row.uid))
            mark = marker(n)
            text = text.replace(mark, said) if mark in text else f"{text}\n{said}"
        data = Pictured(tuple(kept), seen.data.rest) if self.keep_pixels else seen.data.rest
        return msgspec.structs.replace(seen, text=text, data=data)
