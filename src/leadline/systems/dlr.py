"""DLR: DeepLatent Reasoning, contrastive reinforcement learning in latent space (arXiv:2601.17275).

Idea: the model stays frozen; a small assistant proposes latents that stand before the prompt, and learns from the
answers' rewards and from the contrast of winning and losing latents.
Method: train.pilots.latent_policy (Gaussian policy, ratio per dimension, value filter, contrast),
train.pilots.latent_reasoning.
Experiment: ring-ops, 3 x (operation, result) in Z_23. Main model: 700 steps on random right answers and 100 steps
behind random prefixes, then frozen. Assistant: an MLP for 2 prefix vectors, 400 updates, B = 8, G = 8, greedy decoding,
300 prompts; measured with the mean latent. The same number of decodes for all arms.
Departs: everything but the abstract is our completion; B = 8, not 16.
Not verified: the paper's latent policy, filter and losses; language models; the claimed savings.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from leadline.bench.system import Claim, Pair, Scale, system

if TYPE_CHECKING:
    from torch import Tensor

    from leadline.train.pilots.latent_policy import Assistant
    from leadline.train.policies.prefixed import PrefixTransformer

VECTORS, BATCH, DRAWN = 2, 8, 8
N_TRAIN, N_UNSEEN = 300, 150
UPDATES = {"full": 400, "smoke": 2}


def tolerant(seed: int, steps: int, sft_steps: int) -> PrefixTransformer:
    """A main model that knows ring-ops, made to bear prefixes (an untouched one takes any for noise)."""
    import torch

    from leadline.train.pilots.prefix_warmup import warm_up_behind
    from leadline.train.policies.prefixed import PrefixTransformer, prior
    from leadline.train.supervised import build
    from leadline.train.supervised.fit import fit
    from leadline.train.worlds.ring_ops import SHAPE, batches, puzzle

    lessons = batches(np.random.default_rng([seed, 1]), np.arange(len(puzzle().prompts)), 128)
    main, rng = PrefixTransformer(SHAPE, seed), torch.Generator().manual_seed(seed)
    fit(main, build("cross_entropy"), lessons, steps=steps, lr=2e-3)

    def noise(n: int) -> Tensor:
        """As large as the embeddings are now."""
        return prior(n, VECTORS, SHAPE.channels, rng) * main.embedding.weight.detach().std()

    warm_up_behind(main, lessons, noise, steps=sft_steps)
    return main.requires_grad_(False)


def formed(answers: Tensor) -> Tensor:
    """[R] whether operations and results take turns, whatever they are."""
    import torch

    from leadline.environments.ring_ops import SIZE
    from leadline.train.worlds.ring_ops import FIRST

    operation = answers >= FIRST + SIZE
    turns = torch.arange(answers.shape[1]) % 2 == 0
    return (operation == turns).all(1) & (answers >= FIRST).all(1)


def accuracy(main: PrefixTransformer, which: Any, assistant: Assistant | None = None) -> float:
    """Greedy accuracy on prompts `which`, behind the assistant's mean latent if there is one."""
    import torch

    from leadline.train.pilots.latent_reasoning import decoded
    from leadline.train.worlds.ring_ops import SHAPE, puzzle

    game, index = puzzle(), torch.as_tensor(which)
    with torch.no_grad():
        none = torch.zeros(len(index), 0, SHAPE.channels)
        z = none if assistant is None else assistant(game.prompts[index])[0]
        return float(game.verify(index, decoded(main, game, index, z)).float().mean())


def right_answers(main: PrefixTransformer, which: Any, assistant: Assistant, seed: int) -> float:
    """Different right answers per prompt behind 8 sampled latents."""
    import torch

    from leadline.train.pilots.latent_reasoning import decoded
    from leadline.train.worlds.ring_ops import puzzle

    game, rng = puzzle(), torch.Generator().manual_seed(seed + 77)
    index = torch.as_tensor(np.repeat(which, DRAWN))
    with torch.no_grad():
        mu, sigma = assistant(game.prompts[index])
        answers = decoded(main, game, index, mu + sigma * torch.randn(mu.shape, generator=rng))
    right = game.verify(index, answers)
    found = torch.cat([index[right, None], answers[right]], 1).unique(dim=0)
    return len(found) / len(which)


def reversed_prompts(which: Any) -> Any:
    """The prompts (target, start) of prompts (start, target) that are not among `which` themselves."""
    from leadline.environments.ring_ops import prompts

    every = prompts()
    number = {tuple(task): i for i, task in enumerate(every)}
    turned = {(every[i].target, every[i].start) for i in which} - {tuple(every[i]) for i in which}
    return np.array(sorted(number[task] for task in turned if task in number))


def assistants(main: PrefixTransformer, which: Any, scale: Scale, seed: int) -> dict[str, Assistant]:
    """The arms, each trained on prompts `which` with the same number of decodes. CheckFailed if the model changed."""
    from leadline.errors import CheckFailed
    from leadline.train.fingerprint import fingerprint
    from leadline.train.pilots.latent_policy import Assistant, Weights
    from leadline.train.pilots.latent_reasoning import Latents, train_assistant
    from leadline.train.worlds.ring_ops import SHAPE, puzzle

    arms = {
        "dlr": Latents(DRAWN, DRAWN),
        "filter": Latents(DRAWN, 2, warm=20 if scale == "full" else 1),
        "gathered": Latents(DRAWN, DRAWN, weights=Weights(spread=0.0)),
    }
    before, trained = fingerprint(main), {}
    for name, settings in arms.items():
        trained[name] = Assistant(SHAPE.vocabulary, 2, VECTORS, SHAPE.channels, seed=seed)
        train_assistant(
            main, trained[name], puzzle(), formed, which.tolist(), settings,
            decodes=UPDATES[scale] * BATCH * DRAWN, batch=BATCH, seed=seed,
        )  # fmt: skip
    if fingerprint(main) != before:
        raise CheckFailed("The frozen model's weights changed.", remedy="Report this: it must not happen.")
    return trained


def tuned(main: PrefixTransformer, which: Any, scale: Scale, seed: int) -> PrefixTransformer:
    """A copy after GRPO on tokens, with as many decodes as an assistant."""
    from leadline.train.objectives import build
    from leadline.train.single_turn import reinforce
    from leadline.train.worlds.ring_ops import puzzle

    policy = copy.deepcopy(main).requires_grad_(True)
    reinforce(
        policy, puzzle(), build("grpo"), which.tolist(), n=DRAWN, batch=BATCH, steps=UPDATES[scale], lr=3e-4,
        seed=seed,
    )  # fmt: skip
    return policy


@system(
    slug="dlr",
    title="DLR: DeepLatent Reasoning, contrastive reinforcement learning in latent space",
    paper="2601.17275",
    idea="Keep the model frozen; an assistant learns which latents before the prompt make its answers right.",
    parts=("train.pilots.latent_policy", "train.pilots.latent_reasoning", "train.policies.prefixed",
           "environments.ring_ops"),
    claims=(
        Claim("training", "On its training prompts the mean latent beats the main model alone.", "greedy accuracy",
              "main + latent", "main"),
        Claim("unseen", "Not claimed: on prompts that the assistant has not seen.", "greedy accuracy",
              "main + latent", "main"),
        Claim("filter", "At equal decodes, the value filter (2 of 8, and 1 at random) is not worse than none.",
              "greedy accuracy", "filter", "no filter"),
        Claim("forgetting", "Token GRPO with equal decodes changes a second task without prefix, DLR does not.",
              "|change of accuracy|", "DLR", "token GRPO", "lower"),
        Claim("spread", "The diversity term raises the number of right answers per prompt.", "right answers",
              "with L_div", "without"),
    ),
    departs="All but the abstract is our completion; a main model of 0.1 M parameters on ring-ops; B = 8, not 16.",
    not_verified="The paper's latent policy, filter and losses; language models; the claimed savings.",
    seeds=5,
)  # fmt: skip
def experiment(seed: int, scale: Scale) -> Mapping[str, Pair]:
    from leadline.environments.ring_ops import prompts
    from leadline.train.threads import threads

    order = np.random.default_rng(seed).permutation(len(prompts()))
    train, unseen = (order[:N_TRAIN], order[-N_UNSEEN:]) if scale == "full" else (order[:8], order[-8:])
    second = reversed_prompts(train)
    with threads(1):
        main = tolerant(seed, *((700, 100) if scale == "full" else (20, 2)))
        alone = accuracy(main, second)
        trained, token_grpo = assistants(main, train, scale, seed), tuned(main, train, scale, seed)
        reached = {name: accuracy(main, train, assistant) for name, assistant in trained.items()}
        return {
            "training": Pair(accuracy(main, train), reached["dlr"]),
            "unseen": Pair(accuracy(main, unseen), accuracy(main, unseen, trained["dlr"])),
            "filter": Pair(reached["dlr"], reached["filter"]),
            "forgetting": Pair(
                abs(accuracy(token_grpo, second) - alone), abs(accuracy(main, second) - alone)
            ),
            "spread": Pair(
                right_answers(main, train, trained["gathered"], seed),
                right_answers(main, train, trained["dlr"], seed),
            ),
        }
