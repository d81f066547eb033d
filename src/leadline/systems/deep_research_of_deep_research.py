"""Deep Research of Deep Research: from Transformer to agent, from AI to AI for science (arXiv:2603.28361).

Idea: an essay-type survey; what can be tested is its definition: master, parallel searchers, reviewer, report, and
tools that discover as well as solve.
Method: `leadline audit` covers its levels and rows; the experiment tests three of them: a review agent sends back
unsupported claims, a statistics tool finds planted relations, a sampler serves as proposal generator.
Departs: all criteria are ours; writer and reviewer are scripted.
Not verified: the full text (one author's essay); U1 to U5 are not quotations.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from leadline.agents.support import disagreement
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.tasks.render.text import sentence
from leadline.tasks.schema import BY_NAME
from leadline.tasks.world import World, make_world


def review_loop(world: World, rng: np.random.Generator, n: int, *, reviewed: bool) -> tuple[float, float]:
    """Share of supported claims in reports of four true and up to three invented ones, and false rejections by the
    reviewer, who lets stand whatever has no number, date or name that the evidence lacks."""
    kept_true = kept_false = rejected_true = total_true = 0
    for _ in range(n):
        facts = [world.facts[int(i)] for i in rng.choice(len(world.facts), 7, replace=False)]
        evidence = " ".join(sentence(world, f, rng) for f in facts)
        invented = int(rng.integers(4))
        drafts = [(sentence(world, f, rng), True) for f in facts[:4]]
        for f in facts[4:][:invented]:
            value = (
                f"{int(rng.integers(10**6)):,}" if BY_NAME[f.predicate].range == "number" else "Nobody Known"
            )
            drafts.append((sentence(world, f, rng, value), False))
        for text, true in drafts:
            accepted = not reviewed or not disagreement(text, evidence)
            kept_true, kept_false = kept_true + (accepted and true), kept_false + (accepted and not true)
            rejected_true, total_true = rejected_true + (not accepted and true), total_true + true
    return kept_true / max(1, kept_true + kept_false), rejected_true / total_true


def discovery(rng: np.random.Generator, n: int, *, random: bool) -> float:
    """hit@3 over tables of 10 columns and 500 rows with one planted relation (r = .5)."""
    hits = 0
    for _ in range(n):
        table = rng.normal(size=(500, 10))
        a, b = rng.choice(10, 2, replace=False)
        table[:, b] = 0.5 * table[:, a] + np.sqrt(0.75) * table[:, b]
        pairs = [(i, j) for i in range(10) for j in range(i)]
        strength = np.abs(np.corrcoef(table.T))
        order = (
            rng.permutation(len(pairs))
            if random
            else np.argsort([-strength[p] for p in pairs], kind="stable")
        )
        hits += (max(a, b), min(a, b)) in [pairs[k] for k in order[:3]]
    return hits / n


def reverse_diffusion(rng: np.random.Generator, n: int, steps: int = 200) -> np.ndarray:
    """Samples of a mixture of N(-2, .5^2) and N(2, .5^2) by the reverse variance-exploding process with its exact
    score, from sigma 10 down to .01."""
    sigmas = np.geomspace(10.0, 0.01, steps + 1)
    x = rng.normal(0, 10.0, n)
    for now, following in pairwise(sigmas):
        spread = 0.25 + now**2
        left, right = np.exp(-((x + 2) ** 2) / (2 * spread)), np.exp(-((x - 2) ** 2) / (2 * spread))
        weight = right / np.maximum(left + right, 1e-300)
        score = (2 * (2 * weight - 1) - x) / spread
        change = now**2 - following**2
        x = x + change * score + np.sqrt(change) * rng.normal(size=n)
    return x


def sampler_error(rng: np.random.Generator, n: int) -> float:
    """|mean| + |E|x| - 2| of the sampler."""
    x = reverse_diffusion(rng, n)
    return float(abs(x.mean()) + abs(np.abs(x).mean() - 2))


@system(
    slug="deep-research-of-deep-research",
    title="Deep Research of Deep Research: a definition and its capability levels",
    paper="2603.28361",
    idea="Discover as well as solve: reviewers, statistics and samplers as parts of a research system.",
    parts=("bench.audit", "agents.review", "agents.support"),
    claims=(
        Claim("review", "A reviewer removes unsupported claims", "share of supported claims", "reviewed", "unreviewed"),
        Claim("discovery", "A statistics tool finds planted relations", "hit@3", "correlation tool", "random question"),
        Claim("sampler", "The reverse process samples its target", "error of mean and |x| (.2 allowed)", "sampler",
              "allowance", "lower"),
    ),
    departs="Scripted writer and reviewer; all criteria are ours. The ladder from closed book to a team is not run: "
    "its step from one search to many is the survey's claim `planning` (deep-research-survey).",
    not_verified="The full text.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    rng = np.random.default_rng([seed, 83])
    world = make_world(600, seed)
    n = 100 if scale == "full" else 15
    without, with_review = (review_loop(world, rng, n, reviewed=r)[0] for r in (False, True))
    chance, tool = (discovery(rng, n, random=r) for r in (True, False))
    return {
        "review": Pair(without, with_review),
        "discovery": Pair(chance, tool),
        "sampler": Pair(0.2, sampler_error(rng, 2000 if scale == "full" else 300)),
    }
