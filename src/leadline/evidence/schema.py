"""The published formats as JSON Schema (draft 2020-12), made from the structs that read and write them."""

from __future__ import annotations

from typing import Any

import msgspec

from leadline.evidence.model import Document, Report

FORMATS: dict[str, type[msgspec.Struct]] = {"document": Document, "report": Report}


def schema(name: str, formats: dict[str, type[msgspec.Struct]] = FORMATS) -> dict[str, Any]:
    """The JSON Schema of a format.

    >>> schema("report")["title"]
    'Report'
    """
    made = msgspec.json.schema(formats[name])
    definition = made["$defs"][made["$ref"].rpartition("/")[2]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:leadline:{name}:{_version(definition)}",
        "title": definition["title"],
        "description": definition.get("description", ""),
        **made,
    }


def _version(definition: dict[str, Any]) -> int:
    return int(definition["properties"].get("version", {}).get("default", 1))
