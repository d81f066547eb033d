"""Short answers: normalisation, exact match, token F1, cover match, and typed verifiers.

Normalisation is SQuAD's (Rajpurkar et al. 2016), which HotpotQA, 2Wiki, MuSiQue, NQ and Search-R1 share:
lower case, punctuation out, articles out, single spaces.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

from leadline.bench.metrics import visual_answers
from leadline.bench.metrics.numbers import close, find_numbers
from leadline.errors import NotFound

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalise(text: str) -> str:
    """
    >>> normalise("The U.S.A., an ally!")
    'usa ally'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, golds: Iterable[str]) -> float:
    """1 if the normalised prediction equals any normalised gold answer."""
    return float(normalise(prediction) in {normalise(gold) for gold in golds})


def cover_match(prediction: str, golds: Iterable[str]) -> float:
    """1 if any gold answer occurs in the prediction as whole words (cover-EM, "substring EM").

    >>> cover_match("It was Marie Curie in 1903", ["Marie Curie"]), cover_match("marinade", ["Mari"])
    (1.0, 0.0)
    """
    words = f" {normalise(prediction)} "
    return float(any(gold and f" {gold} " in words for gold in map(normalise, golds)))


def token_f1(prediction: str, gold: str, *, yes_no_strict: bool = False) -> float:
    """Harmonic mean of token precision and recall, tokens counted with multiplicity.

    `yes_no_strict` is HotpotQA's variant: if either side is yes, no or noanswer, unequal strings score 0.
    Two empty strings are equal and score 1.

    >>> token_f1("the battle of hastings 1066", "battle of hastings") == 6 / 7
    True
    """
    left, right = normalise(prediction), normalise(gold)
    if left == right:
        return 1.0
    if yes_no_strict and {left, right} & {"yes", "no", "noanswer"}:
        return 0.0
    return _overlap_f1(left.split(), right.split())


def raw_token_f1(prediction: str, gold: str) -> float:
    """Token F1 on lower-cased white-space tokens, articles and punctuation kept (DatasetResearch's variant).

    >>> raw_token_f1("the battle of hastings 1066", "battle of hastings")
    0.75
    """
    return _overlap_f1(prediction.lower().split(), gold.lower().split())


def _overlap_f1(left: list[str], right: list[str]) -> float:
    shared = sum((Counter(left) & Counter(right)).values())
    return 2 * shared / (len(left) + len(right)) if shared else 0.0


def best_f1(prediction: str, golds: Iterable[str]) -> float:
    """The best token F1 over several gold answers."""
    return max((token_f1(prediction, gold) for gold in golds), default=0.0)


def verify_answer(prediction: str, golds: list[str], kind: str = "text") -> float:
    """Score in [0, 1] of a short answer by its type.

    text: exact or cover match. number: some number of the prediction equals the gold within 1 % with an equal
    unit. date: equal ISO date, also at the gold's lower precision ("2021" accepts 2021-05-03). yes/no: the
    first of the two words. list: F1 of sets split at ";" (one-to-one by normalised name). The strict rules of
    visual_answers: exact number, choice, boolean, box, ocr, string, mathematics.
    """
    if kind not in _VERIFIERS:
        raise NotFound("answer type", kind, _VERIFIERS)
    return max((_VERIFIERS[kind](prediction, gold) for gold in golds), default=0.0)


def _text(prediction: str, gold: str) -> float:
    return max(exact_match(prediction, [gold]), cover_match(prediction, [gold]))


def _number(prediction: str, gold: str) -> float:
    wanted = find_numbers(gold)
    found = find_numbers(prediction)
    return float(bool(wanted) and all(any(close(p, g, rel=0.01) for p in found) for g in wanted))


def _date(prediction: str, gold: str) -> float:
    stated = re.findall(r"\b\d{4}(?:-\d{2}(?:-\d{2})?)?\b", prediction) + [
        d.isoformat() for d in _written(prediction)
    ]
    return float(any(day.startswith(gold) for day in stated))


_MONTHS = "january february march april may june july august september october november december".split()


def _written(text: str) -> list[date]:
    """Dates such as "3 May 2021" and "May 3, 2021"."""
    found = []
    for a, b, c in re.findall(r"\b(\w+)\s+(\w+),?\s+(\d{4})\b", text.lower()):
        day, month = (a, b) if a.isdigit() else (b, a)
        if day.isdigit() and month in _MONTHS:
            try:
                found.append(date(int(c), _MONTHS.index(month) + 1, int(day)))
            except ValueError:  # 31 June
                continue
    return found


def _yes_no(prediction: str, gold: str) -> float:
    words = [word for word in normalise(prediction).split() if word in ("yes", "no")]
    return float(bool(words) and words[0] == normalise(gold))


def _list(prediction: str, gold: str) -> float:
    left, right = ({normalise(part) for part in text.split(";")} - {""} for text in (prediction, gold))
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0


_VERIFIERS: dict[str, Callable[[str, str], float]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "yes/no": _yes_no,
    "list": _list,
    "exact number": visual_answers.exact_number,
    "choice": visual_answers.choice,
    "boolean": visual_answers.boolean,
    "box": visual_answers.box,
    "ocr": visual_answers.read_text,
    "string": visual_answers.same_string,
    "mathematics": visual_answers.mathematics,
}
