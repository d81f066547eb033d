"""Transformers by the name of their size."""

from __future__ import annotations

from leadline.errors import NotFound
from leadline.train.policies.transformer import Shape, Transformer

SIZES = {
    "micro": {"layers": 2, "channels": 32, "heads": 2, "inner": 64},
    "half": {"layers": 3, "channels": 128, "heads": 4, "inner": 256},
    "tiny": {"layers": 4, "channels": 128, "heads": 4, "inner": 352},
    "medium": {"layers": 5, "channels": 128, "heads": 4, "inner": 352},
    "small": {"layers": 6, "channels": 192, "heads": 6, "inner": 528},
}


def sized(name: str, vocabulary: int, seed: int) -> Transformer:
    """A transformer of that size from random weights. NotFound, with the names there are, for another name."""
    if name not in SIZES:
        raise NotFound("policy", name, SIZES)
    return Transformer(Shape(vocabulary, **SIZES[name]), seed)
