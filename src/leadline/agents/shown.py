"""What a run has been shown, and where in it a quote stands: only this may be cited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from leadline.agents.base import Turn
from leadline.environments.base import Observation
from leadline.environments.corpus import Opened, Results
from leadline.evidence.locate import exact, loose
from leadline.evidence.model import Noun, Span


class Shown(NamedTuple):
    """A stretch of a document that was shown; `source` says by what ("Web Page"), where that matters."""

    document: str
    start: int
    text: str
    source: str = ""


class Evidence(Noun, frozen=True):
    """What one agent hands to another: stretches of documents, never its opinion of them."""

    items: tuple[Shown, ...]


class Quote(Noun, frozen=True):
    """Words to cite. `document` is an id from the results; `sentence` may say it in other words."""

    document: str
    words: str
    sentence: str = ""


def shown(turns: Iterable[Turn]) -> list[Shown]:
    """Everything that was shown, in order: passages, opened stretches, found places, web pages, evidence handed on."""
    return [item for turn in turns for item in _items(turn.observation)]


def shown_by(seen: Observation) -> list[Shown]:
    """What one observation showed."""
    return list(_items(seen))


def _items(seen: Observation) -> Iterator[Shown]:
    data = seen.data
    if isinstance(data, Results):
        for found in data.passages:
            yield Shown(found.document, found.start, found.text)
    elif isinstance(data, Opened):
        yield Shown(data.document, data.start, data.text)
    elif isinstance(data, Evidence):
        yield from data.items
    elif isinstance(data, tuple):
        for span in data:
            if isinstance(span, Span):
                yield Shown(span.document, span.start, span.quote)


def locate_seen(quote: Quote, texts: Sequence[Shown]) -> Span | None:
    """The span of a quote in what was shown: in the named document first, then in any."""
    words = quote.words.strip()
    if len(words) < 3:
        return None
    for places in (exact, loose):
        for own in (True, False):
            for item in texts:
                if (item.document == quote.document) == own:
                    for start, end in places(words, item.text):
                        return Span(item.document, item.start + start, item.start + end, item.text[start:end])
    return None
