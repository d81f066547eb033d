"""A model whose answers are kept on disk, keyed by everything that determines them: a call is never paid twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from leadline.files import DISK, Disk, home
from leadline.models.base import ChatModel, Message, Reply


class CachedModel:
    """Wraps a model; `hits` counts answers from the cache (their cost is reported as 0)."""

    def __init__(self, model: ChatModel, folder: Path | None = None, disk: Disk = DISK) -> None:
        self.model, self.name = model, model.name
        self.parallel: int = getattr(model, "parallel", 1)
        self.folder, self.disk, self.hits = folder or home() / "cache" / "chat", disk, 0

    def chat(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        top_logprobs: int = 0,
        schema: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> Reply:
        options: dict[str, Any] = {
            "max_tokens": max_tokens, "temperature": temperature, "top_logprobs": top_logprobs, "schema": schema,
            "seed": seed,
        }  # fmt: skip
        key = msgspec.json.encode([self.name, list(messages), options], order="sorted")
        path = self.folder / f"{hashlib.sha256(key).hexdigest()}.json"
        if path.exists():
            try:
                reply = msgspec.json.decode(path.read_bytes(), type=Reply)
            except msgspec.DecodeError:
                pass  # a damaged entry is asked again and written anew
            else:
                self.hits += 1
                return msgspec.structs.replace(reply, cost={})
        reply = self.model.chat(messages, **options)
        self.disk.write(path, msgspec.json.encode(reply))
        return reply
