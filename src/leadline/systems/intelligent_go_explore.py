"""Intelligent Go-Explore (arXiv:2405.15143).

Idea: an archive of states, and a judge that chooses where to return, what to try and what is worth keeping.
Method: choose state -> return -> choose untried actions to the end -> archive what the judge finds interesting.
Assumes: a deterministic environment; an operation is a step, returning is free (Game of 24's accounting).
Departs: the judge is an oracle of known accuracy p ("24 can be reached from here", flipped per state with chance
1 - p), so that each of its three choices can be measured; a language model takes the same place (model_judge.py).
A last number is seen and not judged: the released prompt shows the result of each operation. `complete` returns to
rejected states before anything is tried twice; as released, a filter that is wrong once in a while circles until the
budget is gone in 1 of 500 puzzles at p = .8.
Not verified: BabyAI and TextWorld success rates, GPT-4's 100 %.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.environments.arithmetic import reachable
from leadline.environments.game24 import MOVES, TEST_ROWS, Cards, Game24, after
from leadline.explore.archive import ExploreConfig, Found, GoExplore
from leadline.explore.cells import Judge
from leadline.explore.judges import DepthFirst, Mixed, RandomJudge, Value, ValueJudge, noisy_oracle

State = tuple[Cards, bool]


def truth(state: State) -> bool:
    """Whether 24 can still be reached."""
    return not state[1] and 24 in reachable(state[0])


def successor(state: State, action: int) -> State | None:
    following = after(state[0], MOVES[len(state[0])][action])
    return None if following is None else (following, False)


def known(accuracy: float, seed: int) -> Value:
    """The oracle's value of a state: judged while two numbers are left, seen when one is."""
    opinion = noisy_oracle(truth, accuracy, seed)
    return lambda state: float(truth(state)) if len(state[0]) == 1 else opinion(state)


def judge(accuracy: float, seed: int, without: tuple[str, ...] = ()) -> Judge:
    """The oracle of known accuracy; `without` replaces judgements (state, action, filter) by chance or by yes."""
    knows = ValueJudge(known(accuracy, seed), successor, seed=seed)
    chance = RandomJudge(seed)
    parts: dict[str, Any] = {
        name: chance if name in without else knows for name in ("state", "action", "filter")
    }
    return Mixed(parts["state"], parts["action"], parts["filter"])


def explore(row: Cards, judge: Judge, seed: int = 0, *, complete: bool = False) -> Found:
    return GoExplore(lambda: Game24(row), judge, ExploreConfig(reconsider=complete), seed).run()


def judged(
    row: Cards, accuracy: float, seed: int, without: tuple[str, ...] = (), *, complete: bool = False
) -> Found:
    return explore(row, judge(accuracy, seed, without), seed, complete=complete)


@system(
    slug="intelligent-go-explore",
    title="Intelligent Go-Explore (IGE)",
    paper="2405.15143",
    idea="Go-Explore's archive with a judge that makes the three choices: where to return, what to try, what to keep.",
    parts=("explore.archive", "explore.judges", "explore.model_judge", "environments.game24"),
    claims=(
        Claim("operations", "With a judge of 80 % accuracy IGE needs fewer operations than depth-first search",
              "mean operations, 700 = not solved", "IGE, p = .8", "depth-first", "lower"),
        Claim("half", "... fewer than half", "mean operations", "IGE, p = .8", "half of depth-first", "lower"),
        Claim("worst", "... and the worst puzzle fewer than depth-first search's (rejected states reconsidered)",
              "most operations", "IGE, p = .8, complete", "depth-first", "lower"),
        Claim("quality", "A better judge needs fewer operations", "mean operations", "p = .9", "p = .7", "lower"),
        Claim("filter", "The filter shrinks the archive at p = .8", "archived states", "all three choices",
              "no filter", "lower"),
        Claim("bad-filter", "At p = .5 the filter lowers the share of solved puzzles", "share solved",
              "all three choices", "no filter", "lower"),
        Claim("action", "Choosing actions matters more than choosing states", "mean operations at p = .8",
              "no action choice", "no state choice"),
    ),
    departs="The judge is an oracle of known accuracy instead of GPT-4; equal values are decided by chance.",
    not_verified="BabyAI and TextWorld success rates; the language model's accuracy as a judge.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rows = TEST_ROWS if scale == "full" else TEST_ROWS[:6]
    spent = [explore(row, DepthFirst()).operations for row in rows]
    depth = float(np.mean(spent))

    def arm(accuracy: float, *without: str) -> tuple[float, float, float]:
        """Mean operations (a puzzle that stays unsolved counts its whole budget), archive size, share solved."""
        found = [judged(row, accuracy, seed, without) for row in rows]
        return tuple(np.mean([[f.operations, f.archive, f.solved] for f in found], axis=0))

    full, no_filter = arm(0.8), arm(0.8, "filter")
    return {
        "operations": Pair(depth, full[0]),
        "half": Pair(depth / 2, full[0]),
        "worst": Pair(max(spent), max(judged(row, 0.8, seed, complete=True).operations for row in rows)),
        "quality": Pair(arm(0.7)[0], arm(0.9)[0]),
        "filter": Pair(no_filter[1], full[1]),
        "bad-filter": Pair(arm(0.5, "filter")[2], arm(0.5)[2]),
        "action": Pair(arm(0.8, "state")[0], arm(0.8, "action")[0]),
    }
