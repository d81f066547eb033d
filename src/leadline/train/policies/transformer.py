"""A small decoder transformer: RoPE, RMSNorm, SwiGLU, tied embeddings; Llama's layout, so its weights load there too.

B rows, T positions, H heads, D head size, C channels, V vocabulary. `forward` takes right-padded rows: padding stands
behind every real token and cannot be seen. `score` computes the same without padding or repeated prompts (packing.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from leadline.errors import UsageError
from leadline.train.policies import fused, trunk
from leadline.train.policies.arrays import Array
from leadline.train.policies.fused import rotate as rotate
from leadline.train.policies.packing import pack
from leadline.train.rows import Rows
from leadline.train.scores import Scores


@dataclass(frozen=True)
class Shape:
    """Sizes of a transformer. The defaults have about 0.8 M parameters."""

    vocabulary: int
    layers: int = 4
    channels: int = 128
    heads: int = 4
    inner: int = 352
    context: int = 256
    rope_base: float = 10_000.0
    eps: float = 1e-6

    @property
    def head(self) -> int:
        return self.channels // self.heads


Attend = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(q, k, v), each [..., T, H, D] -> [..., T, H, D]: the only place where tokens meet."""


def causal(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Every token sees itself and what stands before it in its row, [B, T, H, D]."""
    q, k, v = (x.transpose(-2, -3) for x in (q, k, v))
    return functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(-2, -3)


class Layer(nn.Module):
    """Attention and feed-forward, each after its norm and added to the stream."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        c = shape.channels
        self.shape = shape
        self.norm_attention, self.norm_feed = nn.RMSNorm(c, shape.eps), nn.RMSNorm(c, shape.eps)
        self.qkv = nn.Linear(c, 3 * c, bias=False)
        self.out = nn.Linear(c, c, bias=False)
        self.gate_up = nn.Linear(c, 2 * shape.inner, bias=False)
        self.down = nn.Linear(shape.inner, c, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, attend: Attend) -> Tensor:
        """x [..., T, C]; cos and sin [..., T, 1, D] of the positions."""
        qkv = self.qkv(fused.norm(x, self.norm_attention.weight, self.shape.eps))
        seen = attend(*fused.rotary(qkv.unflatten(-1, (3, self.shape.heads, -1)), cos, sin))
        x = x + self.out(seen.flatten(-2))
        feed = self.gate_up(fused.norm(x, self.norm_feed.weight, self.shape.eps))
        out: Tensor = x + self.down(fused.swiglu(feed))
        return out


class Transformer(nn.Module):
    """`forward` gives the normed hidden states; `logits` the vocabulary; `score` the Learner interface."""

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.channels)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.channels, shape.eps)
        angles = torch.outer(
            torch.arange(shape.context, dtype=torch.float32),
            shape.rope_base ** (-torch.arange(0, shape.head, 2, dtype=torch.float32) / shape.head),
        ).repeat(1, 2)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.initialise(torch.Generator().manual_seed(seed))

    def initialise(self, rng: torch.Generator) -> None:
        """Normal .02; projections into the stream scaled by 1 / sqrt(2 layers), as GPT-2."""
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                std = (
                    0.02 / (2 * self.shape.layers) ** 0.5
                    if name.endswith(("out.weight", "down.weight"))
                    else 0.02
                )
                nn.init.normal_(weight, 0.0, std, generator=rng)

    @property
    def n_parameters(self) -> int:
        return sum(p.numel() for p in self.parameters())

    def forward(self, ids: Tensor, position: Tensor | None = None, attend: Attend = causal) -> Tensor:
        """[..., T] ids -> [..., T, C] hidden states after the final norm; `position` [..., T] counts up without one."""
        position = torch.arange(ids.shape[-1]) if position is None else position
        self.fits(int(position.max()) + 1 if position.numel() else 0)
        x = self.embedding(ids)
        cos, sin = self.cos[position].unsqueeze(-2), self.sin[position].unsqueeze(-2)
        for layer in self.layers:
            x = layer(x, cos, sin, attend)
        return fused.norm(x, self.norm.weight, self.shape.eps)

    def fits(self, longest: int) -> None:
        """Refuse what is longer than the context."""
        if longest > self.shape.context:
            raise UsageError(
                f"A sequence of {longest} tokens is longer than the policy's context of {self.shape.context}.",
                remedy="Shorten the prompt, or use a policy with more context (Shape.context).",
            )

    def knows(self, *ids: Array) -> None:
        """Refuse ids beyond the vocabulary: compiled loops would read other memory."""
        for i in (int(i) for some in ids for i in some if not 0 <= i < self.shape.vocabulary):
            raise UsageError(
                f"Token {i} is not in the policy's vocabulary of {self.shape.vocabulary}.",
                remedy="Encode the rows with the policy's own alphabet.",
            )

    def logits(self, hidden: Tensor) -> Tensor:
        return functional.linear(hidden, self.embedding.weight)

    def predictors(self, ids: Tensor, mask: Tensor) -> Tensor:
        """[M, C] hidden states that predict the tokens with mask 1: equal beginnings once, no padding."""
        if fused.fusible(self.embedding.weight):
            return trunk.hidden(self, ids, mask)
        packed = pack(ids, mask)
        known = torch.from_numpy(packed.ids), torch.from_numpy(packed.position)
        return self(*known, partial(packed.attend, causal))[torch.from_numpy(packed.predictor)]

    def score(self, rows: Rows, needs: frozenset[str] = frozenset()) -> Scores:
        """Scores at temperature 1: equal beginnings once, no padding, logits only where the mask is 1."""
        where = rows.mask[:, 1:] > 0
        picked = self.predictors(rows.ids, rows.mask)
        logits = self.logits(picked)
        log_all = torch.log_softmax(logits, -1)
        logp = log_all.gather(-1, rows.ids[:, 1:][where][:, None])[:, 0]
        entropy = -(log_all.exp() * log_all).sum(-1) if "entropy" in needs else None

        def placed(values: Tensor | None) -> Tensor | None:
            if values is None:
                return None
            full = values.new_zeros((*rows.ids.shape, *values.shape[1:]))
            where_all = functional.pad(where, (1, 0))
            return full.index_put(where_all.nonzero(as_tuple=True), values)

        placed_logp = placed(logp)
        assert placed_logp is not None
        return Scores(
            placed_logp,
            placed(entropy),
            placed(logits) if "logits" in needs else None,
            placed(picked) if "hidden" in needs else None,
        )


def llama_state(policy: Transformer) -> dict[str, Tensor]:
    """The weights under transformers' LlamaForCausalLM names (tied embeddings)."""
    state = {"model.embed_tokens.weight": policy.embedding.weight, "model.norm.weight": policy.norm.weight}
    for i, layer in enumerate(policy.layers):
        q, k, v = layer.qkv.weight.chunk(3)
        gate, up = layer.gate_up.weight.chunk(2)
        state |= {
            f"model.layers.{i}.{name}.weight": weight
            for name, weight in (
                ("self_attn.q_proj", q), ("self_attn.k_proj", k), ("self_attn.v_proj", v),
                ("self_attn.o_proj", layer.out.weight), ("mlp.gate_proj", gate), ("mlp.up_proj", up),
                ("mlp.down_proj", layer.down.weight), ("input_layernorm", layer.norm_attention.weight),
                ("post_attention_layernorm", layer.norm_feed.weight),
            )
        }  # fmt: skip
    return {name: weight.detach().clone() for name, weight in state.items()}


def as_llama(policy: Transformer) -> object:
    """A transformers LlamaForCausalLM with the same weights: for TRL, and for comparison."""
    from leadline.errors import need

    transformers = need("transformers", "train", "A Llama copy of the policy")
    shape = policy.shape
    config = transformers.LlamaConfig(
        vocab_size=shape.vocabulary, hidden_size=shape.channels, intermediate_size=shape.inner,
        num_hidden_layers=shape.layers, num_attention_heads=shape.heads, num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context, rms_norm_eps=shape.eps, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_base},
        pad_token_id=0, eos_token_id=1, bos_token_id=None,
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config)
    missing, unexpected = model.load_state_dict(llama_state(policy), strict=False)
    assert not unexpected
    assert missing in ([], ["lm_head.weight"])
    return model
