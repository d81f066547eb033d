"""Looking up "list every ...": one sentence for each member of the list, and for each what else is wanted of it.

A member is a name beside those of the question, in a sentence that says all names of the question and more of what it
asks for. Where the question wants details ("give for each: ..."), each member is searched for them. What no
sentence says is left out: a list is as long as its evidence.

>>> wanted("List every place such that the place lies in the district of Fok. Give for each: inhabitants.")
Wanted(kind='place', condition='lies in the district of Fok', details='inhabitants')
>>> wanted("Name all suppliers of Nordlys Optics")
Wanted(kind='suppliers', condition='suppliers of Nordlys Optics', details='')
>>> wanted("Who supplies Nordlys Optics?")
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from leadline.agents.lookup import LookUp, Plan, Weighed
from leadline.agents.sentences import Sentence
from leadline.agents.words import names
from leadline.retrieval.statistics import terms

MAX_MEMBERS = 12
_LIST = re.compile(
    r"(?:please\s+)?(?:list|name|give|show|find)\s+(?:me\s+)?(?:all|every|each)\s+(?:of\s+)?(?:the\s+)?"
    r"(?P<what>.+?)"
    r"(?:[.;,]\s+(?:and\s+)?(?:give|say|state|with)\s+(?:for\s+(?:each|all)|their|its)\s*:?\s*(?P<details>.+?))?[.?!]*",
    re.IGNORECASE | re.DOTALL,
)
_SUCH = re.compile(
    r"(?P<kind>[\w-]+)\s+(?:such\s+that\s+(?:the\s+(?P=kind)|it|they)|that|which|who)\s+", re.I
)


class Wanted(NamedTuple):
    """What is listed, what each member must meet, and what else is asked of it."""

    kind: str
    condition: str
    details: str


NOTHING = Wanted("", "", "")


def wanted(question: str) -> Wanted | None:
    """What a question that asks for a list wants; None for any other."""
    found = _LIST.fullmatch(question.strip())
    if found is None:
        return None
    what, such = found["what"], _SUCH.match(found["what"])
    kind = such["kind"] if such else what.split()[0]
    return Wanted(kind, what[such.end() :] if such else what, found["details"] or "")


@dataclass
class Listing(LookUp):
    """A sub-question that asks for a list; it has to be told what is wanted."""

    wanted: Wanted = NOTHING
    members: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        """Search for members, then for what else is wanted of each."""
        yield from self.search(self.wanted.condition)
        weighed = self.weigh()
        if weighed is None:
            return
        for index in self.named_in(weighed):
            self.members += [n for n in self.new_names(weighed.sentences[index]) if n not in self.members]
        if self.wanted.details:
            for member in self.members[:MAX_MEMBERS]:
                yield from self.search(f"{member} {self.wanted.details}")

    def named_in(self, weighed: Weighed) -> list[int]:
        """Sentences that name a member, the most probable first, each wording once."""
        order = np.argsort(-weighed.scores, kind="stable")
        return _once([int(i) for i in order if self.is_member(weighed.sentences[int(i)])], weighed)

    def chosen(self, weighed: Weighed) -> list[int]:
        """What is quoted: each member's sentence, and after it what it says of the details."""
        details, found = set(terms(self.wanted.details)), list[int]()
        order = np.argsort(-weighed.scores, kind="stable")
        for index in self.named_in(weighed):
            found.append(index)
            for name in self.new_names(weighed.sentences[index]):
                of_it = set(terms(name))
                said = (set(terms(weighed.sentences[int(i)].text)) for i in order)
                found += [
                    int(i) for i, has in zip(order, said, strict=True) if of_it <= has and details & has
                ]
        return _once(found, weighed)

    def is_member(self, sentence: Sentence) -> bool:
        """Whether it says all names of the condition, more of what is asked, and a name that the question lacks.

        More: any other word of the condition, or the kind where there is none. A condition without names must be said
        whole: what delivers anything does not deliver lanterns.
        """
        has, given = set(terms(sentence.text)), {t for n in names(self.wanted.condition) for t in terms(n)}
        weights, kind = self.ask.weights if self.ask else {}, set(terms(self.wanted.kind))
        rest = {t for t in terms(self.wanted.condition) if t in weights and t not in given | kind} or kind
        enough = bool(rest & has) if given else rest <= has
        return given <= has and enough and bool(self.new_names(sentence))

    def new_names(self, sentence: Sentence) -> list[str]:
        """Names in the sentence beside those of the question."""
        known = set(terms(self.question.text))
        return [name for name in names(sentence.text) if not set(terms(name)) <= known]


def _once(indices: list[int], weighed: Weighed) -> list[int]:
    """The first of those that say the same."""
    by_text: dict[str, int] = {}
    for index in indices:
        by_text.setdefault(" ".join(weighed.sentences[index].text.split()), index)
    return list(by_text.values())
