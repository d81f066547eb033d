"""Does the quoted evidence bear a sentence out: supported, partly, or unsupported?

By rule: every number, every date and every name of the sentence must stand in the quotes, each of its clauses must
deny what theirs on the same matter deny, it may not be surer than they are ("always", "certainly"), and its other words
must be theirs. A rule of this kind is strict with paraphrases and not fooled by fluent ones, but it does not see who
did what: of two names in one quote it lets either stand beside either number. An NLI or chat model may be asked beside
it (`ModelSupport`), and then a sentence stands only as high as the lower of the two puts it, but for words: those the
model may pardon.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from leadline.agents.contradict import quantities
from leadline.agents.words import MONTHS, codes, names
from leadline.errors import ModelError
from leadline.models.judge import Judge, content_words, numbers
from leadline.retrieval.statistics import terms

Support = Literal["supported", "partly", "unsupported"]
PARTLY = 0.6
"""Share of a sentence's content words that the quotes must hold, for it to be partly supported."""
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|without|neither|nor|cannot|fail(?:s|ed)? to|\w+n['’]t)\b", re.I
)
_SURE = re.compile(
    r"\b(?:always|never|all|every|only|certain(?:ly)?|definite(?:ly)?|undoubtedly|proven|proves?|guaranteed?|must"
    r"|clearly|obviously|entirely|exclusively)\b",
    re.I,
)
_CLAUSE = re.compile(
    r"[.;:!?]+(?:\s+|$)|,?\s+(?:but|and|or|while|whereas|although|though|which|who|that)\s+|,\s+"
)
_DATE = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}\s+(?:{MONTHS})\s+\d{{4}}\b|\b(?:{MONTHS})\s+\d{{1,2}},?\s+\d{{4}}\b"
)
_CONTRAST = frozenset("but while whereas although though".split())
_OPENINGS = frozenset("however moreover also thus so then while although since both its his her our".split())
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}


class Verdict(NamedTuple):
    """`score` in [0, 1] is the share of the sentence that the evidence holds; `reason` says what is missing."""

    label: Support
    score: float
    reason: str = ""


class SupportJudge(Protocol):
    id: str

    def support(self, sentence: str, quotes: Sequence[str]) -> Verdict: ...


class RuleSupport:
    """Numbers, dates, names, negation, certainty and words must agree.

    >>> judge = RuleSupport()
    >>> judge.support("It was built in 1987.", ["The light was built by the navy in 1987."]).label
    'supported'
    >>> judge.support("It was built in 1978.", ["The light was built by the navy in 1987."])
    Verdict(label='unsupported', score=0.0, reason='the evidence has no 1978')
    """

    id = "rule-support-1"

    def support(self, sentence: str, quotes: Sequence[str]) -> Verdict:
        evidence = " ".join(quotes)
        if not evidence.strip() or not re.search(r"\w", sentence):
            return Verdict("unsupported", 0.0, "there is no evidence")
        missing = disagreement(sentence, evidence)
        if missing:
            return Verdict("unsupported", 0.0, missing)
        words, theirs = content_words(_NEGATION.sub(" ", sentence)), set(content_words(evidence))
        left = [word for word in dict.fromkeys(words) if word not in theirs | _CONTRAST]
        share = 1 - len(left) / len(set(words)) if words else 1.0
        if not left:
            return Verdict("supported", 1.0)
        label: Support = "partly" if share >= PARTLY else "unsupported"
        return Verdict(label, share, f"the evidence does not say: {', '.join(left[:6])}")


def disagreement(sentence: str, evidence: str) -> str:
    """The first hard fact of the sentence that the evidence does not have; empty when there is none."""
    said, known = quantities(sentence), quantities(evidence)
    for day in sorted(said.get("date", set()) - known.get("date", set())):
        return f"the evidence has no {day}"
    for number in sorted(figures(_DATE.sub(" ", sentence)) - figures(evidence)):
        return f"the evidence has no {number}"
    their_words, rest = set(terms(evidence)), evidence.lower()
    for code in sorted(codes(sentence) - codes(evidence)):
        return f"the evidence does not name {code}"
    for name in names(_without_opening(sentence)):
        words = {term for term in terms(name) if not term.isdigit()}  # numbers were looked at above
        if name.lower() not in rest and not words <= their_words:
            return f"the evidence does not name {name}"
    if not same_polarity(sentence, evidence):
        return "one says what the other denies"
    for word in _SURE.findall(sentence):
        if word.lower() not in rest:
            return f"the evidence is not as sure: {word}"
    return ""


def same_polarity(sentence: str, evidence: str) -> bool:
    """Whether both deny something or neither does, and each clause denies what the clauses nearest to it deny.

    >>> same_polarity("Ann did not build it.", "Ann built it. It has no lamps.")
    False
    >>> same_polarity("Ann built it, but it has no lamps.", "It has no lamps. Ann built it.")
    True
    """
    if bool(_NEGATION.search(sentence)) != bool(_NEGATION.search(evidence)):
        return False
    if not _NEGATION.search(sentence):
        return True
    theirs = [(_matter(clause), bool(_NEGATION.search(clause))) for clause in _clauses(evidence)]
    for clause in _clauses(sentence):
        shared = [len(_matter(clause) & matter) for matter, _ in theirs]
        nearest = {denies for n, (_, denies) in zip(shared, theirs, strict=True) if n == max(shared)}
        if max(shared) and bool(_NEGATION.search(clause)) not in nearest:
            return False
    return True


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.split(text) if clause.strip()]


def _matter(clause: str) -> set[str]:
    """What a clause is about: its content words, without those that deny."""
    return set(content_words(_NEGATION.sub(" ", clause)))


def figures(text: str) -> set[str]:
    """Numbers in one notation, small ones also where they are written out.

    >>> sorted(figures("Two ships, 1,200 t and 3.50 m on 4 May 2021"))
    ['1200', '2', '2021', '3.5', '4']
    """
    plain = {f"{float(n):.12g}" for n in numbers(text)}
    return plain | {_NUMBER_WORDS[w] for w in re.findall(r"[a-z]+", text.lower()) if w in _NUMBER_WORDS}


def _without_opening(sentence: str) -> str:
    """A sentence without a first word that has its capital only because it opens it ("However", "Additionally")."""
    first, _, rest = sentence.strip().partition(" ")
    opening = first.rstrip(",").lower()
    return rest if opening in _OPENINGS or opening.endswith("ly") else sentence


class ModelSupport:
    """A judge with a model (NLI or chat) beside the rule; hard facts stay with the rule.

    A verdict of the model lifts missing words (they may be a paraphrase) but never a number, date or name; where it
    sees a contradiction or nothing to the point, the sentence falls to what the model says.
    """

    def __init__(self, judge: Judge, rule: SupportJudge | None = None) -> None:
        self.judge, self.rule = judge, rule or RuleSupport()
        self.id = f"{judge.id} over {self.rule.id}"

    def support(self, sentence: str, quotes: Sequence[str]) -> Verdict:
        first = self.rule.support(sentence, quotes)
        evidence = "\n".join(quotes)
        if not evidence.strip() or disagreement(sentence, evidence):
            return first
        try:
            said = self.judge.judge(sentence, evidence)
        except ModelError:
            return first
        if said.verdict == "supported":
            return Verdict("supported", max(first.score, said.score), said.reason)
        if said.verdict == "contradicted":
            return Verdict("unsupported", 0.0, said.reason)
        return Verdict("unsupported" if first.label == "unsupported" else "partly", first.score, said.reason)
