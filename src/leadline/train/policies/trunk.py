"""All layers of our transformer on packed rows as one function with a gradient: torch sees the weights and the result.

Autograd would keep, copy and pass over memory a dozen more arrays per layer. Rows are divided among torch's number of
threads; each works through its part alone, with its own sums of gradients, which are added in order at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from leadline.errors import need
from leadline.train.policies.arrays import Array
from leadline.train.policies.buffers import borrowed, carve, size_of
from leadline.train.policies.packing import Packed, pack, parts, trained_tokens
from leadline.train.threads import together

if TYPE_CHECKING:
    from leadline.train.policies.transformer import Shape, Transformer

FEWEST = 64
"""Trained tokens for which a thread of its own pays."""
Shapes = list[tuple[int, ...]]
MATRICES = ("qkv", "out", "gate_up", "down")
NAMES = ("norm_attention", "norm_feed", *MATRICES)


@lru_cache(maxsize=1)
def kernels() -> ModuleType:
    """The compiled loops; the first use on a machine compiles them, about half a minute."""
    need("numba", "train", "Training our own networks")
    from leadline.train.policies import trunk_kernels

    return trunk_kernels


def hidden(policy: Transformer, ids: Tensor, mask: Tensor) -> Tensor:
    """[M, C] normed hidden states that predict the tokens with mask 1, of rows [R, T]."""
    plan = divided(ids, mask, torch.get_num_threads())
    policy.fits(max((int(p.paths.end.max()) for p in plan), default=0))
    policy.knows(*(p.tokens.distinct for p in plan))
    if torch.is_grad_enabled():
        out: Tensor = Trunk.apply(policy, plan, *parameters(policy))
        return out
    return run_forward(weights_of(policy), policy.shape, plan)[0]


class Part(NamedTuple):
    """One thread's tokens and their paths, as the kernels take them."""

    tokens: Any
    paths: Any


Keep = Callable[[Part, Any], None]
"""Called with a part and its `Kept`, in its thread."""


def divided(ids: Tensor, mask: Tensor, n: int) -> list[Part]:
    """The rows in up to n parts."""
    row, _ = trained_tokens(mask).nonzero()
    plan = []
    for rows in parts(ids, mask, max(1, min(n, len(row) // FEWEST))):
        numbers = torch.from_numpy(np.sort(rows))
        mine = np.zeros(len(ids), bool)
        mine[rows] = True
        plan.append(part(pack(ids[numbers], mask[numbers]), mine[row].nonzero()[0]))
    return plan


def part(packed: Packed, place: Array) -> Part:
    """As the kernels take it; place [m] says which results are these rows' trained tokens."""
    run = kernels()
    distinct, which = np.unique(packed.ids, return_inverse=True)
    wanted, pick = np.unique(packed.predictor, return_inverse=True)
    every = np.arange(len(packed.ids))
    tokens = run.Tokens(packed.ids, packed.position, which, distinct, wanted, every, pick, place)
    return Part(tokens, run.Paths(packed.path, packed.begin, packed.end))


def parameters(policy: Transformer) -> list[Tensor]:
    """In the order of `Gradients`."""
    layers = [getattr(layer, name).weight for name in NAMES for layer in policy.layers]
    return [policy.embedding.weight, *layers, policy.norm.weight]


def weights_of(policy: Transformer, *, learning: bool = False) -> Any:
    """The policy's weights as the kernels read them; made anew each time, because weights change in place.

    Matrices as they are, which only a backward reads, have no entries without `learning`.
    """
    from leadline.train.policies.tiles import panel_size, panels_transposed

    by_name = [[getattr(layer, name).weight.detach().numpy() for layer in policy.layers] for name in NAMES]
    norms, matrices = by_name[:2], by_name[2:]
    depth = len(policy.layers) if learning else 0
    shapes: Shapes = [(len(policy.layers), panel_size(*some[0].shape[::-1])) for some in matrices]
    shapes += [(depth, *some[0].shape) for some in matrices]
    arrays = carve(borrowed(size_of(shapes)).numpy(), shapes)
    laid_out, plain = arrays[: len(matrices)], arrays[len(matrices) :]
    for some, panels, copies in zip(matrices, laid_out, plain, strict=True):
        for i, matrix in enumerate(some):
            panels_transposed(matrix, panels[i])
            if learning:
                copies[i] = matrix
    embedding, norm = policy.embedding.weight.detach().numpy(), policy.norm.weight.detach().numpy()
    ends = policy.cos.numpy(), policy.sin.numpy()
    return kernels().Weights(embedding, *map(np.stack, norms), *plain, norm, *laid_out, *ends)


def kept_shapes(shape: Shape, n: int, *, learning: bool, caching: bool = False) -> Shapes:
    """Of `Kept`, for n tokens: every layer's where a backward follows, every layer's qkv where they are a cache."""
    layers, c = shape.layers, shape.channels
    depth, stream = (layers, 2 * layers + 1) if learning else (1, 3)
    return [
        (stream, n, c), (stream, n), (layers if caching else depth, n, 3 * c), (depth, n, c), (depth, n, shape.heads),
        (layers if learning else 0, n, 2 * shape.inner),
    ]  # fmt: skip


def work_shapes(shape: Shape, part: Part) -> tuple[Shapes, Shapes, Shapes]:
    """Of `Scratch`, `Row` and `Back`."""
    from leadline.train.policies.attention_kernels import row_shapes

    block, c, inner = kernels().BLOCK, shape.channels, shape.inner
    n, u, w = (len(x) for x in (part.tokens.id, part.tokens.distinct, part.tokens.wanted))
    scratch: Shapes = [(block, c), (block, c), (block, inner), (block, 2 * inner), (u, 3 * c), (w, c)]
    back: Shapes = [(n, c), (w, c), (u, c), (n, c), (n, 3 * c)]
    return scratch, row_shapes(part.paths.path.shape[1], c), back


def run_forward(
    weights: Any, shape: Shape, plan: Sequence[Part], *, learning: bool = False, keep: Sequence[Keep] = ()
) -> tuple[Tensor, list[Tensor]]:
    """Hidden states [M, C], and the memory of each part's `Kept`; of each part, `keep` may take what it likes."""
    run = kernels()
    out = torch.empty(sum(len(p.tokens.place) for p in plan), shape.channels)

    def one(part: Part, keep: Keep | None) -> Tensor:
        shapes = kept_shapes(shape, len(part.tokens.id), learning=learning, caching=keep is not None)
        memory = borrowed(size_of(shapes))
        scratch, row, _ = work_shapes(shape, part)
        spare = borrowed(size_of([*scratch, *row]))
        still = spare[size_of(scratch) :]
        still.zero_()  # what pads a vector takes part in products: left-over denormal numbers would make them crawl
        arrays = carve(spare.numpy(), [*scratch, *row])
        kept = run.Kept(*carve(memory.numpy(), shapes))
        work = run.Scratch(*arrays[: len(scratch)]), run.Row(*arrays[len(scratch) :])
        run.forward(weights, *part, kept, *work, out.numpy(), shape.eps)
        if keep is not None:
            keep(part, kept)
        return memory

    keeps = list[Keep | None](keep) if keep else [None] * len(plan)
    return out, together(one, plan, keeps)


def run_backward(
    weights: Any, shape: Shape, plan: Sequence[Part], memory: Sequence[Tensor], to_out: Tensor
) -> Any:
    """Gradients for `parameters`: those of the parts, added in order."""
    from leadline.train.policies.trunk_backward import Back, Gradients, backward

    run = kernels()
    g = to_out.contiguous().numpy()
    sizes = [x.shape for x in weights[: len(Gradients._fields)]]

    def one(part: Part, memory: Tensor) -> Array:
        kept = run.Kept(*carve(memory.numpy(), kept_shapes(shape, len(part.tokens.id), learning=True)))
        scratch, row, back = work_shapes(shape, part)
        spare = borrowed(size_of([*scratch, *row, *back]))
        spare[size_of(scratch) : size_of([*scratch, *row])].zero_()  # as in run_forward
        arrays = iter(carve(spare.numpy(), [*scratch, *row, *back]))
        work = [kind(*(next(arrays) for _ in kind._fields)) for kind in (run.Scratch, run.Row, Back)]
        sums = borrowed(size_of(sizes)).zero_().numpy()
        backward(weights, *part, kept, *work, g, Gradients(*carve(sums, sizes)))
        return sums

    first, *others = together(one, plan, memory)
    for sums in others:
        first += sums
    return Gradients(*carve(first, sizes))


class Trunk(torch.autograd.Function):
    """Of (policy, plan, *parameters): hidden states [M, C]."""

    @staticmethod
    def forward(ctx: Any, policy: Transformer, plan: list[Part], *weights: Tensor) -> Tensor:
        ctx.weights, ctx.shape, ctx.plan = weights_of(policy, learning=True), policy.shape, plan
        out, memory = run_forward(ctx.weights, policy.shape, plan, learning=True)
        ctx.save_for_backward(
            *memory, *weights
        )  # torch frees the memory after backward, and checks the weights
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradient: Tensor) -> Any:
        memory = ctx.saved_tensors[: len(ctx.plan)]
        found = run_backward(ctx.weights, ctx.shape, ctx.plan, memory, gradient[0])
        by_layer = [torch.from_numpy(x) for name in NAMES for x in getattr(found, name)]
        return None, None, torch.from_numpy(found.embedding), *by_layer, torch.from_numpy(found.norm)
