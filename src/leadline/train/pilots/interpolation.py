"""Two copies of one model as one: a weighted mean of parameters (LMM-Searcher, arXiv:2604.12890, section 2.4)."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from leadline.errors import UsageError


def interpolated(
    first: Mapping[str, Tensor], second: Mapping[str, Tensor], alpha: float
) -> dict[str, Tensor]:
    """alpha * first + (1 - alpha) * second for every parameter; whole numbers (counters) are taken from the first.

    The paper's alpha = .8; that the multimodal model gets the .8 is inferred. UsageError when the two are not copies of
    one architecture, naming the parameter.

    >>> import torch
    >>> mixed = interpolated({"w": torch.tensor([1.0, 2.0])}, {"w": torch.tensor([3.0, -1.0])}, 0.8)
    >>> [round(x, 6) for x in mixed["w"].tolist()]
    [1.4, 1.4]
    """
    if not 0 <= alpha <= 1:
        raise UsageError(f"alpha must be between 0 and 1, not {alpha:g}.")
    for name in sorted(set(first) ^ set(second)):
        raise UsageError(f"Only one of the two models has {name}.", remedy="Interpolate copies of one model.")
    for name, value in first.items():
        if value.shape != second[name].shape:
            raise UsageError(
                f"{name} has shapes {tuple(value.shape)} and {tuple(second[name].shape)}.",
                remedy="Interpolate copies of one model.",
            )
    return {
        name: alpha * value + (1 - alpha) * second[name] if value.is_floating_point() else value
        for name, value in first.items()
    }
