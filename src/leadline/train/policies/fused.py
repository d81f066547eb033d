"""RMSNorm, SwiGLU and RoPE with gradients, one pass over memory each on the CPU in float32; plain torch elsewhere.

In a small model most of a step's time outside matrix products goes into these (torch makes five to ten passes).
"""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from leadline.errors import need
from leadline.train.threads import in_parts


def norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """RMSNorm over the last dimension."""
    if not fusible(x):
        return functional.rms_norm(x, weight.shape, weight, eps)
    out: Tensor = Norm.apply(x, weight, eps)
    return out


def swiglu(feed: Tensor) -> Tensor:
    """[..., 2I] -> [..., I]: silu(first half) * second half."""
    if not fusible(feed):
        gate, up = feed.chunk(2, -1)
        return functional.silu(gate) * up
    out: Tensor = SwiGlu.apply(feed)
    return out


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """RoPE in the half-split form (GPT-NeoX, Llama in transformers); cos and sin broadcast against x [..., D]."""
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin


def rotary(qkv: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rotated queries and keys, and values, [..., H, D] each, from [..., 3, H, D]; cos and sin [..., 1, D]."""
    if fusible(qkv):
        q, k, v = Rotary.apply(qkv, cos.squeeze(-2), sin.squeeze(-2)).unbind(-3)
        return q, k, v
    q, k, v = qkv.unbind(-3)
    return rotate(q, cos, sin), rotate(k, cos, sin), v


def fusible(x: Tensor) -> bool:
    return x.device.type == "cpu" and x.dtype == torch.float32 and x.numel() > 0


@lru_cache(maxsize=1)
def kernels() -> ModuleType:
    """The compiled loops; the first import on a machine compiles them, about ten seconds."""
    need("numba", "train", "Training our own networks")
    from leadline.train.policies import fused_kernels

    return fused_kernels


class Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        flat = x.detach().contiguous().view(-1, x.shape[-1])
        out, scale = torch.empty_like(flat), flat.new_empty(len(flat))
        arrays = flat.numpy(), weight.detach().numpy(), eps, out.numpy(), scale.numpy()
        in_parts(lambda low, high: kernels().norm(*arrays, low, high), len(flat))
        ctx.save_for_backward(flat, weight, scale)
        return out.view(x.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradient: Tensor) -> Any:
        flat, weight, scale = ctx.saved_tensors
        g = gradient[0].contiguous().view(flat.shape)
        to_x = torch.empty_like(flat)
        arrays = g.numpy(), flat.numpy(), weight.detach().numpy(), scale.numpy(), to_x.numpy()

        def run(low: int, high: int) -> Tensor:
            to_weight = torch.zeros_like(weight)
            kernels().norm_backward(*arrays, to_weight.numpy(), low, high)
            return to_weight

        to_weight = torch.stack(in_parts(run, len(flat))).sum(0)
        return to_x.view(gradient[0].shape), to_weight, None


class SwiGlu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, feed: Tensor) -> Tensor:
        flat = feed.detach().contiguous().view(-1, feed.shape[-1])
        out = flat.new_empty(len(flat), feed.shape[-1] // 2)
        arrays = flat.numpy(), out.numpy()
        in_parts(lambda low, high: kernels().swiglu(*arrays, low, high), len(flat))
        ctx.save_for_backward(flat)
        return out.view(*feed.shape[:-1], -1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradient: Tensor) -> Tensor:
        (flat,) = ctx.saved_tensors
        g = gradient[0].contiguous().view(len(flat), -1)
        out = torch.empty_like(flat)
        arrays = g.numpy(), flat.numpy(), out.numpy()
        in_parts(lambda low, high: kernels().swiglu_backward(*arrays, low, high), len(flat))
        return out.view(*gradient[0].shape[:-1], -1)


class Rotary(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, qkv: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return turned(qkv, cos, sin, 1.0)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradient: Tensor) -> Any:
        cos, sin = ctx.saved_tensors
        return turned(gradient[0], cos, sin, -1.0), None, None


def turned(qkv: Tensor, cos: Tensor, sin: Tensor, sign: float) -> Tensor:
    """[..., 3, H, D] with queries and keys rotated by sign times their angle."""
    heads, size = qkv.shape[-2:]
    flat = qkv.detach().contiguous().view(-1, 3 * heads, size)
    shape = (*qkv.shape[:-3], size)
    angles = [x.expand(shape).contiguous().view(-1, size).numpy() for x in (cos, sin)]
    out = torch.empty_like(flat)
    arrays = flat.numpy(), *angles, sign, out.numpy()
    in_parts(lambda low, high: kernels().rotate(*arrays, low, high), len(flat))
    return out.view(qkv.shape)
