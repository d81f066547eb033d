"""Drawn charts and questions about them: values side by side, in several styles, with every answer known.

N charts of 32 x 32 pixels in [0, 1] with one to four values from 1 to 7, four pixels a unit. A style that was never
drawn in training asks whether a reader has learned charts or pictures (Innovator-VL's specification, section 5 A).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

SIDE, SLOTS, TOP, UNIT = 32, 4, 7, 4
STYLES = ("bars", "outlines", "dots", "stripes", "stems")
TRAINED, HELD_OUT = STYLES[:3], STYLES[3:]
QUESTIONS = ("value", "max", "count", "above")
"""The value at a place, the largest one, how many there are, whether the first place is higher than the second."""
PLACES = "abcd"


class Charts(NamedTuple):
    values: Array
    """[N, SLOTS] from the left; 0 where there is none."""
    image: Array
    """[N, SIDE, SIDE] float32."""


class Question(NamedTuple):
    name: str
    first: int = 0
    second: int = 0

    @property
    def words(self) -> list[str]:
        """Three words: the name and its places, "-" for none."""
        used = {"value": 1, "above": 2}.get(self.name, 0)
        return [self.name, *(PLACES[p] if i < used else "-" for i, p in enumerate(self[1:]))]

    @property
    def kind(self) -> str:
        """The type of its answer (bench.metrics.answers.verify_answer)."""
        return "boolean" if self.name == "above" else "exact number"

    def answer(self, values: Array) -> str:
        """
        >>> [Question(name, 0, 1).answer(np.array([3, 5, 0, 0])) for name in QUESTIONS]
        ['3', '5', '2', 'no']
        """
        if self.name == "above":
            return "yes" if values[self.first] > values[self.second] else "no"
        found = {"value": values[self.first], "max": values.max(), "count": (values > 0).sum()}
        return str(int(found[self.name]))


def draw(n: int, rng: np.random.Generator, styles: tuple[str, ...] = TRAINED, noise: float = 0.08) -> Charts:
    """n charts, styles and numbers of values equally often on average."""
    values = rng.integers(1, TOP + 1, (n, SLOTS))
    values[np.arange(SLOTS) >= rng.integers(1, SLOTS + 1, (n, 1))] = 0
    marks = np.stack([_marks(style) for style in STYLES])
    style = np.array([STYLES.index(s) for s in styles])[rng.integers(0, len(styles), n)]
    columns = marks[style[:, None], values]  # [N, SLOTS, SIDE, SIDE // SLOTS]
    image = columns.transpose(0, 2, 1, 3).reshape(n, SIDE, SIDE) * rng.uniform(0.5, 1, (n, 1, 1))
    image = image + noise * rng.standard_normal(image.shape)
    return Charts(values, image.clip(0, 1).astype(np.float32))


def _marks(style: str) -> Array:
    """[TOP + 1, SIDE, width] one column of a chart for each value; nothing for 0."""
    width = SIDE // SLOTS
    marks = np.zeros((TOP + 1, SIDE, width))
    for value in range(1, TOP + 1):
        top, left, right = SIDE - UNIT * value, 1, width - 1
        column = marks[value]
        if style in ("bars", "stripes", "outlines"):
            column[top:, left:right] = 1
        if style == "stripes":
            column[SIDE - 2 :: -4, :] = 0
        if style == "outlines":
            column[top + 1 : SIDE - 1, left + 1 : right - 1] = 0
        if style in ("dots", "stems"):
            column[top : top + UNIT - 1, left + 1 : right - 1] = 1
        if style == "stems":
            column[top:, width // 2] = 1
    return marks


def ask(values: Array, rng: np.random.Generator) -> Question:
    """A question that this chart can be asked; one of a single value has no "above"."""
    count = int((values > 0).sum())
    name = QUESTIONS[rng.integers(0, len(QUESTIONS) - (count < 2))]
    first, second = rng.permutation(SLOTS)[:2] if name != "above" else rng.permutation(count)[:2]
    return Question(name, int(first) % count if name == "value" else int(first), int(second))
