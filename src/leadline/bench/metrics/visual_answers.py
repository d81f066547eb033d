"""Answers about pictures by their type: exact numbers, choices, yes or no, boxes, read lines, formulas.

The rules of Innovator-VL's reward system (arXiv:2601.19325), each (prediction, gold) -> score in [0, 1]. They are
strict, where `answers.verify_answer`'s own kinds look for the gold anywhere in the prediction. Ask for them there.
"""

from __future__ import annotations

import re

from leadline.bench.metrics.grounding import Box, iou
from leadline.bench.metrics.mathematics import same_value

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_LETTER = re.compile(r"\b([A-Z])\b")
_YES, _NO = ("yes", "true", "correct"), ("no", "false", "incorrect")
MAX_READ = 1000
"""Characters of a read line or page that are compared; the cost grows with the square."""


def exact_number(prediction: str, gold: str) -> float:
    """The same string up to white space and thousands separators: "7.0" is not "7".

    >>> exact_number(" 1,250 ", "1250"), exact_number("7.0", "7")
    (1.0, 0.0)
    """
    left, right = ("".join(text.split()).replace(",", "") for text in (prediction, gold))
    return float(bool(right) and left == right)


def choice(prediction: str, gold: str) -> float:
    """The first capital letter that stands alone.

    >>> choice("(B) the fox, not (A)", "B"), choice("Answer: C", "B")
    (1.0, 0.0)
    """
    said, wanted = _LETTER.search(prediction), _LETTER.search(gold)
    return float(said is not None and wanted is not None and said[1] == wanted[1])


def boolean(prediction: str, gold: str) -> float:
    """The first word of agreement or denial.

    >>> boolean("True, it is", "yes"), boolean("it is not", "yes")
    (1.0, 0.0)
    """

    def truth(text: str) -> bool | None:
        said = [word for word in re.findall(r"[a-z]+", text.lower()) if word in (*_YES, *_NO)]
        return said[0] in _YES if said else None

    return float(truth(prediction) is not None and truth(prediction) == truth(gold))


def box(prediction: str, gold: str) -> float:
    """Intersection over union of the first four numbers, (x1, y1, x2, y2).

    >>> box("[0, 0, 10, 10]", "[5, 0, 15, 10]")
    0.3333333333333333
    """
    left, right = (read_box(text) for text in (prediction, gold))
    return iou(left, right) if left and right else 0.0


def read_box(text: str) -> Box | None:
    """The first four numbers of a text, None without them."""
    found = [float(number) for number in _NUMBER.findall(text)[:4]]
    return (found[0], found[1], found[2], found[3]) if len(found) == 4 else None


def read_text(prediction: str, gold: str, *, at_least: float = 0.5) -> float:
    """OCR: 1 - edit distance / length of the longer, and 0 below `at_least`; case and white space count.

    >>> round(read_text("TOTAL 9.80", "TOTAL 9.00"), 3), read_text("TO", "TOTAL 9.00")
    (0.9, 0.0)
    """
    left, right = prediction.strip()[:MAX_READ], gold.strip()[:MAX_READ]
    longest = max(len(left), len(right))
    score = 1 - edit_distance(left, right) / longest if longest else 1.0
    return score if score >= at_least else 0.0


def edit_distance(left: str, right: str) -> int:
    """Fewest insertions, deletions and replacements (Levenshtein).

    >>> edit_distance("kitten", "sitting")
    3
    """
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def same_string(prediction: str, gold: str) -> float:
    """Equal up to case and white space.

    >>> same_string(" Old  oak ", "old oak"), same_string("old oak tree", "old oak")
    (1.0, 0.0)
    """
    return float(" ".join(prediction.lower().split()) == " ".join(gold.lower().split()))


def mathematics(prediction: str, gold: str) -> float:
    """Formulas of equal value."""
    return float(same_value(prediction, gold))
