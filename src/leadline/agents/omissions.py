"""What a report does not say: questions without evidence, sources not read, documents not opened, stale copies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from leadline.agents.base import Turn
from leadline.agents.questions import Question
from leadline.agents.words import codes
from leadline.environments.corpus import Opened, Results
from leadline.evidence.model import Claim, Document, StaleCopy
from leadline.retrieval.statistics import Corpus, per_state, terms

SAME_TEXT = 0.5
"""Share of common word pairs from which two documents with one name are copies and not, say, two meetings."""
MAX_CHARACTERS = 20_000
"""Of each document that are compared."""
MAX_COPIES = 50
"""Omissions that are told, and documents of one name that are compared pair by pair: fifty make 1,225 pairs."""

_VERSION = re.compile(
    r"\b(?:\d{1,4}|v\d+|version|copy|old|new|final|draft|rev|revised|archived?|updated?|obsolete|superseded"
    r"|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*)\b"
)


def unanswered(questions: Sequence[Question], claims: Sequence[Claim]) -> tuple[str, ...]:
    """Sub-questions that no claim speaks to."""
    if len(questions) == 1:
        return () if claims else (questions[0].text,)
    answered = {claim.text for claim in claims}
    return tuple(question.text for question in questions if question.text not in answered)


def opened(turns: Iterable[Turn]) -> set[str]:
    """Ids of the documents of which something was read."""
    found: set[str] = set()
    for turn in turns:
        data = turn.observation.data
        if isinstance(data, Results):
            found.update(passage.document for passage in data.passages)
        elif isinstance(data, Opened):
            found.add(data.document)
    return found


@per_state
def stale_copies(corpus: Corpus) -> tuple[StaleCopy, ...]:
    """Documents with the same title or file name, apart from dates and versions, and much the same words.

    The newest is first: by the date a document states, else by the latest year in its name.
    """
    families: dict[str, list[Document]] = defaultdict(list)
    for document in corpus.documents():
        if not document.uri.lower().endswith(".jsonl") and "#" not in document.uri:
            for name in family_names(document):
                families[name].append(document)
    found: dict[tuple[str, ...], StaleCopy] = {}
    for members in families.values():
        for group in _copies(members):
            newest = sorted(group, key=lambda d: (stated_date(d), d.id), reverse=True)
            key = tuple(d.id for d in newest)
            dates, uris = tuple(stated_date(d) for d in newest), tuple(d.uri for d in newest)
            found.setdefault(key, StaleCopy(newest[0].title, key, dates, uris))
    return tuple(found[key] for key in sorted(found))[:MAX_COPIES]


def family_names(document: Document) -> set[str]:
    """Title and file name without dates, versions and punctuation; reference numbers stay.

    >>> sorted(family_names(Document("d", "Travel policy", "", "a/travel-policy-2021_v2.md", "", "")))
    ['travel policy']
    >>> sorted(family_names(Document("d", "Contract C-2022-07", "", "a/C-2022-07-nordlys.pdf", "", "")))
    ['contract C-2022-07', 'nordlys C-2022-07']
    """
    stem = PurePosixPath(document.uri.split("!")[-1]).stem
    found = set()
    for name in (document.title, stem):
        numbers = sorted(codes(name))
        for number in numbers:
            name = name.replace(number, " ")
        words = _VERSION.sub(" ", re.sub(r"[\W_]+", " ", name.lower())).split()
        found.add(" ".join([*words, *numbers]))
    return {name for name in found if len(name) >= 4}


def stated_date(document: Document) -> str:
    """The document's own date, else the latest year in its title or file name; empty when there is neither."""
    if document.date:
        return document.date
    name = PurePosixPath(document.uri.split("!")[-1]).stem
    return max(re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", f"{document.title} {name}"), default="")


def _copies(members: Sequence[Document]) -> Iterator[list[Document]]:
    """Groups of at least two documents that are much the same and differ in content."""
    if not 2 <= len(members) <= MAX_COPIES:
        return
    left = sorted(members, key=lambda d: d.id)
    pairs = {d.id: _pairs(d.text) for d in left}
    while left:
        first = left.pop(0)
        group = [first] + [d for d in left if likeness(pairs[first.id], pairs[d.id]) >= SAME_TEXT]
        left = [d for d in left if d not in group]
        if len({d.sha256 for d in group}) > 1:
            yield group


def _pairs(text: str) -> set[tuple[str, str]]:
    words = terms(text[:MAX_CHARACTERS])
    return set(pairwise(words))


def likeness(left: set[tuple[str, str]], right: set[tuple[str, str]]) -> float:
    """Common word pairs as a share of the smaller set.

    >>> likeness({("a", "b"), ("b", "c")}, {("a", "b"), ("x", "y"), ("y", "z")})
    0.5
    """
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0
