"""DeepMiner: a sliding window over tool results, and questions built backwards (arXiv:2510.08276).

Idea: old tool results are rarely needed verbatim; blank them in steps and a small context holds a hundred calls.
Method: window W, slide S; the same blanking in training, each assistant turn trained once under its own context;
reverse-constructed questions that a plain search does not answer.
Departs: the look-up experiment is scripted: an agent that restates each found fact in its own turn (as the window
needs) against one that relies on the results still being there, in a small context.
Not verified: the 32B model; window sizes of the paper's runs; RL with rank advantages (train.advantages has them).
"""

from __future__ import annotations

import numpy as np

from leadline.agents.contexts.size import calls_that_fit
from leadline.agents.contexts.window import blanked
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.makers.reverse import make
from leadline.tasks.render.text import Style, render_text
from leadline.tasks.search import library_search
from leadline.tasks.world import make_world


def chain_success(
    seed: int,
    hops: int,
    n: int,
    *,
    limit: int = 512,
    window: int | None = 5,
    slide: int = 3,
    slip: float = 0.01,
) -> float:
    """Share of `hops`-hop look-up chains that end right in a context of `limit` tokens.

    A result has 40 tokens, a turn 8 in which the agent restates what it found. With a window old results are blanked
    (2 tokens); without one the oldest tokens fall off the left, and once the question (24 tokens) is gone the agent
    no longer knows where it goes. Each hop slips with probability `slip`.
    """
    rng = np.random.default_rng([seed, 76, hops])
    wins = 0
    for _ in range(n):
        alive = True
        for hop in range(hops):
            blank = blanked(hop, window, slide) if window else 0
            used = 24 + 8 * hop + 40 * (hop - blank) + 2 * blank
            alive &= used <= limit and rng.random() >= slip
        wins += alive
    return wins / n


def search_finds(seed: int, n: int, *, filtered: bool) -> float:
    """Share of reverse-constructed questions whose answer a plain search shows in its first twenty documents. The
    filter itself looks at the first five."""
    world = make_world(1200, seed)
    library = render_text(world, Style(dispersion=0.4))
    with library_search(library.documents) as search:
        items = list(make(world, library, n, seed, search=search.texts if filtered else None))
        shown = [any(item.answers[0] in text for text in search.texts(item.question, 20)) for item in items]
    return float(np.mean(shown)) if shown else 0.0


@system(
    slug="deepminer",
    title="DeepMiner: dynamic context window for deep search agents",
    paper="2510.08276",
    idea="Blank old tool results in steps: a hundred calls fit where fifteen did.",
    parts=("agents.contexts.window", "agents.contexts.size", "tasks.makers.reverse"),
    claims=(
        Claim("fit", "Many more tool calls fit a 32k context", "tool calls that fit", "window 5/3", "transcript"),
        Claim("long", "Long chains need the window in a small context", "24-hop success", "window 5/3", "transcript"),
        Claim("short", "Short chains do not suffer", "loss at 6 hops (.03 allowed)", "window 5/3", "allowance",
              "lower"),
        Claim("filter", "The difficulty filter removes what a plain search finds", "answer in 20 documents",
              "filtered", "unfiltered", "lower"),
    ),
    departs="Scripted look-ups instead of a trained transformer; facts are restated in the agent's own turns.",
    not_verified="Trained agents; the paper's W and S.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    n, items = (400, 40) if scale == "full" else (60, 8)
    sizes = {"question": 300, "assistant": 250, "result": 2000}
    window = calls_that_fit(32_768, lambda t: blanked(t, 5, 3), **sizes)
    transcript = calls_that_fit(32_768, lambda t: 0, **sizes)
    long = {w: chain_success(seed, 24, n, window=w) for w in (None, 5)}
    short = chain_success(seed, 6, n, window=None) - chain_success(seed, 6, n, window=5)
    return {
        "fit": Pair(transcript, window),
        "long": Pair(long[None], long[5]),
        "short": Pair(0.03, short),
        "filter": Pair(search_finds(seed, items, filtered=False), search_finds(seed, items, filtered=True)),
    }
