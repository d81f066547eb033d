"""To Backtrack or Not to Backtrack: sequential search or parallel sampling at equal compute (arXiv:2504.07052).

Idea: one long trace that takes steps back, or many short answers that do not: compare at equal inference FLOPs.
Method: FLOPs = layers [(2h^2 + 2h kv + 3h ffn) T + h T(T+1)/2] n; a trace is cut at its budget; best-of-n has a
perfect verifier, majority has none.
Assumes: one token per character (Countdown), three per move (Sudoku), a 4-layer model of width 128.
Departs: the test-time part only. The searchers are scripted (depth-first search with the sum heuristic; direct
answers drawn from the same heuristic), so what is compared is strategies, not what training does to them.
Not verified: trained models before and after GRPO, the hint and mix variants after training.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.environments import sudoku
from leadline.environments.countdown import generate
from leadline.explore.compute import countdown_at_budget, sudoku_at_budget

BUDGETS = (32, 64, 128, 256)
MOVES = (200, 600)


@system(
    slug="to-backtrack-or-not",
    title="To Backtrack or Not to Backtrack: sequential search or parallel sampling at equal compute",
    paper="2504.07052",
    idea="One long trace with backtracking against many short answers, at equal inference FLOPs.",
    parts=("explore.compute", "explore.decoding", "environments.countdown_traces", "environments.sudoku"),
    claims=(
        Claim("small", "Countdown, 64 tokens: parallel sampling solves more", "share solved", "best of n",
              "one trace"),
        Claim("large", "Countdown, 256 tokens: parallel sampling solves more", "share solved", "best of n",
              "one trace"),
        Claim("verifier", "Best-of-n needs its verifier (256 tokens)", "share solved", "best of n", "majority of n"),
        Claim("sudoku", "Sudoku, 600 tokens: backtracking solves more", "share solved", "one trace", "best of n"),
    ),
    departs="Scripted searchers at test time; training belongs to the train room.",
    not_verified="All claims about trained models; difficulty split of the paper's Sudoku.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    full = scale == "full"
    rng = np.random.default_rng((seed, 71))
    countdown = countdown_at_budget(generate(rng, 200 if full else 15), BUDGETS, rng)
    at = {row.tokens: row for row in countdown}
    puzzles = [sudoku.generate(rng, size=9, blanks=56) for _ in range(24 if full else 2)]
    board = sudoku_at_budget(puzzles, MOVES, rng)[-1]
    return {
        "small": Pair(at[64].sequential, at[64].parallel),
        "large": Pair(at[256].sequential, at[256].parallel),
        "verifier": Pair(at[256].majority, at[256].parallel),
        "sudoku": Pair(board.parallel, board.sequential),
    }
