"""Tool calls in the forms that models were trained on, native or in text, as one move: thought, action, arguments.

Known forms: native tool calls; <tool_call>{...}</tool_call> (Qwen, Hermes); [TOOL_CALLS] [{...}] (Mistral);
<function=name>{...}</function> and <|python_tag|>{...} (Llama); a bare {"name": ..., "arguments": {...}};
Action: / Action Input: (ReAct).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

_FUNCTION = re.compile(r"<function=([\w.-]{1,64})>(.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([\w.-]{1,64})>\s*(.*?)\s*</parameter>", re.DOTALL)
_REACT = re.compile(
    r"Action:\s*([\w.-]{1,64})\s*\n\s*Action Input:\s*(.*?)\s*(?:\nObservation:|\Z)", re.DOTALL
)
_MARKS = re.compile(r"<tool_call>|\[TOOL_CALLS\]|<\|python_tag\|>")
_NAMES, _ARGUMENTS = ("name", "tool", "tool_name"), ("arguments", "parameters", "args", "input")


def native_call(call: Mapping[str, Any]) -> str:
    """A native tool call of a completion as text."""
    function = call["function"]
    given = function.get("arguments") or "{}"
    arguments = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    return f'<tool_call>{{"name": {json.dumps(function["name"])}, "arguments": {arguments}}}</tool_call>'


def call_in(text: str) -> dict[str, Any] | None:
    """The first tool call in a text as {thought, action, arguments, text}; None where there is none.

    >>> call_in('I look.\\n<tool_call>{"name": "search", "arguments": {"query": "valve"}}</tool_call>')
    {'thought': 'I look.', 'action': 'search', 'arguments': {'query': 'valve'}, 'text': 'valve'}
    """
    for match in (_FUNCTION.search(text), _REACT.search(text)):
        if match:
            return _move(text[: match.start()], match[1], _given(match[2]))
    mark = _MARKS.search(text)
    start = text.find("{", mark.end() if mark else 0)
    if start < 0:
        return None
    found = _object(text[start:])
    inner = found.get("function")
    found = inner if isinstance(inner, dict) else found
    name = next((found[key] for key in _NAMES if isinstance(found.get(key), str)), inner)
    given: Any = next((found[key] for key in _ARGUMENTS if key in found), {})
    if not isinstance(name, str):
        return None
    return _move(
        text[: mark.start() if mark else start], name, given if isinstance(given, dict) else _given(given)
    )


def _move(before: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    text = next((value for value in arguments.values() if isinstance(value, str)), "")
    move = {"thought": before.strip().removeprefix("Thought:").strip(), "action": name}
    more = {"quotes": arguments["quotes"]} if isinstance(arguments.get("quotes"), list) else {}
    return {**move, "arguments": arguments, "text": text, **more}


def _given(said: Any) -> dict[str, Any]:
    """Arguments from JSON, from <parameter=...> tags, or from plain words."""
    text = str(said).strip()
    tagged = dict(_PARAMETER.findall(text))
    if tagged or not text:
        return tagged
    return _object(text) if text.startswith("{") else {"text": text.strip("\"'")}


def _object(text: str) -> dict[str, Any]:
    from leadline.models.structured import parse_json

    try:
        found = parse_json(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
