"""Batched ragged generation, and the exact log probability of every sampled token.

Each row draws from its own uniform numbers, so what it says does not depend on its neighbours: where one ends, the next
row that waits takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from leadline.errors import UsageError
from leadline.train.policies.arrays import Array
from leadline.train.policies.decode import Decoder, kernels
from leadline.train.policies.transformer import Transformer

Temperature = Callable[[Tensor, int], Tensor]


@dataclass
class Generated:
    """N new tokens at most, right-padded: ids, their log probabilities as sampled, temperatures, entropies at
    temperature 1, and 1 in `mask` where a token was generated. `ended` tells which rows stopped by themselves.
    """

    ids: Tensor
    logp: Tensor
    tau: Tensor
    entropy: Tensor
    mask: Tensor
    ended: Tensor
    forwards: int = 0


@torch.no_grad()
def generate(
    policy: Transformer,
    prompts: Sequence[Sequence[int]],
    max_new: int,
    rng: torch.Generator,
    *,
    temperature: Temperature | None = None,
    step: int = 0,
    stop: Sequence[int] = (1,),
    greedy: bool = False,
    start: Sequence[int] | None = None,
) -> Generated:
    """Continue every prompt by up to `max_new` tokens or one of the `stop` ids (kept in the result).

    `temperature(positions, step)` gives the temperature of generated token 0, 1, ...; `start` says how many tokens of
    each row's response already stand in its prompt (chunked sampling), so that its schedule goes on from there.
    """
    n = len(prompts)
    longest = max(len(p) for p in prompts)
    if longest + max_new > policy.shape.context:
        raise UsageError(
            f"A prompt of {longest} tokens and {max_new} new ones do not fit the context of {policy.shape.context}.",
            remedy="Shorten the prompt, ask for fewer new tokens (max_new), or use a policy with more context.",
        )
    if max_new < 1:
        return nothing(n, 0)
    begun = np.array(start if start is not None else [0] * n)
    draws = torch.rand(n, max_new, generator=rng, dtype=torch.float64).numpy()
    stops = np.isin(np.arange(policy.shape.vocabulary), list(stop))
    decoder, out = Decoder(policy, prompts, max_new), nothing(n, max_new)
    rows, entered = np.arange(decoder.lines), decoder.lines
    line, said, logits = rows, np.zeros_like(rows), decoder.first[: decoder.lines]
    while True:
        tau = temperatures(temperature, begun[rows] + said, step)
        token = say(out, said, rows, logits, tau, draws, greedy)
        said = said + 1
        over = stops[token] | (said == max_new)
        if over.any():
            out.ended[rows[stops[token]]] = True
            new = np.arange(entered, min(n, entered + int(over.sum())))
            token, rows, entered = token[~over], np.concatenate([rows[~over], new]), entered + len(new)
            said, line = (
                np.concatenate([x[~over], y[: len(new)]]) for x, y in ((said, 0 * new), (line, line[over]))
            )
        if not len(rows):
            return out
        logits = decoder.step(rows, token, line, said)


def nothing(n: int, max_new: int) -> Generated:
    """An empty record for n rows."""
    return Generated(
        torch.zeros(n, max_new, dtype=torch.long), torch.zeros(n, max_new), torch.ones(n, max_new),
        torch.zeros(n, max_new), torch.zeros(n, max_new), torch.zeros(n, dtype=torch.bool),
    )  # fmt: skip


def temperatures(temperature: Temperature | None, positions: Array, step: int) -> Array:
    """The schedule at `positions` [b]; 1 without one."""
    if temperature is None:
        return np.ones(len(positions), np.float32)
    tau: Array = temperature(torch.from_numpy(positions), step).float().numpy()
    return tau


def say(
    out: Generated, t: Array, rows: Array, logits: Tensor, tau: Array, draws: Array, greedy: bool
) -> Array:
    """Draw token t[i] of rows[i] from logits [b, V] at temperature tau [b], and record it. Returns the ids [b]."""
    columns = (column.numpy() for column in (out.ids, out.logp, out.tau, out.entropy, out.mask))
    kernels().pick(logits.numpy(), tau, draws, greedy, rows, t, *columns)
    out.forwards += 1
    token: Array = out.ids.numpy()[rows, t]
    return token
