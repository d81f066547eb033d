"""Structured output that survives weak models: constrain where the engine can, else parse, repair, ask again with the
error, and give up by name."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from leadline.errors import ModelError
from leadline.models.base import ChatModel, Message, Reply
from leadline.models.calls import call_in

T = TypeVar("T")
WARMER = 0.4
"""Temperature of further attempts: at 0 a weak model that talks in circles does so again."""


def ask_for(
    model: ChatModel,
    messages: Sequence[Message],
    kind: type[T],
    *,
    attempts: int = 3,
    max_tokens: int = 512,
    temperature: float = 0.0,
    seed: int = 0,
) -> tuple[T, dict[str, float]]:
    """An instance of the msgspec type `kind`, and what all attempts cost together.

    Raises ModelError with the last answer when the model never gives one.
    """
    schema = inline_schema(kind)  # type: ignore[arg-type]  # every type can be hashed
    said, cost = list(messages), dict[str, float]()
    text = ""
    for attempt in range(attempts):
        warmth = temperature if attempt == 0 else max(temperature, WARMER)
        reply = model.chat(
            said, max_tokens=max_tokens, temperature=warmth, schema=schema, seed=seed + attempt
        )
        cost = added(cost, reply)
        text = reply.text
        try:
            return read_as(text, kind), cost
        except ValueError as error:  # msgspec's ValidationError is one
            said = [
                *messages,
                Message("assistant", text[:2000]),
                Message(
                    "user",
                    f"That cannot be used: {error}. Answer again with one JSON object that fits the schema.",
                ),
            ]
    raise ModelError(
        f"{model.name} gave no usable {kind.__name__} in {attempts} attempts; it last said: {text[:200]!r}."
    )


def read_as(text: str, kind: type[T]) -> T:
    """An instance of `kind` from a model's text. Where `kind` is a move (it has an action), a tool call in any form
    that models use will do too. Raises ValueError."""
    try:
        return msgspec.convert(parse_json(text), kind, strict=False)
    except ValueError:
        call = call_in(text) if "action" in getattr(kind, "__struct_fields__", ()) else None
        if call is None:
            raise
    return msgspec.convert(call, kind, strict=False)


@lru_cache(maxsize=128)
def inline_schema(kind: Hashable) -> dict[str, Any]:
    """The JSON Schema of a msgspec struct with references resolved and no further properties allowed."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="{name}")

    def resolve(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolve(parts[node["$ref"]])
            found = {
                key: resolve(value) for key, value in node.items() if key not in ("title", "description")
            }
            if found.get("type") == "object" and "properties" in found:
                found |= {"additionalProperties": False, "required": list(found["properties"])}
            return found
        return [resolve(item) for item in node] if isinstance(node, list) else node

    resolved: dict[str, Any] = resolve(schema)
    return resolved


def parse_json(text: str) -> Any:
    """The first JSON object in a text, mended where models usually break it. Raises ValueError.

    >>> parse_json('Sure! ```json\\n{"a": 1, }\\n```')
    {'a': 1}
    """
    start = text.find("{")
    if start < 0:
        raise ValueError("there is no JSON object in the answer")
    decoder = json.JSONDecoder(strict=False)
    body = text[start:]
    for candidate in (body, mend(body)):
        try:
            return decoder.raw_decode(candidate)[0]
        except (ValueError, RecursionError) as error:
            problem = error
    raise ValueError(f"the JSON is broken ({problem})")


def mend(body: str) -> str:
    """Commas before closing brackets removed, Python's words replaced, missing closing brackets added."""
    body = re.sub(r"```.*", "", body, flags=re.DOTALL)
    body = re.sub(r",\s*([}\]])", r"\1", body)
    body = re.sub(
        r"(?<=[:\s\[,])(?:True|False|None)(?=[\s,}\]])",
        lambda m: {"True": "true", "False": "false", "None": "null"}[m[0]],
        body,
    )
    stack: list[str] = []
    quoted = escaped = False
    for character in body:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = quoted
        elif character == '"':
            quoted = not quoted
        elif not quoted and character in "{[":
            stack.append("}" if character == "{" else "]")
        elif not quoted and character in "}]" and stack:
            stack.pop()
    return body + ('"' if quoted else "") + "".join(reversed(stack))


def added(cost: Mapping[str, float], reply: Reply) -> dict[str, float]:
    """Costs summed by unit."""
    return {unit: cost.get(unit, 0.0) + reply.cost.get(unit, 0.0) for unit in {*cost, *reply.cost}}
