"""Reasoning Palette: latent prefixes for exploration of strategies (arXiv:2512.17206).

Idea: vectors sampled from a variational autoencoder over (question, answer) embeddings stand before the prompt, so that
even greedy answers differ; in RL the share of prefixed rollouts falls.
Method: train.pilots.latents; a short SFT on latents of the prior and independent answers (L = 1); in RL the first
int(rho G) rollouts of a group follow L = 8 latents, rho = 1 - step / steps; advantages over the mixed group; no prefix
at the end.
Experiment: ring-ops, 3 x (operation, result) in Z_23. Base: 700 steps on random right answers; VAE of 16 latents, beta
.01, 600 steps; SFT of 10 and 100 steps; GRPO 100 steps, G = 8, B = 16. Measured on 150 unseen prompts.
Departs: summaries scaled to unit variance; prefix vectors without position; GRPO starts from a plain SFT of 10 steps.
Not verified: language models; RLOO, two-phase decay, latents of a domain; the paper's k, beta and sizes.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from leadline.train.pilots.latents import EmbeddingVAE
    from leadline.train.policies.prefixed import PrefixTransformer

N_TEST, LATENTS = 150, 8


class Greedy(NamedTuple):
    """Greedy answers behind LATENTS prefixes per prompt."""

    pass_1: float
    pass_8: float
    distinct: float
    """Different operation strings per prompt."""


class Run(NamedTuple):
    """The baseline's run of GRPO, or the palette's."""

    after: float
    """pass@1 without a prefix."""
    early: float
    """Mean reward of the first third of the steps."""


def base(seed: int, lessons: Any, steps: int) -> PrefixTransformer:
    """A model that has learned from random right answers."""
    from leadline.train.policies.prefixed import PrefixTransformer
    from leadline.train.supervised import build
    from leadline.train.supervised.fit import fit
    from leadline.train.worlds.ring_ops import SHAPE

    policy = PrefixTransformer(SHAPE, seed)
    fit(policy, build("cross_entropy"), lessons, steps=steps, lr=2e-3)
    return policy


def warmed_up(
    policy: PrefixTransformer, vae: EmbeddingVAE, practice: Any, steps: int, length: int, seed: int
) -> PrefixTransformer:
    """A copy after SFT on answers behind `length` latents of the prior, which know nothing of the answer."""
    import torch

    from leadline.train.pilots.prefix_warmup import warm_up_behind
    from leadline.train.policies.prefixed import prior
    from leadline.train.worlds.ring_ops import batches

    learner, rng = copy.deepcopy(policy), torch.Generator().manual_seed(seed)
    lessons = batches(np.random.default_rng(seed + 1000), practice, 128)
    warm_up_behind(learner, lessons, lambda n: vae.decode(prior(n, length, vae.latent, rng)), steps=steps)
    return learner


def reinforced(
    policy: PrefixTransformer,
    vae: EmbeddingVAE,
    share: float,
    practice: Any,
    test: Any,
    steps: int,
    seed: int,
) -> Run:
    """GRPO on a copy; the share of guided rollouts falls from `share` to 0, and 0 is the baseline."""
    import torch

    from leadline.train.anneal import Anneal
    from leadline.train.objectives import build
    from leadline.train.pilots.latents import PaletteTurn
    from leadline.train.single_turn import reinforce
    from leadline.train.worlds.ring_ops import puzzle

    learner, game = copy.deepcopy(policy), puzzle()
    turn = PaletteTurn(game.prompts, game.max_new, game.verify, vae, Anneal("linear", share, 0.0), steps)
    reinforce(learner, turn, build("grpo"), practice.tolist(), n=8, batch=16, steps=steps, lr=3e-4, seed=seed)
    rows = game.rollouts(learner, np.repeat(test, 16).tolist(), torch.Generator().manual_seed(seed + 78))
    return Run(float(rows.reward.mean()), float(np.mean(turn.rewards[: steps // 3 + 1])))


def greedy(policy: PrefixTransformer, vae: EmbeddingVAE, which: Any, length: int, seed: int) -> Greedy:
    """Of prompts `which` behind 8 prefixes of `length` latents each; length 0 is the plain greedy answer 8 times."""
    import torch

    from leadline.train.policies.prefixed import distinct, generate_after, prior
    from leadline.train.worlds.ring_ops import puzzle

    game, rng = puzzle(), torch.Generator().manual_seed(seed + 77)
    index = torch.as_tensor(np.repeat(which, LATENTS))
    prefix = vae.decode(prior(len(index), length, vae.latent, rng))
    made = generate_after(policy, prefix, game.prompts[index].tolist(), game.max_new, rng, greedy=True)
    right = game.verify(index, made.ids).view(-1, LATENTS).float()
    return Greedy(float(right.mean()), float(right.amax(1).mean()), distinct(made.ids[:, ::2], index))


def probe(vae: EmbeddingVAE, h: Any, families: Any) -> Pair:
    """Chance (the largest family's share) and a logistic probe's accuracy on the second half of the latents."""
    from sklearn.linear_model import LogisticRegression

    latents, half = vae.encode(h)[0].numpy(), len(h) // 2
    model = LogisticRegression(max_iter=500).fit(latents[:half], families[:half])
    return Pair(
        float(np.bincount(families[half:]).max() / half), float(model.score(latents[half:], families[half:]))
    )


def family(symbols: Any) -> Any:
    """[R] 0 only adds, 1 multiplies, 2 subtracts (and may multiply), of answers [R, 6] as symbols."""
    from leadline.environments.ring_ops import OPERATIONS, SIZE

    operation = symbols[:, ::2] - SIZE
    minus = (operation == OPERATIONS.index("z")).any(1)
    times = ((operation == OPERATIONS.index("x")) | (operation == OPERATIONS.index("y"))).any(1)
    return np.where(minus, 2, np.where(times, 1, 0))


@system(
    slug="reasoning-palette",
    title="Reasoning Palette: latent prefixes for exploration of strategies",
    paper="2512.17206",
    idea="Prefix vectors drawn from a VAE over answers change the whole answer; RL begins with them and ends without.",
    parts=("train.pilots.latents", "train.policies.prefixed", "train.pilots.prefix_warmup", "train.anneal",
           "environments.ring_ops"),
    claims=(
        Claim("latents", "After SFT-10, greedy pass@8 over latents (L = 8) beats plain greedy pass@1.", "success",
              "8 latents, pass@8", "plain greedy"),
        Claim("distinct", "... with more than one operation string per prompt.", "operation strings", "8 latents", "1"),
        Claim("short-distinct", "At L = 1, SFT-100 gives fewer distinct outputs than SFT-10.", "operation strings",
              "SFT-100", "SFT-10", "lower"),
        Claim("short-pass-8", "... and a lower pass@8.", "pass@8", "SFT-100", "SFT-10", "lower"),
        Claim("repair-10", "At L = 8, mean accuracy rises with SFT: 10 steps ...", "accuracy", "SFT-10", "no SFT"),
        Claim("repair-100", "... and 100 steps.", "accuracy", "SFT-100", "SFT-10"),
        Claim("rl", "Linear decay reaches a higher pass@1 without prefix.", "pass@1 after RL", "linear decay", "GRPO"),
        Claim("rl-early", "... and earns less in the first third.", "reward", "linear decay", "GRPO", "lower"),
        Claim("families", "Latents of three strategy families are separable above chance.", "probe accuracy", "probe",
              "largest family"),
    ),
    departs="A transformer of 0.1 M parameters on ring-ops; summaries of unit variance; prefixes without position.",
    not_verified="Language models; RLOO, two-phase decay, domain latents; the paper's k, beta, widths, learning rates.",
    seeds=5,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    import torch

    from leadline.environments import ring_ops
    from leadline.train.pilots.latents import EmbeddingVAE, summary
    from leadline.train.threads import threads
    from leadline.train.worlds.ring_ops import FIRST, SHAPE, batches

    full = scale == "full"
    base_steps, vae_steps, short, long, rl_steps = (700, 600, 10, 100, 100) if full else (20, 10, 2, 4, 2)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(ring_ops.prompts()))
    test, practice = (order[:N_TEST], order[N_TEST:]) if full else (order[:6], order[6:])
    lessons = batches(rng, practice, 128)
    with threads(1):
        taught = {"base": base(seed, lessons, base_steps)}
        pairs = torch.cat([lessons(0).ids for _ in range(40 if full else 2)])
        h = summary(taught["base"].embedding.weight.detach(), pairs)
        vae = EmbeddingVAE(SHAPE.channels, 16, 64, seed)
        vae.fit(h, steps=vae_steps, beta=0.01, seed=seed)
        for name, steps, length in (("sft-10", short, 1), ("sft-100", long, 1), ("plain", short, 0)):
            taught[name] = warmed_up(taught["base"], vae, practice, steps, length, seed)
        arms = [(name, n) for name in ("base", "sft-10", "sft-100") for n in (1, LATENTS)]
        found = {(name, n): greedy(taught[name], vae, test, n, seed) for name, n in arms}
        alone = greedy(taught["sft-10"], vae, test, 0, seed)
        grpo = reinforced(taught["plain"], vae, 0.0, practice, test, rl_steps, seed)
        palette = reinforced(taught["sft-10"], vae, 1.0, practice, test, rl_steps, seed)
    return {
        "latents": Pair(alone.pass_1, found["sft-10", LATENTS].pass_8),
        "distinct": Pair(1.0, found["sft-10", LATENTS].distinct),
        "short-distinct": Pair(found["sft-10", 1].distinct, found["sft-100", 1].distinct),
        "short-pass-8": Pair(found["sft-10", 1].pass_8, found["sft-100", 1].pass_8),
        "repair-10": Pair(found["base", LATENTS].pass_1, found["sft-10", LATENTS].pass_1),
        "repair-100": Pair(found["sft-10", LATENTS].pass_1, found["sft-100", LATENTS].pass_1),
        "rl": Pair(grpo.after, palette.after),
        "rl-early": Pair(grpo.early, palette.early),
        "families": probe(vae, h, family(pairs[:, 2:].numpy() - FIRST)),
    }
