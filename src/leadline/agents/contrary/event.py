"""An event's opposite, or its denial: "rejected" beside "approved", "adopted" beside "did not adopt"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from leadline.agents.contrary.clauses import (
    Word,
    denial,
    denied,
    determined,
    frames,
    is_stretch,
    passive,
    phrase_at,
    subject,
    words,
)
from leadline.agents.contrary.lines import ALIKE, MARGIN, Contrary, Line, cut, share
from leadline.agents.contrary.opposites import Opposite, Phrases, opposites

DO = frozenset(("did", "does", "do"))


def event(
    question: str, weights: Mapping[str, float], lines: Sequence[Line], shown: Sequence[Line]
) -> Iterator[Contrary]:
    """What the shown sentences say instead of, or deny of, each word of the question.

    A sentence counts that says most of the rest of the question, and clearly more of it than any that agrees.
    """
    asked = words(question)
    for index in range(len(asked)):
        if denied(asked, index) or determined(asked, index):
            continue
        pairs, n = _pairs(asked, index)
        if not pairs and asked[index].term not in weights:
            continue
        pivot = frozenset(word.term for word in asked[index : index + n])
        found = [
            (line, alike, said)
            for line in shown
            if weights.keys() & {word.term for word in line.said} - pivot
            and (alike := share(weights, pivot, line.own)) >= ALIKE
            and (said := _instead(line, asked, index, pairs))
            and not agrees(line, asked[index], pairs)
        ]
        if not found:
            continue
        agreeing = (where for line in lines for where in agrees(line, asked[index], pairs))
        needed = MARGIN + max((share(weights, pivot, where) for where in agreeing), default=0.0)
        text = " ".join(word.text for word in asked[index : index + n])
        yield from (
            Contrary(text, said, line.sentence.span) for line, alike, said in found if alike >= needed
        )


def _pairs(asked: Sequence[Word], index: int) -> tuple[list[Opposite], int]:
    """The pairs on one side of which the question's words from an index on stand, and how many words these are.

    None of which both sides stand in the question: "why was the grant refused".
    """
    found = [(pair, n) for pair in opposites() if (n := phrase_at(asked, pair.own, index))]
    found = [
        (pair, n) for pair, n in found if not any(phrase_at(asked, pair.other, i) for i in range(len(asked)))
    ]
    longest = max((n for _, n in found), default=1)
    return [pair for pair, n in found if n == longest], longest


def agrees(line: Line, word: Word, pairs: Sequence[Opposite]) -> list[frozenset[str]]:
    """Where a sentence says the word or one that stands on its side, or denies its opposite: the terms that tell what
    it says it of. A verb with an object of its own behind it ("it approved the plan") leans on no earlier sentence.
    """
    own = Phrases().union(*(pair.own for pair in pairs)) | {(word.term,)}
    other = Phrases().union(*(pair.other for pair in pairs)) - own
    found = []
    for index in range(len(line.said)):
        n_own, n_other = phrase_at(line.said, own, index), phrase_at(line.said, other, index)
        n = n_other if denied(line.said, index) else n_own
        if n:
            has_object = determined(line.said, index + n + 1) and not passive(line.said, index)
            found.append(line.own if has_object else line.wide)
    return found


def _instead(line: Line, asked: Sequence[Word], at: int, pairs: Sequence[Opposite]) -> str:
    """The words that say the opposite of the question's word, or deny it; empty where none do."""
    text, did = line.sentence.text, any(word.lower in DO for word in asked)
    for index, said in enumerate(line.said):
        if said.term == asked[at].term and denied(line.said, index):
            first = line.said[denial(line.said, index)]
            if (
                first.lower != "no" or did
            ):  # "no teacher" denies nothing that "who is the teacher" says of somebody
                return cut(text, first.start, said.end)
        for pair in pairs:
            n = phrase_at(line.said, pair.other, index)
            if n and _holds(line, index, pair, asked, at):
                return cut(text, said.start, line.said[index + n - 1].end)
    return ""


def _holds(line: Line, index: int, pair: Opposite, asked: Sequence[Word], at: int) -> bool:
    """Whether the opposite at an index is said, and said of the same."""
    said = line.said[index]
    if denied(line.said, index) or determined(line.said, index) or said.lower.endswith("ing"):
        return False
    if pair.kind == "ends":
        return not is_stretch(line.sentence.text)
    return pair.kind == "exclusive" or _same_doer(asked, at, line.said, index)


def _same_doer(asked: Sequence[Word], at: int, said: Sequence[Word], index: int) -> bool:
    """Whether the doer of the question's verb is the doer of the sentence's."""
    who = subject(asked, at)
    if not who or passive(said, index):
        return False
    return any(who <= frame.doer for frame in frames(said, said[index].term) if frame.verb is said[index])
