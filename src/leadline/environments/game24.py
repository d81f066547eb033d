"""Game of 24 as Intelligent Go-Explore plays it (arXiv:2405.15143, conglu1997/intelligent-go-explore game_of_24).

A state is a sorted tuple of whole numbers. An action is a pair of positions and + - * / of the larger with the
smaller number; a division that is not exact costs an operation and ends the episode. 24 counts only as the last
number. Stricter than the usual game: no negative numbers, no fractions.

`TEST_ROWS` are the 100 puzzles (ranks 901-1000 by human difficulty) on which the paper and Tree of Thoughts
report; the ranking is theirs (both repositories under the MIT licence), the numbers are facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, combinations_with_replacement

from leadline.environments.arithmetic import evaluate, reachable
from leadline.environments.base import Action, Observation, Tool

Cards = tuple[int, ...]
Move = tuple[int, int, str]
"""Positions i < j in the sorted state, and the operation s[j] op s[i]."""

MOVES: dict[int, tuple[Move, ...]] = {
    n: tuple((i, j, op) for i, j in combinations(range(n), 2) for op in "+-*/") for n in range(1, 7)
}
"""Moves by number of cards, in the order of the paper's code: 24, 12, 4, 0 for 4, 3, 2, 1 cards."""

PLAY = Tool(
    "play",
    "Combine the cards at two positions (counted from 0, smaller first): larger op smaller.",
    {
        "type": "object",
        "properties": {
            "i": {"type": "integer", "minimum": 0},
            "j": {"type": "integer", "minimum": 1},
            "op": {"type": "string", "enum": ["+", "-", "*", "/"]},
        },
        "required": ["i", "j", "op"],
    },
)


def after(state: Cards, move: Move) -> Cards | None:
    """The state after a move; None when the division is not exact.

    >>> after((1, 2, 4, 7), (1, 3, "-")), after((2, 5), (0, 1, "/"))
    ((1, 4, 5), None)
    """
    i, j, op = move
    result = evaluate(state[j], op, state[i])
    if result is None:
        return None
    return tuple(sorted((*state[:i], *state[i + 1 : j], *state[j + 1 :], result)))


def all_puzzles() -> list[Cards]:
    """Four cards of 1..13 that can make 24 under these rules, in lexicographic order."""
    return [cards for cards in combinations_with_replacement(range(1, 14), 4) if 24 in reachable(cards)]


def states(start: Cards) -> set[Cards]:
    """All distinct states with more than one card that can be reached, the start included."""
    seen, edge = {start}, [start]
    while edge:
        state = edge.pop()
        for move in MOVES[len(state)]:
            following = after(state, move)
            if following is not None and len(following) > 1 and following not in seen:
                seen.add(following)
                edge.append(following)
    return seen


class Game24:
    """One puzzle as an environment. Reward 1 for (24,); an inexact division ends the episode with reward 0."""

    tools: Sequence[Tool] = (PLAY,)
    target = 24

    def __init__(self, cards: Cards) -> None:
        self.start = tuple(sorted(cards))
        self.state: Cards = self.start
        self.dead = False

    def reset(self, seed: int = 0) -> Observation:
        self.state, self.dead = self.start, False
        return self._observe()

    def step(self, action: Action) -> Observation:
        move = (action.arguments.get("i"), action.arguments.get("j"), action.arguments.get("op"))
        if self.dead or action.tool != "play" or move not in MOVES[len(self.state)]:
            return Observation("", error=f"{move} is not possible with {self.state}.")
        following = after(self.state, move)
        self.dead = following is None
        self.state = self.state if following is None else following
        return self._observe()

    def legal_actions(self) -> list[Action]:
        return [] if self.dead else list(_ACTIONS[len(self.state)])

    def state_id(self) -> str:
        return " ".join(map(str, self.state)) + (" dead" if self.dead else "")

    def snapshot(self) -> tuple[Cards, bool]:
        return self.state, self.dead

    def restore(self, snapshot: tuple[Cards, bool]) -> None:
        self.state, self.dead = snapshot

    def _observe(self) -> Observation:
        done = self.dead or len(self.state) == 1
        reward = float(self.state == (self.target,) and not self.dead)
        text = f"({' '.join(map(str, self.state))})" + (" division is not exact" if self.dead else "")
        return Observation(text, self.state, reward, done)


_ACTIONS = {
    n: tuple(Action("play", {"i": i, "j": j, "op": op}) for i, j, op in moves) for n, moves in MOVES.items()
}

TEST_ROWS: tuple[Cards, ...] = tuple(
    tuple(map(int, row.split()))
    for row in """
    4 5 6 10; 1 2 4 7; 2 5 8 11; 3 4 4 13; 6 7 8 9; 1 11 11 13; 1 8 10 11; 2 3 6 9; 1 3 5 9;
    3 3 7 12; 4 5 7 9; 1 2 8 13; 4 6 6 9; 1 4 4 8; 1 5 10 11; 3 4 6 11; 2 4 8 9; 1 4 5 13;
    2 2 7 12; 3 3 6 7; 1 5 9 13; 5 6 7 13; 5 5 8 10; 2 4 6 12; 6 7 8 11; 7 9 9 13; 3 6 9 12;
    6 9 12 13; 4 7 9 13; 5 6 8 12; 2 4 6 7; 2 5 10 10; 6 6 7 12; 6 9 9 11; 5 8 11 12; 5 6 8 10;
    6 11 12 13; 2 2 8 8; 2 7 12 13; 2 6 8 12; 3 4 9 13; 4 5 10 12; 1 2 7 11; 4 5 6 8; 6 10 12 13;
    1 3 9 9; 1 4 4 11; 2 3 9 10; 1 2 3 13; 1 6 6 6; 1 2 2 9; 1 3 6 11; 5 10 12 13; 2 3 6 6;
    6 7 10 12; 7 8 8 12; 3 4 6 8; 1 7 9 11; 2 3 6 13; 2 2 5 12; 2 6 8 13; 8 8 10 12; 1 3 8 13;
    4 4 7 10; 1 7 10 13; 1 9 10 13; 3 3 4 11; 2 5 7 7; 3 9 10 13; 2 3 4 7; 4 4 8 12; 1 2 6 10;
    1 5 12 12; 5 6 6 8; 7 7 8 11; 1 3 7 10; 3 3 9 12; 3 5 7 10; 4 10 12 13; 2 3 10 12; 3 4 6 6;
    5 8 8 8; 6 8 8 12; 2 3 4 9; 2 6 7 11; 5 9 12 12; 1 2 7 12; 2 4 5 6; 5 5 8 13; 2 3 3 10;
    3 4 8 12; 2 4 6 11; 2 2 8 9; 1 5 6 7; 5 8 10 11; 4 4 9 12; 2 5 6 6; 2 4 9 12; 4 8 11 13;
    4 9 10 13""".split(";")
)
