"""What is asked: sub-questions, the kind of answer each wants, and what it is about.

"How many shipments from Nordlys Optics were late in 2023, what penalty does its contract set, and when was it
signed?" holds three questions; the later ones are about Nordlys Optics too, because they say "its" and "it".
Rules, not a parser: a question that fits none of them is one sub-question and nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from leadline.agents.words import QUESTION_WORDS, names
from leadline.evidence.model import Noun

Kind = Literal["who", "when", "where", "number", "why", "yes/no", "what"]
MAX_PARTS, MAX_TOPICS = 8, 4


class Question(Noun, frozen=True):
    """One thing that is asked."""

    text: str
    kind: Kind
    names: tuple[str, ...] = ()
    """Proper names and reference numbers in it."""
    about: tuple[str, ...] = ()
    """What earlier parts speak of (names, else words), where a pronoun points to it."""
    compares: bool = False
    """Whether it sets things side by side ("A or B", "both", "older")."""
    figure: bool = False
    """Whether a table may answer it: a count, a sum, a mean or a superlative."""

    @property
    def query(self) -> str:
        """What to search for: the text, and the names that it leaves to pronouns."""
        return " ".join((self.text, *self.about))


_ASKS = r"(?:(?:in|of|on|at|for|from|by|to)\s+)?(?:who|whom|whose|what|which|when|where|why|how)\b"
_AND = re.compile(rf"(?:[,;]\s*and\s+|;\s*|\s+and\s+(?:also\s+)?)(?={_ASKS})", re.IGNORECASE)
_COMMA = re.compile(r",\s*(?=(?:what|how|why|who|when|where)\b)", re.IGNORECASE)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|this|these)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=\?)\s+|\s*\n+\s*")
_COMPARES = re.compile(
    r"\b(?:both|same|first|last|earlier|later|older|younger|longer|shorter|more|fewer|less|larger|smaller|higher|lower"
    r"|taller|bigger|oldest|youngest|compare[ds]?|difference|differ|versus|vs)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\b(?:how (?:many|much)|total|sum|average|mean|median|number of|count|highest|lowest|largest|smallest|most|least"
    r"|biggest|maximum|minimum|top|per (?:month|year|supplier|customer)|percentage|share of|between .* and)\b",
    re.IGNORECASE,
)


def split(text: str) -> tuple[Question, ...]:
    """The sub-questions of a question, in order; at least one, at most MAX_PARTS.

    >>> [q.text for q in split("Who wrote Dune and when was it published?")]
    ['Who wrote Dune?', 'when was it published?']
    >>> split("Who wrote Dune and when was it published?")[1].about
    ('Dune',)
    """
    parts: list[str] = []
    for sentence in _SENTENCE.split(text.strip()):
        parts.extend(_conjuncts(sentence))
    spoken = [part for part in (p.strip(" ,;") for p in parts) if re.search(r"\w", part)] or [text.strip()]
    questions: list[Question] = []
    for part in spoken[:MAX_PARTS]:
        asked = part if len(spoken) == 1 or part.endswith("?") else f"{part}?"
        questions.append(read(asked, _topics(questions)))
    return tuple(questions)


def _topics(earlier: Sequence[Question]) -> tuple[str, ...]:
    """What a pronoun may stand for: the names in earlier parts, or the words of the last one."""
    named = tuple(name for question in earlier for name in question.names)
    return named or (content(earlier[-1].text) if earlier else ())


def _conjuncts(sentence: str) -> list[str]:
    """The parts of one sentence. A comma alone parts only where "and" does too: else it opens a relative clause."""
    parts = [part for part in _AND.split(sentence) if part.strip()]
    if len(parts) > 1:
        parts = [piece for part in parts for piece in _COMMA.split(part)]
    return parts if all(len(part.split()) >= 3 for part in parts) else [sentence]


def read(text: str, earlier: tuple[str, ...] = ()) -> Question:
    """What one question asks; `earlier` is what its pronouns stand for, or what it leaves out ("in what year?")."""
    own = tuple(names(text))
    leans = _PRONOUN.search(text) is not None or len(content(text)) < 2
    about = tuple(topic for topic in dict.fromkeys(earlier) if topic not in own) if leans else ()
    alternatives = re.search(r"\bor\b", text) is not None and len(own) > 1
    return Question(
        text, kind(text), own, about[:MAX_TOPICS], alternatives or _COMPARES.search(text) is not None,
        _FIGURE.search(text) is not None,
    )  # fmt: skip


def content(text: str) -> tuple[str, ...]:
    """The words of a question that say what it is about.

    >>> content("who discovered the atom?")
    ('discovered', 'atom')
    """
    return tuple(word for word in re.findall(r"[\w’'-]+", text) if word.lower() not in QUESTION_WORDS)


_KINDS: tuple[tuple[Kind, str], ...] = (
    ("when", r"\bwhen\b|\b(?:what|which|in what|in which)\s+(?:year|date|day|month|time|century|decade)\b"
             r"|\bdate of\b"),
    ("where", r"\bwhere\b|\b(?:what|which)\s+(?:city|country|state|place|county|town|region|continent|river|island)\b"
              r"|\bplace of\b|\bcapital of\b"),
    ("number", r"\bhow\s+(?:many|much|long|old|tall|far|big|high|large|deep|fast|often|heavy|wide)\b"
               r"|\b(?:number|total|population|amount|price|cost|sum|percentage) of\b"
               r"|\bwhat (?:total|penalty|price|amount)\b"
               r"|\bwhat (?:is|was|are|were) (?:the |our |its |their )?(?:[\w-]+ ){0,2}(?:price|cost|fee|rent|salary"
               r"|budget|deposit|penalty|discount|interest|rate)\b"),
    ("who", r"\b(?:who|whom|whose|who's)\b"),
    ("why", r"\bwhy\b"),
    ("yes/no", r"^\s*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b"),
)  # fmt: skip
_COMPILED = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _KINDS)


def kind(text: str) -> Kind:
    """The kind of answer that is wanted.

    >>> kind("which year was it built"), kind("How many are late?"), kind("Name the layers of the earth")
    ('when', 'number', 'what')
    """
    found = [(match.start(), name) for name, pattern in _COMPILED if (match := pattern.search(text))]
    return min(found, key=lambda pair: pair[0])[1] if found else "what"
