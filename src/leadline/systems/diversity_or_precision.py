"""Diversity or Precision? Next-token prediction as one-step RL with shaped rewards (arXiv:2512.22955).

Idea: shape the pre-trained distribution that RL will explore, by rewards on single tokens; precision may serve better.
Method: train.supervised.shaped_ntp: beta sharpens (< 0) or flattens (> 0), lam_tail < 0 empties the tail.
Experiment A: 6 positions x 32 tokens, data .45 / .30 on two tokens and .25 on 30; logits trained to convergence
(Adam .05, 600 steps, k = 2, labels in expectation), then GRPO (G = 16, Adam .15, 150 steps) on one hidden string: the
majority tokens, or a coin between the two. Score: mean success over training; a seed is the mean of 4 strings.
Experiment B: ring-ops with 15 % random operations and 5 % corrupted results. Cross-entropy for 800 steps, then each
objective for 250; GRPO 100 steps. Perplexity and entropy on fresh answers, mean success over GRPO.
Departs: B starts all arms from one model, because 1500 steps of each from scratch take too long on one core and
shorter ones measure the speed of learning; lam_tail -.5, as -.1 is too weak for 5 seeds.
Not verified: language models at 500 B tokens; the PDF was not readable.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from torch import Tensor

    from leadline.train.rows import Rows

SHAPES: dict[str, dict[str, Any]] = {
    "ce": {}, "sharp": {"beta": -0.25}, "flat": {"beta": 0.5}, "tail": {"lam_tail": -0.5},
}  # fmt: skip
POSITIONS, TOKENS = 6, 32


def converged(seed: int, steps: int, shape: Mapping[str, Any]) -> Tensor:
    """[6, 32] logits after training on the expectation over the data's labels."""
    import torch

    from leadline.train.supervised.shaped_ntp import shaped_ntp_loss

    rng = torch.Generator().manual_seed(seed)
    data = torch.full((TOKENS,), 0.25 / (TOKENS - 2), dtype=torch.float64)
    data[0], data[1] = 0.45, 0.30
    logits = (0.1 * torch.randn(POSITIONS, TOKENS, generator=rng, dtype=torch.float64)).requires_grad_(True)
    optimizer = torch.optim.Adam([logits], lr=0.05)
    every_label = torch.arange(TOKENS).expand(POSITIONS, TOKENS)
    for _ in range(steps):
        losses = shaped_ntp_loss(
            logits[:, None].expand(-1, TOKENS, -1), every_label, k=2, **shape
        )  # fmt: skip
        optimizer.zero_grad(set_to_none=True)
        (losses * data).sum(-1).mean().backward()
        optimizer.step()
    return logits.detach()


def table_score(logits: Tensor, string: Tensor, seed: int, steps: int) -> float:
    """Mean probability of the hidden string over GRPO training."""
    import torch

    from leadline.train.bandit import train_table
    from leadline.train.objectives import build
    from leadline.train.policies.table import SoftmaxTable

    policy = SoftmaxTable(logits[None], torch.nn.functional.one_hot(string, TOKENS).bool()[None])
    run = train_table(
        policy, build("grpo"), n=16, lr=0.15, steps=steps, seed=seed, rule="adam",
        watch=lambda seen: float(seen.success()),
    )  # fmt: skip
    return float(np.mean(run.history))


def tables(seed: int, strings: int, fit_steps: int, rl_steps: int) -> dict[tuple[str, str], float]:
    """Scores by (arm, target), means over `strings` hidden strings."""
    import torch

    found: dict[tuple[str, str], list[float]] = {}
    for case in range(seed * strings, (seed + 1) * strings):
        coin = torch.randint(2, (POSITIONS,), generator=torch.Generator().manual_seed(1000 + case))
        for arm, shape in SHAPES.items():
            logits = converged(case, fit_steps, shape)
            for target, string in (("majority", torch.zeros_like(coin)), ("mixed", coin)):
                found.setdefault((arm, target), []).append(table_score(logits, string, case, rl_steps))
    return {key: float(np.mean(values)) for key, values in found.items()}


def corpus(rng: np.random.Generator, size: int) -> Callable[[int], Rows]:
    from leadline.environments.ring_ops import noisy_answers
    from leadline.train.worlds.ring_ops import taught

    return lambda step: taught(*noisy_answers(rng, size))


class Prior(NamedTuple):
    perplexity: float
    entropy: float
    rl: float
    """Mean success over GRPO, every tenth step; 0 where it was not trained."""


def priors(seed: int, warm: int, shaped: int, rl_steps: int, samples: int) -> dict[str, Prior]:
    """Each objective from the same model, and what GRPO makes of it."""
    import torch

    from leadline.train.objectives import build
    from leadline.train.single_turn import reinforce
    from leadline.train.supervised import Supervised
    from leadline.train.supervised.fit import fit
    from leadline.train.supervised.shaped_ntp import shaped_ntp_loss
    from leadline.train.worlds.ring_ops import new_policy, puzzle

    def method(shape: Mapping[str, Any]) -> Supervised:
        return Supervised("shaped", lambda z, y, teacher: shaped_ntp_loss(z, y, k=9, **shape))

    asked, base, found = puzzle(), new_policy(seed), {}
    everyone = list(range(len(asked.prompts)))
    held_out = corpus(np.random.default_rng(seed + 500), samples)(0)

    curve: list[float] = []

    def watch(model: Any, step: int) -> None:
        if step % 10 == 9:
            rng = torch.Generator().manual_seed(step)
            curve.append(float(asked.rollouts(model, everyone, rng).reward.mean()))

    fit(base, method({}), corpus(np.random.default_rng(seed), 128), steps=warm, lr=2e-3)
    for arm, shape in SHAPES.items():
        model = copy.deepcopy(base)
        fit(model, method(shape), corpus(np.random.default_rng(seed + 1000), 128), steps=shaped, lr=2e-3)
        with torch.no_grad():
            scores = model.score(held_out, frozenset({"entropy"}))
        assert scores.entropy is not None
        curve.clear()
        if arm in ("ce", "tail"):
            reinforce(
                model, asked, build("grpo"), everyone, n=8, batch=16, steps=rl_steps, lr=3e-4, seed=seed, watch=watch,
            )  # fmt: skip
        n = held_out.mask.sum()
        perplexity, entropy = float((-scores.logp.sum() / n).exp()), float(scores.entropy.sum() / n)
        found[arm] = Prior(perplexity, entropy, float(np.mean(curve)) if curve else 0.0)
    return found


@system(
    slug="diversity-or-precision",
    title="Diversity or Precision? A deep dive into next-token prediction",
    paper="2512.22955",
    idea="Cross-entropy is one-step RL; shape its reward to sculpt the distribution that later RL explores.",
    parts=("train.supervised.shaped_ntp", "train.bandit", "train.single_turn", "environments.ring_ops"),
    claims=(
        Claim("sharp", "Majority target: beta -.25 beats cross-entropy.", "mean success", "beta -.25", "CE"),
        Claim("flat", "Majority target: cross-entropy beats beta +.5.", "mean success", "CE", "beta +.5"),
        Claim("tail-majority", "Emptying the tail helps, majority target.", "mean success", "tail -.5", "CE"),
        Claim("tail-mixed", "Emptying the tail helps, mixed target.", "mean success", "tail -.5", "CE"),
        Claim("perplexity-sharp", "Ring-ops: perplexity within 3 % ...", "perplexity", "beta -.25", "1.03 CE", "lower"),
        Claim("perplexity-flat", "... with beta +.5, too ...", "perplexity", "beta +.5", "1.03 CE", "lower"),
        Claim("perplexity-tail", "... and with an emptied tail.", "perplexity", "tail -.5", "1.03 CE", "lower"),
        Claim("entropy-sharp", "Entropy is lower with beta -.25 ...", "entropy, nats", "beta -.25", "CE", "lower"),
        Claim("entropy-flat", "... and higher with beta +.5.", "entropy, nats", "beta +.5", "CE"),
        Claim("tail-rl", "GRPO succeeds more from an emptied tail (k = 9).", "mean success", "tail -.5", "CE"),
    ),
    departs="Tables and ring-ops; B continues one cross-entropy model instead of training from scratch.",
    not_verified="Language models, MoE, 500 B tokens, Pass@64; equations are from a summary of the paper.",
    seeds=5,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from leadline.train.threads import threads

    full = scale == "full"
    with threads(1):
        a = tables(seed, *((4, 600, 150) if full else (1, 20, 3)))
        b = priors(seed, *((800, 250, 100, 1000) if full else (6, 2, 10, 50)))
    ce = b["ce"]
    return {
        "sharp": Pair(a["ce", "majority"], a["sharp", "majority"]),
        "flat": Pair(a["flat", "majority"], a["ce", "majority"]),
        "tail-majority": Pair(a["ce", "majority"], a["tail", "majority"]),
        "tail-mixed": Pair(a["ce", "mixed"], a["tail", "mixed"]),
        **{
            f"perplexity-{arm}": Pair(1.03 * ce.perplexity, b[arm].perplexity)
            for arm in ("sharp", "flat", "tail")
        },
        "entropy-sharp": Pair(ce.entropy, b["sharp"].entropy),
        "entropy-flat": Pair(ce.entropy, b["flat"].entropy),
        "tail-rl": Pair(ce.rl, b["tail"].rl),
    }
