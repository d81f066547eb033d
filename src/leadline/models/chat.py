"""Chat models by name: `local`, or the path of a GGUF file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from leadline.errors import NotFound
from leadline.models.base import ChatModel


@lru_cache(maxsize=2)
def chat_model(name: str) -> ChatModel:
    """The model of that name, loaded once per process. NotFound for a name that is neither."""
    from leadline.models.local import LocalModel

    if name == "local":
        return LocalModel()
    if name.endswith(".gguf"):
        return LocalModel(Path(name))
    raise NotFound("chat model", name, ["local", "PATH.gguf"])
