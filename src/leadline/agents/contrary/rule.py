"""Where a question takes for granted what the sources say otherwise: "rejected" where they say "approved".

What is told is two stretches of words side by side, the question's and the source's: only where a quoted sentence is
about the same as the question, and no sentence that was read says it the question's way. Rules over words, for
English; what they do not see is not told. Measured by tests/agents/test_premises_measured.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from leadline.agents.contrary.doer import doer
from leadline.agents.contrary.event import event
from leadline.agents.contrary.lines import Contrary, Lines
from leadline.agents.contrary.when import when
from leadline.agents.questions import Question
from leadline.agents.sentences import Sentence
from leadline.agents.words import QUESTION_WORDS, asking

_COMPARES = re.compile(r"\b(?:or|both|than|versus|vs|compared?|differ\w*|same)\b", re.IGNORECASE)


def contrary(
    question: Question, weights: Mapping[str, float], read: Sequence[Sentence], quoted: Sequence[int]
) -> Contrary | None:
    """The first thing that the quoted sentences say otherwise; None where there is none.

    `weights` are the question's terms with their rarity, `quoted` indices into `read`, most important first. A
    question that asks whether something is so takes nothing for granted, and a comparison too much.
    """
    if question.kind == "yes/no" or _COMPARES.search(question.text):
        return None
    if asking(question.text) is not QUESTION_WORDS:
        return None
    lines = Lines(read)
    shown = [lines[index] for index in quoted if " | " not in read[index].text]
    rules = (rule(question.text, weights, lines, shown) for rule in (event, doer, when))
    return next((found for rule in rules for found in rule), None)
