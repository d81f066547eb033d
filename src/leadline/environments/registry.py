"""Environments by name, for the command line: `game24:4 5 6 10`, `countdown:3 5 2=11`, `sudoku:4`, `maze:12`, ...

What follows the colon is the puzzle or its size; without it the seed chooses. A name that ends in .py is a file of the
user's own, with `environment(seed)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from leadline.environments.base import SearchableEnvironment
from leadline.errors import NotFound, UsageError
from leadline.own_file import is_own, load

Build = Callable[[str, int], SearchableEnvironment]


def _game24(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.game24 import TEST_ROWS, Game24

    cards = _numbers(text) if text else TEST_ROWS[seed % len(TEST_ROWS)]
    if not 1 <= len(cards) <= 6:
        raise ValueError("it is one to six numbers, as 4 5 6 10")
    return Game24(cards)


def _countdown(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.countdown import Countdown, CountdownTask, generate

    if text:
        numbers, _, target = text.partition("=")
        given, wanted = _numbers(numbers), _numbers(target)
        if not given or len(wanted) != 1:
            raise ValueError("it is numbers and a target, as 3 5 2=11")
        return Countdown(CountdownTask(given, wanted[0]))
    return Countdown(generate(np.random.default_rng(seed), 1, n=4, numbers=(1, 50), targets=(10, 100))[0])


def _sudoku(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.sudoku import Sudoku, generate

    size = _size(text, 9, (4, 9))
    return Sudoku(generate(np.random.default_rng(seed), size=size, blanks=size * size * 2 // 3))


def _maze(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.maze import Maze

    return Maze(_size(text, 12, range(2, 201)), seed)


def _shapes(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.shapes import ShapeGrid

    return ShapeGrid(_size(text, 5, range(2, 101)), seed)


def _numbers(text: str) -> tuple[int, ...]:
    """The whole numbers in the text, or none if anything else stands there."""
    words = text.split()
    return tuple(map(int, words)) if all(word.isdecimal() for word in words) else ()


def _size(text: str, usual: int, among: Sequence[int]) -> int:
    """The number in the text; ValueError says which are possible."""
    size = int(text) if text.lstrip("-").isdecimal() else None if text else usual
    if size is None or size not in among:
        wanted = f"{among[0]} to {among[-1]}" if isinstance(among, range) else ", ".join(map(str, among))
        raise ValueError(f"its size is one of {wanted}")
    return size


def _minigrid(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.adapters.minigrid import MiniGrid

    return MiniGrid(text or "BabyAI-GoToRedBallGrey-v0", seed)


def _textworld(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.adapters.textworld import TextWorld

    return TextWorld(text)


def _reactions(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.reactions import Reactions, reaction_space

    return Reactions(reaction_space(text or "alkylation-deprotection"))


BUILDERS: dict[str, Build] = {
    "game24": _game24, "countdown": _countdown, "sudoku": _sudoku, "maze": _maze, "shapes": _shapes,
    "minigrid": _minigrid, "textworld": _textworld, "reactions": _reactions,
}  # fmt: skip


def make_environment(name: str, seed: int = 0) -> SearchableEnvironment:
    """The environment that `name` describes; NotFound with near matches for an unknown kind."""
    if is_own(name):
        own: SearchableEnvironment = load(name, "environment", "environment").environment(seed)
        return own
    kind, _, text = name.partition(":")
    if kind not in BUILDERS:
        raise NotFound("environment", kind, BUILDERS)
    try:
        return BUILDERS[kind](text.strip(), seed)
    except ValueError as error:
        raise UsageError(
            f"{name!r} does not describe a {kind}: {error}.", remedy="Try `leadline explore --help`."
        ) from error
