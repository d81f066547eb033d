"""English verbs whose forms no stemmer brings together: began and begin, wrote and written.

Forms that are as often another word are left out: found (a firm), left, rose, saw, bore.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

VERBS = """
arise arose arisen|awake awoke awoken|beat beaten|become became|begin began begun|bend bent|bite
bitten|blow blew blown|break broke broken|bring brought|build built|burn burnt|buy bought|catch caught|choose chose
chosen|come came|creep crept|deal dealt|dig dug|do did done|draw drew drawn|drink drank drunk|drive drove driven|eat ate
eaten|fall fell fallen|feed fed|feel felt|fight fought|flee fled|fly flew flown|forbid forbade forbidden
|forget forgot forgotten|freeze froze frozen|get got gotten|give gave given|go went gone|grow grew grown|hang hung|hear
heard|hide hid hidden|hold held|keep kept|know knew known|lead led|learn learnt|lend lent|lose lost|make made
|mean meant|meet met|pay paid|ride rode ridden|ring rang rung|rise risen|run ran|say said|see seen|seek sought
|sell sold|send sent|shake shook shaken|shoot shot|show shown|shrink shrank shrunk|sing sang sung|sink sank sunk|sit sat
|sleep slept|slide slid|speak spoke spoken|spend spent|spring sprang sprung|stand stood|steal stole stolen|stick stuck
|strike struck|swear swore sworn|swim swam swum|take took taken|teach taught|tear tore torn|tell told|think thought
|throw threw thrown|understand understood|wake woke woken|wear wore worn|win won|withdraw withdrew withdrawn|write wrote
written
"""


def bases(stem: Callable[[str], str]) -> dict[str, str]:
    """Stem of an irregular form -> stem of its verb, for the stems that differ.

    >>> found = bases(str)
    >>> found["wrote"], found["written"], "write" in found
    ('write', 'write', False)
    """
    found: dict[str, str] = {}
    for line in VERBS.split("|"):
        verb, *forms = line.split()
        found.update({stem(form): stem(verb) for form in forms if stem(form) != stem(verb)})
    return found


@lru_cache(maxsize=1)
def past_forms() -> frozenset[str]:
    """The forms of irregular verbs other than their base.

    >>> "wrote" in past_forms(), "write" in past_forms()
    (True, False)
    """
    return frozenset(form for line in VERBS.split("|") for form in line.split()[1:])
