"""A bidirectional GRU whose steps are one compiled loop; for short rows and small states, where torch's own loop spends
its time between the operations. Same parameters, same numbers; plain torch off the CPU and in other precisions.
"""

from __future__ import annotations

from functools import lru_cache
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from leadline.errors import need
from leadline.train.policies.fused import fusible
from leadline.train.threads import in_parts


@lru_cache(maxsize=1)
def kernels() -> ModuleType:
    """The compiled loops; the first import on a machine compiles them, a few seconds."""
    need("numba", "train", "Training our own networks")
    from leadline.train.policies import gru_kernels

    return gru_kernels


class Recurrence(torch.autograd.Function):
    """told [N, T, 3D], weight [3D, D], bias [3D], backwards -> [N, T, D]."""

    @staticmethod
    def forward(ctx: Any, told: Tensor, weight: Tensor, bias: Tensor, backwards: bool) -> Tensor:
        told = told.detach().contiguous()
        size = weight.shape[1]
        out, gates = told.new_empty(*told.shape[:2], size), told.new_empty(*told.shape[:2], 4 * size)
        arrays = (
            told.numpy(), weight.detach().T.contiguous().numpy(), bias.detach().numpy(), backwards, out.numpy(),
            gates.numpy(),
        )  # fmt: skip
        in_parts(lambda low, high: kernels().forward(*arrays, low, high), len(told))
        ctx.save_for_backward(out, gates, weight)
        ctx.backwards = backwards
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradient: Tensor) -> Any:
        out, gates, weight = ctx.saved_tensors
        to_told = out.new_empty(*out.shape[:2], len(weight))
        to_mine = torch.empty_like(to_told)
        arrays = (
            gradient[0].contiguous().numpy(), out.numpy(), gates.numpy(), weight.detach().contiguous().numpy(),
            ctx.backwards, to_told.numpy(), to_mine.numpy(),
        )  # fmt: skip
        in_parts(lambda low, high: kernels().backward(*arrays, low, high), len(out))
        before = out.roll(-1 if ctx.backwards else 1, 1)
        before[:, -1 if ctx.backwards else 0] = 0
        flat = to_mine.flatten(0, 1)
        return to_told, flat.T @ before.flatten(0, 1), flat.sum(0), None


def bidirectional(gru: nn.GRU, x: Tensor) -> Tensor:
    """[N, T, C] -> [N, T, 2D] by one layer of `gru` (batch first): both directions, states zero at their starts."""
    if not fusible(x):
        plain: Tensor = gru(x)[0]
        return plain
    parts = []
    for suffix in ("", "_reverse"):
        into, own, bias, own_bias = (
            getattr(gru, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        parts.append(Recurrence.apply(functional.linear(x, into, bias), own, own_bias, bool(suffix)))
    return torch.cat(parts, -1)
