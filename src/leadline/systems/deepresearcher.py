"""DeepResearcher: reinforcement learning in a real, noisy web with a reading agent (arXiv:2504.03160).

Idea: train where pages are dead, long and full of boilerplate, and read long pages in segments that can be left early.
Method: search and browse tools, reader with notes and a page-down decision, reward -1 for bad form, else set F1.
Departs: the experiment is a tabular policy over a procedural web: trained in a clean environment or in the noisy one,
both tested in the noisy one. The paper's loop and reward are exact; GRPO is on-policy here. The agent itself
(agents.browse, `--agent browse`) keeps words of the page as notes, so that they can be cited.
Not verified: the trained 7B model; tables against other agents; 4,096 parallel rollouts.
"""

from __future__ import annotations

import numpy as np

from leadline.agents.reading import Glance, Prospect, ReadingAgent
from leadline.bench.system import Claim, Pair, Scale, system
from leadline.chances import softmax
from leadline.train.pilots.tabular import group_step

SEARCH, SITE_A, SITE_B, NEXT, ANSWER = range(5)
TURNS, GROUP = 10, 16


def play(
    logits: np.ndarray, rng: np.random.Generator, *, noisy: bool, form_penalty: float = -1.0
) -> tuple[list[tuple[int, int]], float, bool]:
    """One rollout: search, then browse a site of type A or B, turn pages, answer.

    Clean: the fact stands on the first segment of A and B. Noisy: 30 % of pages are dead, A is mostly boilerplate (the
    fact on segment 3), B has it on segment 2. State: (searched, on A / on B / nowhere, segment, found).
    Returns path, reward, and whether the rollout ended in good form (with an answer).
    """
    searched = found = False
    site, segment, path = 0, 0, []
    for _ in range(TURNS):
        state = ((searched * 3 + site) * 4 + min(segment, 3)) * 2 + found
        p = softmax(logits[state])
        action = int(rng.choice(5, p=p))
        path.append((state, action))
        if action == ANSWER:
            return path, float(found or rng.random() < 0.05), True
        if action == SEARCH:
            searched, site, segment = True, 0, 0
        elif action in (SITE_A, SITE_B) and searched:
            dead = noisy and rng.random() < 0.3
            site, segment = (0, 0) if dead else (action, 1)
        elif action == NEXT and site:
            segment = min(segment + 1, 3)
        depth = {SITE_A: 3, SITE_B: 2}.get(site, 9) if noisy else 1
        found |= bool(site) and segment >= depth
    return path, form_penalty, False


def train(seed: int, updates: int, *, noisy: bool, form_penalty: float = -1.0) -> tuple[float, float]:
    """Mean success and share of well-formed rollouts in the noisy web after training."""
    rng = np.random.default_rng([seed, 77])
    logits = np.zeros((48, 5))
    for _ in range(updates):
        group = [play(logits, rng, noisy=noisy, form_penalty=form_penalty) for _ in range(GROUP)]
        group_step(logits, [(path, reward) for path, reward, _ in group], 0.3, ddof=1, eps=1e-6)
    runs = [play(logits, rng, noisy=True) for _ in range(300)]
    return float(np.mean([max(0.0, r) for _, r, _ in runs])), float(np.mean([ok for _, _, ok in runs]))


def segments(seed: int, n: int, *, early_exit: bool) -> float:
    """Mean segments read per page by the reading agent over pages of which 60 % are worthless from the start."""
    rng = np.random.default_rng([seed, 78])
    total = 0
    for _ in range(n):
        useful = rng.random() < 0.4

        def glance(prospect: Prospect, useful: bool = useful) -> Glance:
            facts = (f"fact {prospect.number}",) if useful and prospect.number <= 2 else ()
            return Glance(facts, not early_exit or (useful and prospect.number < 2))

        agent = ReadingAgent(glance, viewport=100)
        agent.read("x" * 500, question="q", goal="g")
        total += agent.segments_read
    return total / n


@system(
    slug="deepresearcher",
    title="DeepResearcher: RL in real web environments with a browsing agent",
    paper="2504.03160",
    idea="Train in the noise that you will meet; read long pages in segments and leave the worthless ones.",
    parts=("agents.browse", "agents.reading", "bench.metrics.tagged", "train.advantages"),
    claims=(
        Claim("noise", "Training in the noisy web transfers better to it", "success in the noisy web", "trained noisy",
              "trained clean"),
        Claim("form", "The format penalty teaches to answer", "well-formed rollouts after few updates", "-1", "0"),
        Claim("reading", "Leaving worthless pages early saves reading", "segments per page", "page-down decision",
              "read all", "lower"),
    ),
    departs="Tabular policy and procedural web.",
    not_verified="Trained models and published tables.",
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    updates = 300 if scale == "full" else 40
    few = 50 if scale == "full" else 10
    clean, noisy = (train(seed, updates, noisy=n)[0] for n in (False, True))
    lenient, strict = (train(seed, few, noisy=True, form_penalty=p)[1] for p in (0.0, -1.0))
    everything, early = (segments(seed, 200, early_exit=e) for e in (False, True))
    return {"noise": Pair(clean, noisy), "form": Pair(lenient, strict), "reading": Pair(everything, early)}
