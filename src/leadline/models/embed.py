"""Text to vectors: one protocol, the static embedder of the core, and the list of those known by name.

Every vector that leaves an embedder is finite and has length 1, or is all zeros (a text without any known
token): a dot product is then a cosine, and nothing downstream has to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leadline.errors import MissingExtra, NotFound

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """`encode` gives float32 of shape (len(texts), dimension); `name` goes into index ids and results."""

    name: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> Vectors: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Rows scaled to length 1; rows that are zero or not finite become zeros.

    >>> unit(np.array([[3.0, 0.0], [0.0, 0.0], [np.nan, 1.0]])).tolist()
    [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    """
    x = np.where(np.isfinite(vectors).all(axis=1, keepdims=True), vectors, 0.0).astype(np.float32)
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, norms, out=np.zeros_like(x), where=norms > 0)


def clean(text: str) -> str:
    """Lone surrogates (from undecodable file names or arguments) as question marks: tokenizers refuse them."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class WordLlama:
    """Mean of static token vectors (wordllama 0.4, 256 dimensions, MIT), read from the package's own files.

    The package's loader looks for the tokenizer in the wrong folder and then asks the network for it, and
    its import pulls an HTTP client; here its two files are opened directly. Long texts are cut at
    `max_chars`, which bounds time and memory; the mean hardly moves after that.
    """

    name = "wordllama-256"
    dimension = 256

    def __init__(self, max_chars: int = 20_000) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        spec = find_spec("wordllama")
        if spec is None or spec.origin is None:
            raise MissingExtra("The embedder wordllama", "core")
        folder = Path(spec.origin).parent
        weights = load_file(folder / "weights" / "l2_supercat_256.safetensors")["embedding.weight"]
        self.table = np.ascontiguousarray(weights, dtype=np.float32)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.max_chars = max_chars

    def encode(self, texts: Sequence[str]) -> Vectors:
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), 256):
            batch = [self._cleaned(text) for text in texts[start : start + 256]]
            encodings = self.tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            out[start : start + 256] = [self._mean(encoding.ids) for encoding in encodings]
        return unit(out)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The same vectors, one text at a time: a few short ones are not worth waking the tokenizer's threads."""
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            out[row] = self._mean(self.tokenizer.encode(self._cleaned(text), add_special_tokens=False).ids)
        return unit(out)

    def _cleaned(self, text: str) -> str:
        return clean(text[: self.max_chars])

    def _mean(self, ids: Sequence[int]) -> Vectors:
        """The mean of the tokens' vectors; zeros without a token."""
        if not ids:
            return np.zeros(self.dimension, np.float32)
        mean: Vectors = self.table[np.minimum(np.asarray(ids), len(self.table) - 1)].mean(axis=0)
        return mean


def _minilm() -> Embedder:
    from leadline.models.embed_minilm import MiniLM

    return MiniLM()


EMBEDDERS: dict[str, Callable[[], Embedder]] = {"wordllama": WordLlama, "minilm": _minilm}
"""Short name -> constructor. A new embedder is one file and one line here."""


@lru_cache(maxsize=4)
def embedder(name: str) -> Embedder:
    """The embedder of that name, loaded once per process.

    Raises NotFound with near matches, MissingExtra where its library is not installed.
    """
    if name not in EMBEDDERS:
        raise NotFound("embedder", name, EMBEDDERS)
    return EMBEDDERS[name]()
