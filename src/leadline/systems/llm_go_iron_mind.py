"""LLM-GO and Iron Mind: language models as reaction optimisers (arXiv:2509.00103).

Idea: on fully measured reaction spaces, a proposer with prior knowledge beats Bayesian optimisation and looks wider.
Method: 20 experiments, batch 1, exact look-up; best value and cumulative entropy of the proposals.
Assumes: larger is better; Chan-Lam by the lowest weighted selectivity of its replicates.
Departs: no frontier model. Prior knowledge is additive effects of options, learned on the even-numbered aryl halides
(electrophiles, substrates, sulfonamides) and used on the odd ones, with a Gaussian-process correction and softmax
proposals (tau 8). A small language model proposes in benchmarks/language_models.py.
Every method's first random experiment counts here; the authors drop it for BO.
Not verified: the language models' results, their run archive.
"""

from __future__ import annotations

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system
from leadline.environments.reactions import ReactionSpace, reaction_space
from leadline.explore.campaign import Campaign, campaign
from leadline.explore.optimise import GaussianProcess, PriorKnowledge, RandomProposer, additive_effects

SPLITS = {"buchwald-hartwig": 2, "suzuki-doyle": 0, "reductive-amination": 0, "chan-lam": 1}
"""Parameter whose options are split into what is known and what is to be optimised."""


def with_and_without_names(name: str, seed: int, n: int) -> tuple[ReactionSpace, dict[str, Campaign]]:
    """On the unknown half: EI, the prior, the same prior with the names of options permuted, the greedy prior."""
    space, axis = reaction_space(name), SPLITS[name]
    known, unknown = (space.part(axis, range(start, space.shape[axis], 2)) for start in (0, 1))
    base, effects = additive_effects(known)
    effects[axis] = np.zeros(unknown.shape[axis])  # nothing is known about options never seen
    rng = np.random.default_rng((seed, 35))
    shuffled = [rng.permutation(effect) for effect in effects]
    return unknown, {
        "ei": campaign(unknown, GaussianProcess(unknown, seed=seed), n),
        "prior": campaign(unknown, PriorKnowledge(unknown, base, effects, seed), n),
        "shuffled": campaign(unknown, PriorKnowledge(unknown, base, shuffled, seed), n),
        "greedy": campaign(unknown, PriorKnowledge(unknown, base, effects, seed, tau=0), n),
    }


def _ei(id: str, name: str) -> Claim:
    return Claim(id, f"EI beats random on {name}", "best of 20 experiments", "GP-EI", "random")


@system(
    slug="llm-go-iron-mind",
    title="LLM-GO and Iron Mind: language models as reaction optimisers",
    paper="2509.00103",
    idea="A proposer with prior knowledge on fully measured reaction spaces: better and more diverse than BO.",
    parts=("explore.campaign", "explore.optimise", "explore.gaussian", "environments.reactions"),
    claims=(
        _ei("buchwald", "Buchwald-Hartwig"), _ei("suzuki", "Suzuki-Miyaura A"), _ei("chan-lam", "Chan-Lam"),
        _ei("reductive", "reductive amination (the specification found no significant gain)"),
        Claim("entropy", "EI looks at fewer options than random", "mean cumulative entropy of the four spaces",
              "GP-EI", "random", "lower"),
        Claim("prior", "Prior knowledge beats EI on Buchwald-Hartwig", "best of 20", "prior, tau 8", "GP-EI"),
        Claim("prior-entropy", "... and looks wider", "cumulative entropy", "prior, tau 8", "GP-EI"),
        Claim("names", "The gain vanishes when names are permuted", "best of 20", "prior, tau 8", "permuted prior"),
        Claim("prior-suzuki", "The prior beats EI on Suzuki-Miyaura A (the specification: it does not)", "best of 20",
              "prior, tau 8", "GP-EI"),
        Claim("prior-reductive", "... on reductive amination (no significant gain there)", "best of 20",
              "prior, tau 8", "GP-EI"),
        Claim("prior-chan-lam", "... on Chan-Lam (no significant gain there)", "best of 20", "prior, tau 8", "GP-EI"),
    ),
    departs="Prior knowledge from half of the space instead of a language model; all 20 experiments count.",
    not_verified="The language models' campaigns; the two spaces kept out for held-out evaluation.",
    seeds=100,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> dict[str, Pair]:
    n = 20 if scale == "full" else 4
    results, entropy = {}, []
    for id, name in (
        ("buchwald", "buchwald-hartwig"),
        ("suzuki", "suzuki-doyle"),
        ("chan-lam", "chan-lam"),
        ("reductive", "reductive-amination"),
    ):
        space = reaction_space(name)
        chance = campaign(space, RandomProposer(space, seed), n)
        ours = campaign(space, GaussianProcess(space, seed=seed), n)
        results[id] = Pair(chance.best, ours.best)
        entropy.append([chance.entropy(space.shape), ours.entropy(space.shape)])
    results["entropy"] = Pair(*np.mean(entropy, axis=0).tolist())
    space, runs = with_and_without_names("buchwald-hartwig", seed, n)
    results["prior"] = Pair(runs["ei"].best, runs["prior"].best)
    results["prior-entropy"] = Pair(runs["ei"].entropy(space.shape), runs["prior"].entropy(space.shape))
    results["names"] = Pair(runs["shuffled"].best, runs["prior"].best)
    for id, name in (
        ("suzuki", "suzuki-doyle"),
        ("reductive", "reductive-amination"),
        ("chan-lam", "chan-lam"),
    ):
        _, runs = with_and_without_names(name, seed, n)
        results[f"prior-{id}"] = Pair(runs["ei"].best, runs["prior"].best)
    return results
