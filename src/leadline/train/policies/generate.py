"""Batched ragged generation with a cache, and the exact log probability of every sampled token.

B rows, S slots of the cache (left-padded prompt, then generated tokens), H heads, D head size.
Equal prompts are read once. A row that ended leaves the batch, so short answers cost little. Each row draws from its
own uniform numbers, so what it says does not depend on when its neighbours end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from leadline.errors import UsageError
from leadline.train.policies.transformer import Transformer, rotate

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


class Cache:
    """Keys and values of every layer, [L, B, H, S, D], and which slots are padding."""

    def __init__(self, policy: Transformer, keys: Tensor, values: Tensor, visible: Tensor) -> None:
        self.policy, self.keys, self.values, self.visible = policy, keys, values, visible

    def keep(self, rows: Tensor) -> None:
        self.keys, self.values = self.keys[:, rows], self.values[:, rows]
        self.visible = self.visible[rows]


def left_padded(prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """ids [B, P] and visible [B, P] bool."""
    width = max(len(p) for p in prompts)
    ids = torch.zeros(len(prompts), width, dtype=torch.long)
    visible = torch.zeros(len(prompts), width, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        if not prompt:
            raise UsageError("A prompt without tokens cannot be continued.")
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        visible[row, width - len(prompt) :] = True
    return ids, visible


def prefill(policy: Transformer, ids: Tensor, visible: Tensor, room: int) -> tuple[Tensor, Cache]:
    """Hidden state of the last position [B, C], and a cache with `room` free slots."""
    b, p = ids.shape
    shape = policy.shape
    position = (visible.cumsum(1) - 1).clamp(min=0)
    cos, sin = policy.cos[position][:, None], policy.sin[position][:, None]
    causal = torch.ones(p, p, dtype=torch.bool).tril()
    # A padded query sees itself, so that its softmax is defined; nobody reads its result.
    allowed = (causal & visible[:, None, :]) | torch.eye(p, dtype=torch.bool)
    keys = torch.zeros(shape.layers, b, shape.heads, p + room, shape.head)
    values = torch.zeros_like(keys)
    x = policy.embedding(ids)
    for i, layer in enumerate(policy.layers):
        q, k, v = layer.heads(layer.norm_attention(x), cos, sin)
        keys[i, :, :, :p], values[i, :, :, :p] = k, v
        seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=allowed[:, None])
        x = x + layer.out(seen.transpose(1, 2).reshape(x.shape))
        x = x + layer.feed(layer.norm_feed(x))
    slots = torch.cat([visible, torch.zeros(b, room, dtype=torch.bool)], 1)
    return policy.norm(x[:, -1]), Cache(policy, keys, values, slots)


def decode(policy: Transformer, cache: Cache, ids: Tensor, position: Tensor, slot: int) -> Tensor:
    """Hidden state [B, C] after one more token per row, written to `slot` of the cache."""
    shape = policy.shape
    b = len(ids)
    cos, sin = policy.cos[position][:, None], policy.sin[position][:, None]
    cache.visible[:, slot] = True
    bias = torch.zeros(b, 1, 1, slot + 1).masked_fill_(~cache.visible[:, None, None, : slot + 1], -torch.inf)
    x = policy.embedding(ids)
    scale = shape.head**-0.5
    for i, layer in enumerate(policy.layers):
        q, k, v = layer.qkv(layer.norm_attention(x)).view(b, 3, shape.heads, shape.head).unbind(1)
        cache.keys[i, :, :, slot] = rotate(k, cos, sin)
        cache.values[i, :, :, slot] = v
        past_k, past_v = cache.keys[i, :, :, : slot + 1], cache.values[i, :, :, : slot + 1]
        weight = torch.softmax(
            (rotate(q, cos, sin)[:, :, None] * scale) @ past_k.transpose(-1, -2) + bias, -1
        )
        x = x + layer.out((weight @ past_v).reshape(b, shape.channels))
        x = x + layer.feed(layer.norm_feed(x))
    out: Tensor = policy.norm(x)
    return out


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
            remedy="Shorten the prompt or lower --max-new-tokens.",
        )
    unique = sorted({tuple(p) for p in prompts})
    row_of = {prompt: i for i, prompt in enumerate(unique)}
    ids, visible = left_padded(unique)
    hidden, cache = prefill(policy, ids, visible, max_new)
    copies = torch.tensor([row_of[tuple(p)] for p in prompts])
    cache.keep(copies)
    hidden, width = hidden[copies], ids.shape[1]
    first = torch.tensor(start if start is not None else [0] * n)
    draws = torch.rand(n, max_new, generator=rng, dtype=torch.float64)
    out = nothing(n, max_new)
    out.forwards = 1
    rows, length = torch.arange(n), torch.tensor([len(p) for p in prompts])
    stops, live = torch.tensor(list(stop), dtype=torch.long), torch.ones(n, dtype=torch.bool)
    for t in range(max_new):
        log_all = torch.log_softmax(policy.logits(hidden), -1)
        tau = torch.ones(len(rows)) if temperature is None else temperature(first[rows] + t, step).float()
        log_q = log_all if temperature is None else torch.log_softmax(log_all / tau[:, None], -1)
        token = log_all.argmax(-1) if greedy else sampled(log_q, draws[rows, t])
        put(out, t, rows, live, token, tau, log_q, log_all)
        ended = torch.isin(token, stops)
        out.ended[rows[live & ended]] = True
        live = live & ~ended
        if t + 1 == max_new or not bool(live.any()):
            break
        if float(live.float().mean()) < KEEP_SHARE:
            cache.keep(live.nonzero().flatten())
            rows, token, length, live = rows[live], token[live], length[live], live[live]
        hidden = decode(policy, cache, token, length + t, width + t)
        out.forwards += 1
    return out


KEEP_SHARE = 0.8
"""Ended rows stay in the batch until fewer than this share of it is alive: moving the cache costs about one step."""


def nothing(n: int, max_new: int) -> Generated:
    """An empty record for n rows."""
    return Generated(
        torch.zeros(n, max_new, dtype=torch.long), torch.zeros(n, max_new), torch.ones(n, max_new),
        torch.zeros(n, max_new), torch.zeros(n, max_new), torch.zeros(n, dtype=torch.bool),
    )  # fmt: skip


def put(
    out: Generated,
    t: int,
    rows: Tensor,
    live: Tensor,
    token: Tensor,
    tau: Tensor,
    log_q: Tensor,
    log_all: Tensor,
) -> None:
    """Record token t of the rows that are alive."""
    at = rows[live]
    out.ids[at, t], out.mask[at, t], out.tau[at, t] = token[live], 1.0, tau[live]
    out.logp[at, t] = log_q.gather(1, token[:, None])[live, 0]
    out.entropy[at, t] = -(log_all.exp() * log_all).sum(-1)[live]


def sampled(log_q: Tensor, draw: Tensor) -> Tensor:
    """[B] ids by inverting the cumulative distribution at `draw` in [0, 1)."""
    cumulative = log_q.double().exp().cumsum(-1)
    target = draw[:, None] * cumulative[:, -1:]  # rounding must not push the last id out of reach
    return torch.searchsorted(cumulative, target, right=True)[:, 0].clamp(max=log_q.shape[-1] - 1)
