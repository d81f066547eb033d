"""Environments by name, for the command line: `game24:4 5 6 10`, `countdown:3 5 2=11`, `sudoku:4`, `maze:12`, ...

What follows the colon is the puzzle or its size; without it the seed chooses.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from leadline.environments.base import SearchableEnvironment
from leadline.errors import NotFound, UsageError

Build = Callable[[str, int], SearchableEnvironment]


def _game24(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.game24 import TEST_ROWS, Game24

    cards = tuple(map(int, text.split())) if text else TEST_ROWS[seed % len(TEST_ROWS)]
    if not 1 <= len(cards) <= 6:
        raise ValueError("one to six cards")
    return Game24(cards)


def _countdown(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.countdown import Countdown, CountdownTask, generate

    if text:
        numbers, target = text.split("=")
        return Countdown(CountdownTask(tuple(map(int, numbers.split())), int(target)))
    return Countdown(generate(np.random.default_rng(seed), 1, n=4, numbers=(1, 50), targets=(10, 100))[0])


def _sudoku(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.sudoku import Sudoku, generate

    size = int(text or 9)
    return Sudoku(generate(np.random.default_rng(seed), size=size, blanks=size * size * 2 // 3))


def _maze(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.maze import Maze

    return Maze(int(text or 12), seed)


def _shapes(text: str, seed: int) -> SearchableEnvironment:
    from leadline.environments.shapes import ShapeGrid

    return ShapeGrid(int(text or 5), seed)


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
    kind, _, text = name.partition(":")
    if kind not in BUILDERS:
        raise NotFound("environment", kind, BUILDERS)
    try:
        return BUILDERS[kind](text.strip(), seed)
    except ValueError as error:
        raise UsageError(
            f"{name!r} does not describe a {kind}: {error}.", remedy="Try `leadline explore --help`."
        ) from error
