"""Digit scenes: a picture of two digits and a question about them, answered by one symbol. Seeing is the hard part.

After the toy of the VOGUE study (arXiv:2510.01444): place and contrast are random, and the contrast says how uncertain
an eye has to be. N scenes, 28 x 28 pixels in [0, 1]. Symbols: 0..9 are digits, then yes and no.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

SIDE, HALF = 28, 14
QUESTIONS = ("sum", "larger", "left", "same")
"""The sum modulo ten, the larger digit, the left digit, whether both are the same."""
YES, NO = 10, 11
ANSWERS = 12
FAINTEST = 0.15
JITTER = 2
"""Pixels by which a digit of 10 x 14 pixels may be off the centre of its half, in each direction."""
MEAN, STD = 0.0855, 0.225
"""Of the pixels: (image - MEAN) / STD is what "normalised pixels" means, and noise is given in units of STD."""
GLYPHS = """
01110 00100 01110 11111 00010 11111 00110 11111 01110 01110
10001 01100 10001 00010 00110 10000 01000 00001 10001 10001
10011 00100 00001 00100 01010 11110 10000 00010 10001 10001
10101 00100 00010 00010 10010 00001 11110 00100 01110 01111
11001 00100 00100 00001 11111 00001 10001 01000 10001 00001
10001 00100 01000 10001 00010 10001 10001 01000 10001 00010
01110 01110 11111 01110 00010 01110 01110 01000 01110 01100
"""
"""Ten digits of 5 x 7 pixels side by side."""


class DigitScenes(NamedTuple):
    digits: Array
    """[N, 2] left and right."""
    question: Array
    """[N] index into QUESTIONS."""
    contrast: Array
    """[N] in [.15, 1]; 1 - contrast is how hard the scene is to see."""
    image: Array
    """[N, 28, 28] float32."""

    @property
    def answer(self) -> Array:
        """[N] the one right symbol."""
        return answers(self.digits, self.question)


def answers(digits: Array, question: Array) -> Array:
    """[N] symbols.

    >>> answers(np.array([[7, 5]] * 4), np.arange(4)).tolist()
    [2, 7, 7, 11]
    """
    left, right = digits.T
    said = np.stack([(left + right) % 10, np.maximum(left, right), left, np.where(left == right, YES, NO)])
    return np.asarray(said[question, np.arange(len(question))])


def glyphs() -> Array:
    """[10, 7, 5] the font, 0 or 1."""
    rows = [
        [[int(pixel) for pixel in glyph] for glyph in line.split()] for line in GLYPHS.split("\n") if line
    ]
    return np.array(rows).swapaxes(0, 1)


def draw(n: int, rng: np.random.Generator) -> DigitScenes:
    """n scenes; every question equally often on average, and half of the "same" ones are answered by yes."""
    digits, question = rng.integers(10, size=(n, 2)), rng.integers(len(QUESTIONS), size=n)
    equal = (question == QUESTIONS.index("same")) & (rng.random(n) < 0.5)
    digits[equal, 1] = digits[equal, 0]
    contrast = rng.uniform(FAINTEST, 1, n).astype(np.float32)
    drawn = np.kron(glyphs(), np.ones((2, 2)))[digits] * contrast[:, None, None, None]
    height, width = drawn.shape[-2:]
    free = np.array([SIDE - height, HALF - width]) // 2
    corner = free + rng.integers(-JITTER, JITTER + 1, (n, 2, 2)) + [[0, 0], [0, HALF]]
    y = corner[..., 0, None, None] + np.arange(height)[:, None]
    x = corner[..., 1, None, None] + np.arange(width)
    image = np.zeros((n, SIDE, SIDE), np.float32)
    image[np.arange(n)[:, None, None, None], y, x] = drawn
    return DigitScenes(digits, question, contrast, image)
