"""Words that say the opposite of each other: what a question may have wrong about an event.

Each line is one pair of sides; a comma ends a word, and a word of several parts ("turn down") stands as it is said.
Everyday pairs only, written by hand: what is not here is never taken for an opposite.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

from leadline.retrieval.statistics import terms

Kind = Literal["exclusive", "ends", "converse"]
Phrases = frozenset[tuple[str, ...]]
"""Words of one or several parts, by their terms."""

_EXCLUSIVE = """
approve, accept, adopt, grant, authorise, authorize, permit, allow, ratify, uphold, endorse, agree to, vote for
 | reject, refuse, decline, deny, dismiss, turn down, veto, forbid, ban, prohibit, oppose, defeat, vote against
support, back, favour, favor, vote for, endorse, approve | oppose, object to, vote against, vote down, reject
increase, rise, raise, grow, climb, soar, surge, double, go up, put up
 | decrease, fall, drop, lower, reduce, cut, decline, shrink, diminish, plummet, plunge, halve, go down
lengthen, extend, prolong | shorten, curtail
strengthen | weaken
widen | narrow
improve | worsen, deteriorate
promote | demote
pass, succeed | fail
praise | criticise, criticize, blame, condemn
confirm | deny, refute
acquit | convict
include | exclude
remember | forget
gain | lose
heat | cool
fill | empty
"""
"""Of one thing at one time only one side holds."""
_ENDS = """
open, reopen | close, shut
begin, start, launch, resume, commence | end, stop, finish, cease, halt
arrive | leave, depart
join, enter | leave, quit, resign, step down, retire
hire, appoint, employ, recruit | dismiss, sack, lay off
build, erect, construct | demolish, tear down, pull down, take down, destroy
find, recover | lose
ignite | put out, extinguish
install, add | remove
lock | unlock
load | unload
freeze | thaw
"""
"""Two ends of one stretch of time: both hold, one after the other."""
_CONVERSE = """
buy, purchase, acquire | sell
lend | borrow
give | receive
teach | learn
win | lose
"""
"""What two parties do in one deal: only of the same one is it an opposite."""

SAID = {
    "found": "find",
    "left": "leave",
    "lit": "ignite",
    "rose": "rise",
    "founded": "establish",
    "founding": "establish",
}
"""Forms that the stemmer takes for another word."""


class Opposite(NamedTuple):
    """A word's own side and the other one, each as phrases: tuples of terms."""

    kind: Kind
    own: Phrases
    other: Phrases


@lru_cache(maxsize=1)
def opposites() -> tuple[Opposite, ...]:
    """Every pair, in both directions."""
    found: list[Opposite] = []
    lists: tuple[tuple[Kind, str], ...] = (
        ("exclusive", _EXCLUSIVE), ("ends", _ENDS), ("converse", _CONVERSE)
    )  # fmt: skip
    for kind, text in lists:
        for line in text.replace("\n |", " |").strip().splitlines():
            left, right = (frozenset(map(_phrase, side.split(","))) for side in line.split("|"))
            found += [Opposite(kind, left, right), Opposite(kind, right, left)]
    return tuple(found)


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(word_term(part) for part in text.split())


def word_term(word: str) -> str:
    """The term by which a word is compared; a stop word is itself.

    >>> word_term("approved") == word_term("approve"), word_term("found"), word_term("Not")
    (True, 'find', 'not')
    """
    lowered = SAID.get(word.lower(), word.lower())
    return (terms(lowered) or [lowered])[0]
