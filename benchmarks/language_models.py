"""A language model as explorer: in a bandit, in a reaction space, and as the judge of Go-Explore, untrained for any.

python -m benchmarks.language_models [--model local] [--seeds 5] [--parts bandit,reactions,judge]

Bandit (EVOLvE, arXiv:2410.06238): 5 letters, gap .5, 30 steps; the likeliest name under raw history, summary, and
summary with UCB's numbers. Reactions (arXiv:2509.00103): 20 experiments on reductive amination, by name and with the
names dealt anew. Judge (arXiv:2405.15143): whether it tells states of the Game of 24 that can still reach 24 from those
that cannot, half of each; .5 is chance, and the table of benchmarks/results/game24.md says what an accuracy is worth.
The model of the extra `local` has 135M parameters: no gain is claimed, what it does is reported.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from benchmarks.record import record, table

from leadline.bench.stats import mean_interval
from leadline.environments.bandits import make_arms
from leadline.environments.base import Observation
from leadline.environments.game24 import TEST_ROWS, states
from leadline.environments.reactions import reaction_space
from leadline.explore.bandit_metrics import min_frac, opt_frac
from leadline.explore.bandit_prompts import LikelihoodAgent
from leadline.explore.bandits import Policy, play, ucb, uniform
from leadline.explore.campaign import campaign
from leadline.explore.cells import Cell
from leadline.explore.model_judge import ModelJudge
from leadline.explore.optimise import GaussianProcess, ModelProposer, RandomProposer
from leadline.models.base import ChatModel
from leadline.models.specs import model_from
from leadline.systems.intelligent_go_explore import truth

NAMES, STEPS, TRIALS, ASKED = list("ABCDE"), 30, 20, 100


def show(values: list[float], digits: int = 2) -> str:
    i = mean_interval(values)
    return f"{i.mean:.{digits}f} [{i.low:.{digits}f}, {i.high:.{digits}f}]"


def bandit(model: ChatModel, seeds: int) -> list[list[Any]]:
    """Regret, OptFrac and MinFrac after 30 steps; every agent of a seed has the same bandit."""
    found: dict[str, list[tuple[float, float, float, int]]] = {}
    for seed in range(seeds):
        arms = make_arms(1, 5, np.random.default_rng((seed, 1)))
        best = arms.means.argmax(1)
        for form in ("RH", "SH", "AG"):
            agent, rng = LikelihoodAgent(model, NAMES, form, seed=seed), np.random.default_rng((seed, 2))  # type: ignore[arg-type]
            for _ in range(STEPS):
                arm = agent.act()
                agent.update(arm, float(arms.pull(np.array([arm]), rng)[0]))
            chosen = np.array([[p.arm for p in agent.pulls]])
            regret = float(sum(arms.regret(np.array([a]))[0] for a in chosen[0]))
            row = (regret, opt_frac(chosen, best, STEPS), min_frac(chosen, 5, STEPS), agent.invalid)
            found.setdefault(f"{model.name}, {form}", []).append(row)
        policies: dict[str, Policy] = {"UCB": ucb(), "random": uniform}
        for name, policy in policies.items():
            done = play(arms, policy, STEPS, np.random.default_rng((seed, 3)))
            row = (
                float(done.regret[0, -1]),
                opt_frac(done.arms, best, STEPS),
                min_frac(done.arms, 5, STEPS),
                0,
            )
            found.setdefault(name, []).append(row)
    return [[name, *(show([r[k] for r in rows]) for k in range(3)), sum(r[3] for r in rows)]
            for name, rows in found.items()]  # fmt: skip


def reactions(model: ChatModel, seeds: int) -> list[list[Any]]:
    space = reaction_space("reductive-amination")
    anew = [space.renamed(np.random.default_rng((seed, 36))) for seed in range(seeds)]
    arms = {
        model.name: [
            campaign(space, ModelProposer(space, model, seed=100 * s), TRIALS) for s in range(seeds)
        ],
        f"{model.name}, names dealt anew": [
            campaign(anew[s], ModelProposer(anew[s], model, seed=100 * s), TRIALS) for s in range(seeds)
        ],
        "random": [campaign(space, RandomProposer(space, s), TRIALS) for s in range(seeds)],
        "GP-EI": [campaign(space, GaussianProcess(space, seed=s), TRIALS) for s in range(seeds)],
    }
    return [
        [name, show([c.best for c in runs], 1), show([c.entropy(space.shape) for c in runs]),
         float(np.mean([c.duplicates for c in runs])), float(np.mean([c.invalid for c in runs]))]
        for name, runs in arms.items()
    ]  # fmt: skip


def judge(model: ChatModel, asked: int = ASKED) -> list[list[Any]]:
    """Accuracy of "is it worth keeping" on states of three and two cards, half of them hopeless."""
    rng = np.random.default_rng(0)
    every = sorted({s for row in TEST_ROWS for s in states(row) if 1 < len(s) < 4})
    rows = []
    for cards in (3, 2):
        pools = [
            [s for s in every if len(s) == cards and truth((s, False)) == good] for good in (True, False)
        ]
        drawn = [(s, good) for good, pool in zip((True, False), pools, strict=True)
                 for s in (pool[k] for k in rng.permutation(len(pool))[: asked // 4])]  # fmt: skip
        says, errors = [], 0
        for s, good in drawn:
            judge = ModelJudge(model, "Reach 24 with + - * / from the numbers; every number once.", lambda c, k: "",
                               window=0, temperature=0.0)  # fmt: skip
            cell = Cell(str(s), Observation(f"({' '.join(map(str, s))})"), [], None, 1)
            try:
                says.append((judge.accept(cell, [cell]), good))
            except ValueError:
                errors += 1
        right = [float(said == good) for said, good in says]
        rows.append([f"{cards} numbers", show(right), float(np.mean([said for said, _ in says])), errors])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="local")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--parts", default="bandit,judge,reactions")
    given = parser.parse_args()
    model, parts, figures = model_from(given.model), [], {}
    titles = {
        "bandit": (f"Bandit, {STEPS} steps, {given.seeds} seeds (random choice: OptFrac .2)",
                   ["agent", "regret", "OptFrac", "MinFrac", "invalid answers"], lambda: bandit(model, given.seeds)),
        "judge": (f"Judge, {ASKED // 2} states each",
                  ["states of", "accuracy [95 %]", "share kept", "unusable answers"], lambda: judge(model)),
        "reactions": (f"Reductive amination, {TRIALS} experiments, {given.seeds} seeds",
                      ["proposer", "best", "entropy", "duplicates", "invalid"], lambda: reactions(model, given.seeds)),
    }  # fmt: skip
    for name in given.parts.split(","):
        title, columns, run = titles[name]
        figures[name] = run()
        parts.append(f"{title}:\n\n{table(columns, figures[name])}")
        print(parts[-1], flush=True)
    record("language_models", f"A language model explores: {model.name}", "\n\n".join(parts), figures)


if __name__ == "__main__":
    main()
