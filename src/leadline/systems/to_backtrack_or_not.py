"""To Backtrack or Not to Backtrack: sequential search or parallel sampling at equal compute (arXiv:2504.07052).

Idea: one long trace that takes steps back, or many short answers that do not: compare at equal inference FLOPs.
Method: FLOPs = layers [(2h^2 + 2h kv + 3h ffn) T + h T(T+1)/2] n; a trace is cut at its budget; best-of-n has a
perfect verifier, majority has none.
Experiment: (a) scripted searchers (depth-first search with the sum heuristic; direct answers drawn from the same
heuristic), so that strategies are compared and not what training makes of them; one token per character (Countdown),
three per move (Sudoku). (b) Countdown with three numbers, two transformers of .8 M parameters: one is taught
solutions, one depth-first traces cut at 256 tokens. 600 supervised steps of 64 problems, the same ones; as solutions
are a quarter as long, the first then goes on until it has read as many tokens (2,800 steps). Then 60 steps of GRPO for
both (16 prompts x 8). 300 held-out problems; the trace is greedy, short answers have temperature .7.
Chosen on another seed: the learning rate of GRPO, 1e-4 (at 3e-4 both get worse).
Found, 5 seeds (50 minutes of one core): at 256 tokens one trace solves .16, short answers that cost the same .77 when
taught as many tokens, +.61 [.58, .64], and without a verifier still .42; when taught only the same problems .21, which
is inconclusive. GRPO raises the trace by .075 [.056, .093], pass@1 of direct answers by .058 [.030, .087], and narrows
them (pass@20 / pass@1 from 2.3 to 1.8). The scripted searchers of (a) are even at 256 tokens.
Departs: 300 held-out problems, not 500.
Not verified: trained models on Sudoku, the hint and mix variants, the paper's sizes; its split of Sudokus.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, Trial, system
from leadline.environments import sudoku
from leadline.environments.countdown import generate
from leadline.explore.compute import countdown_at_budget, sudoku_at_budget

BUDGETS = (32, 64, 128, 256)
MOVES = (200, 600)
DRAWN = 20
"""Short answers per problem; 256 tokens pay for about 12."""
ONE_RIGHT = 1 / (300 * DRAWN)
"""pass@1 that counts as none, so that a ratio exists."""


def scripted(seed: int, scale: Scale) -> dict[str, Pair]:
    """(a): Countdown at 64 and 256 tokens, and Sudoku at 600."""
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


def learnt(seed: int, scale: Scale) -> dict[str, Pair]:
    """(b): trained policies at 256 tokens, before and after reinforcement."""
    from leadline.train.pilots.backtracking import trained
    from leadline.train.settings import Settings
    from leadline.train.threads import threads

    sizes = {
        "full": {"policy": "tiny", "warmup_steps": 600, "prompts": 16, "eval_prompts": 300, "steps": 60},
        "smoke": {"policy": "micro", "warmup_steps": 2, "prompts": 2, "n": 2, "eval_prompts": 4, "steps": 1},
    }
    settings = Settings(lr=1e-4, lr_warmup=5, seed=seed, **sizes[scale])  # type: ignore[arg-type]
    with threads(1):
        found = trained(settings, BUDGETS, DRAWN if scale == "full" else 2)
    before, after = found.tokens, found.reinforced
    at, later = before.at[256], after.at[256]
    equal_problems = found.problems.at[256]
    return {
        "problems": Pair(equal_problems.sequential, equal_problems.parallel),
        "tokens": Pair(at.sequential, at.parallel),
        "unverified": Pair(at.sequential, at.majority),
        "direct": Pair(before.once, after.once),
        "narrow": Pair(*(arm.ever / max(arm.once, ONE_RIGHT) for arm in (before, after))),
        "search": Pair(at.sequential, later.sequential),
        "reinforced": Pair(later.sequential, later.parallel),
    }


@system(
    slug="to-backtrack-or-not",
    title="To Backtrack or Not to Backtrack: sequential search or parallel sampling at equal compute",
    paper="2504.07052",
    idea="One long trace with backtracking against many short answers, at equal inference FLOPs.",
    parts=(
        "explore.compute", "explore.decoding", "environments.countdown_traces", "environments.sudoku",
        "train.pilots.backtracking", "train.worlds.countdown",
    ),
    claims=(
        Claim("small", "Countdown, 64 tokens: parallel sampling solves more", "share solved", "best of n",
              "one trace"),
        Claim("large", "Countdown, 256 tokens: parallel sampling solves more", "share solved", "best of n",
              "one trace"),
        Claim("verifier", "Best-of-n needs its verifier (256 tokens)", "share solved", "best of n", "majority of n"),
        Claim("sudoku", "Sudoku, 600 tokens: backtracking solves more", "share solved", "one trace", "best of n"),
        Claim("problems", "Taught the same problems, 256 tokens: parallel sampling solves more", "share solved",
              "best of n", "one trace"),
        Claim("tokens", "Taught as many tokens, 256 tokens: parallel sampling solves more", "share solved",
              "best of n", "one trace"),
        Claim("unverified", "The same without a verifier: the most frequent of n answers", "share solved",
              "majority of n", "one trace"),
        Claim("direct", "GRPO raises pass@1 of direct answers", "pass@1", "after GRPO", "before"),
        Claim("narrow", "GRPO narrows direct answers: pass@20 gains less than pass@1", "pass@20 / pass@1",
              "after GRPO", "before", "lower"),
        Claim("search", "GRPO raises what one trace of 256 tokens solves", "share solved", "after GRPO", "before"),
        Claim("reinforced", "After GRPO parallel sampling still solves more", "share solved", "best of n",
              "one trace"),
    ),
    departs="Scripted searchers, and policies of 0.8 M parameters with equal problems, for Countdown alone.",
    not_verified="Trained models on Sudoku, hint and mix variants, the paper's sizes and split of its Sudokus.",
    also=(Trial(learnt),),
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    return scripted(seed, scale)
