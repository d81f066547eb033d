"""Questions over several documents: who is meant by "the director of Blood Street", and the question asked of him.

Two kinds of step lead from one document to the next. A *relation* is in the question itself: "the R of X" or
"X's R" stands for somebody whose name is in the document about X, near a word that speaks of R ("directed by").
A *link* is in the evidence: a sentence that says part of what was asked names another document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadline.agents.words import names
from leadline.environments.corpus import Link, Opened
from leadline.evidence.model import Noun
from leadline.retrieval.sentences import sentences

# What a text says of somebody who stands in the relation; stems, matched at the start of a word.
_CUES: dict[str, tuple[str, ...]] = {
    "director": ("direct", "film by", "filmmaker"),
    "performer": ("perform", "sung", "sing", "song by", "recorded", "single by", "album by", "released by"),
    "singer": ("sung", "sing", "song by", "recorded", "single by"),
    "composer": ("compos", "music", "score", "soundtrack"),
    "author": ("author", "written", "wrote", "novel by", "book by"),
    "writer": ("written", "wrote", "screenplay", "script"),
    "lyricist": ("lyric",),
    "screenwriter": ("screenplay", "written", "script"),
    "producer": ("produc",),
    "editor": ("edit",),
    "creator": ("creat", "develop"),
    "designer": ("design",),
    "architect": ("design", "architect", "built by"),
    "inventor": ("invent",),
    "founder": ("found", "establish"),
    "owner": ("own", "belong", "acquire"),
    "manufacturer": ("manufactur", "made by", "produc", "built"),
    "publisher": ("publish",),
    "supplier": ("suppl", "deliver", "contract", "come from", "purchas", "order"),
    "customer": ("customer", "order", "client", "deliver"),
    "contractor": ("contract", "award"),
    "employer": ("work", "employ", "join"),
    "manager": ("manag", "head", "led"),
    "leader": ("lead", "led", "head"),
    "president": ("president",),
    "chairman": ("chair",),
    "capital": ("capital",),
    "successor": ("succe",),
    "predecessor": ("succe", "predece", "preced"),
    "husband": ("husband", "marri", "wife", "spouse", "wed"),
    "wife": ("wife", "marri", "husband", "spouse", "wed"),
    "spouse": ("marri", "wife", "husband", "spouse", "wed"),
    "father": ("father", "son of", "daughter of", "born to", "child of", "parent", "succe"),
    "mother": ("mother", "son of", "daughter of", "born to", "child of", "parent"),
    "parent": ("father", "mother", "son of", "daughter of", "born to"),
    "son": ("son", "child", "father"),
    "daughter": ("daughter", "child", "father"),
    "child": ("son", "daughter", "child", "father", "mother"),
    "brother": ("brother", "sibling", "son of"),
    "sister": ("sister", "sibling", "daughter of"),
    "sibling": ("brother", "sister", "sibling"),
}
_FAMILY = (
    "father",
    "mother",
    "parent",
    "husband",
    "wife",
    "spouse",
    "son",
    "daughter",
    "child",
    "brother",
    "sister",
)
_IN_LAW = ("husband", "wife", "spouse", "marri", *_CUES["father"], *_CUES["child"])

_NOUN = (
    r"(?P<noun>(?:(?:paternal|maternal|step|grand|great-?)\s*-?)*(?:"
    + "|".join(sorted(_CUES, key=len, reverse=True))
    + r")s?(?:-in-law)?)"
)
_OF = re.compile(rf"\b(?:(?:both|all)\s+(?:the\s+)?|the\s+)(?:co-)?{_NOUN}\s+of\s+", re.IGNORECASE)
_POSSESSIVE = re.compile(rf"['’]s?\s+{_NOUN}\b", re.IGNORECASE)
_WHOSE = re.compile(rf"\b(?:whose|has the|have the|with the)\s+{_NOUN}\b", re.IGNORECASE)
_DIRECT = re.compile(r"^\s*(?:who|what)(?:\s+(?:is|are|was|were)|['’]s)\s*$", re.IGNORECASE)


class Relation(Noun, frozen=True):
    """A person or thing that the question names only by a relation."""

    noun: str
    start: int
    end: int
    """[start, end) of the question is what stands for the bearer: "the director of film Blood Street"."""
    cues: tuple[str, ...]
    onward: bool
    """Whether the question asks something else of the bearer, so that the document about X cannot be enough."""
    each: bool = False
    """Whether it stands for the bearers of several things ("which film has the director who ..., A or B")."""


def relation(question: str, named: Sequence[Link] = ()) -> Relation | None:
    """The innermost relation of a question; `named` are the documents that it names, with their offsets.

    >>> question = "Where was the director of film Blood Street born?"
    >>> found = relation(question, [Link(31, 43, "d1", "Blood Street")])
    >>> found.noun, question[found.start : found.end], found.onward
    ('director', 'the director of film Blood Street', True)
    """
    of = list(_OF.finditer(question))
    if of:
        match = of[-1]
        start, end = match.start(), _end_of_name(question, match.end(), named)
    else:
        each = _WHOSE.search(question)
        if each is not None:
            return Relation(
                each["noun"].lower(), each.start(), each.end(), _cues(each["noun"].lower()), True, True
            )
        possessive = _POSSESSIVE.search(question)
        if possessive is None:
            return None
        match = possessive
        start, end = _start_of_name(question, match.start(), named), match.end()
    noun = match["noun"].lower()
    compound = re.search(r"in-law|grand|step|great", noun) is not None
    direct = (
        _DIRECT.match(question[:start]) is not None and re.fullmatch(r"[\s?.!]*", question[end:]) is not None
    )
    return Relation(noun, start, end, _cues(noun), compound or not direct)


def _cues(noun: str) -> tuple[str, ...]:
    if noun.endswith("in-law"):
        return _IN_LAW
    base = noun[:-1] if noun.endswith("s") and noun[:-1] in _CUES else noun
    return next((cues for key, cues in _CUES.items() if base.endswith(key)), (base[:5],))


def _end_of_name(question: str, after: int, named: Sequence[Link]) -> int:
    """Where the name that starts soon after an offset ends."""
    ends = [link.end for link in named if after <= link.start <= after + 25]
    if ends:
        end = max(ends)
        return end + 1 if question[end : end + 1] == ")" else end
    for name in names(question[after:]):
        at = question.find(name, after)
        return at + len(name)
    return len(question.rstrip("?!. "))


def _start_of_name(question: str, before: int, named: Sequence[Link]) -> int:
    """Where the name that ends at an offset starts."""
    starts = [link.start for link in named if before - 2 <= link.end <= before + 2]
    if starts:
        return min(starts)
    own = names(question[:before])
    return question.rfind(own[-1], 0, before) if own else before


def bearers(opened: Opened, cues: Sequence[str]) -> list[tuple[Link, str]]:
    """Links of a document with the sentence they stand in, those nearest to a cue first; without any cue last.

    Distance is in characters within the sentence; a name after its cue ("directed by X") goes before one that
    stands ahead of it. Ties keep the order of the text.
    """
    pattern = re.compile("|".join(rf"\b{re.escape(cue)}" for cue in cues), re.IGNORECASE)
    ranked: list[tuple[float, int, Link, str]] = []
    for link in opened.links:
        start, end = _sentence_around(opened, link.start)
        distance = float("inf")
        for cue in pattern.finditer(opened.text, start - opened.start, end - opened.start):
            gap = link.start - opened.start - cue.end()
            distance = min(distance, gap if gap >= 0 else 40 - (gap + link.end - link.start))
        ranked.append((distance, link.start, link, opened.text[start - opened.start : end - opened.start]))
    ranked.sort(key=lambda item: (item[0], item[1], item[2].document))
    found: dict[str, tuple[Link, str]] = {}
    for _, _, link, sentence in ranked:
        found.setdefault(link.document, (link, sentence))
    return list(found.values())


def _sentence_around(opened: Opened, offset: int) -> tuple[int, int]:
    """[start, end) in the document of the sentence at an offset."""
    for start, end in sentences(opened.text):
        if opened.start + start <= offset < opened.start + end:
            return opened.start + start, opened.start + end
    return opened.start, opened.end


def ask_again(question: str, found: Relation, bearer: str) -> str:
    """The question with the bearer's name in the place of the relation.

    >>> question = "When did Lothair II's mother die?"
    >>> ask_again(question, relation(question), "Ermengarde of Tours")
    'When did Ermengarde of Tours die?'
    """
    return " ".join(f"{question[: found.start]}{bearer}{question[found.end :]}".split())
