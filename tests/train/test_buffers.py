"""Memory that is lent comes back when nobody holds it, and not before."""

import numpy as np
import torch

from leadline.train.policies import buffers


def test_memory_is_used_again_once_the_tensor_is_gone():
    buffers.free.clear()
    first = buffers.borrowed(1000)
    place = first.data_ptr()
    second = buffers.borrowed(1000)
    assert second.data_ptr() != place
    part = first[10:20]
    del first
    assert not buffers.free  # the slice still needs it
    del part
    assert buffers.borrowed(900).data_ptr() == place


def test_autograd_gives_it_back_after_backward():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            kept = buffers.borrowed(x.numel())
            kept.copy_(x)
            ctx.save_for_backward(kept)
            return x**2

        @staticmethod
        def backward(ctx, g):
            return 2 * g * ctx.saved_tensors[0]

    buffers.free.clear()
    x = torch.arange(4.0, requires_grad=True)
    loss = Square.apply(x).sum()
    assert not buffers.free
    loss.backward()
    assert x.grad.tolist() == [0, 2, 4, 6]
    assert len(buffers.free) == 1


def test_no_more_is_kept_than_allowed():
    buffers.free.clear()
    for _ in range(5):
        buffers.give_back(np.empty(1000, np.float32), most=10_000)
    assert sum(x.nbytes for x in buffers.free.values()) == 8_000
    buffers.free.clear()


def test_arrays_are_carved_one_after_another_at_cache_lines():
    shapes = [(2, 3), (16,), (2,)]
    flat = buffers.borrowed(buffers.size_of(shapes)).numpy()
    flat[:] = np.arange(48)
    a, b, c = buffers.carve(flat, shapes)
    assert a.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert b.tolist() == list(range(16, 32))
    assert c.tolist() == [32, 33]
    assert all(x.ctypes.data % 64 == 0 for x in (a, b, c))
