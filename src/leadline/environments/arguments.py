"""Are the arguments of a call what the tool's JSON Schema asks for? Said in a sentence a model can act on.

Covers what tool schemas here use: an object of named properties with a type, minimum, maximum and enum. What a schema
of a stranger says beyond that is left to the tool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadline.environments.base import Action, Tool

_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "text"),
    "integer": ((int,), "a whole number"),
    "number": ((int, float), "a number"),
    "boolean": ((bool,), "true or false"),
    "array": ((list, tuple), "a list"),
    "object": ((dict,), "an object"),
}


def called(tools: Sequence[Tool], action: Action) -> Tool | str:
    """The tool that an action calls, or in a sentence what is wrong with the call.

    >>> called([Tool("add", "", {})], Action("divide"))
    "There is no tool 'divide'. There are: add."
    """
    tool = next((tool for tool in tools if tool.name == action.tool), None)
    if tool is None:
        return f"There is no tool {action.tool!r}. There are: {', '.join(tool.name for tool in tools)}."
    return mistake(tool, action.arguments) or tool


def mistake(tool: Tool, arguments: Mapping[str, Any]) -> str:
    """The first thing that is wrong with a call of `tool`; empty when nothing is.

    >>> tool = Tool("add", "", {"properties": {"by": {"type": "integer", "minimum": 1}}, "required": ["by"]})
    >>> mistake(tool, {}), mistake(tool, {"by": 0}), mistake(tool, {"by": 2})
    ("add needs the argument 'by'.", "The argument 'by' of add must be at least 1.", '')
    """
    properties: dict[str, dict[str, Any]] = tool.parameters.get("properties", {})
    for name in tool.parameters.get("required", ()):
        if name not in arguments:
            return f"{tool.name} needs the argument {name!r}."
    for name, value in arguments.items():
        if name not in properties:
            known = ", ".join(properties) or "none"
            return f"{tool.name} has no argument {name!r}; it has: {known}."
        expected = properties[name]
        wrong = _wrong(expected, value) if isinstance(expected, dict) else ""
        if wrong:
            return f"The argument {name!r} of {tool.name} must be {wrong}."
    return ""


def _wrong(schema: dict[str, Any], value: Any) -> str:
    """What the value should have been; empty when it is."""
    kind = schema.get("type", "")
    types, spoken = _TYPES.get(kind if isinstance(kind, str) else "", ((object,), ""))
    if not isinstance(value, types) or (
        isinstance(value, bool) and bool not in types and object not in types
    ):
        return spoken
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value):
            return f"at least {schema['minimum']}"
        if value > schema.get("maximum", value):
            return f"at most {schema['maximum']}"
    if "enum" in schema and value not in schema["enum"]:
        return f"one of {', '.join(map(str, schema['enum']))}"
    return ""
