"""Filters on metadata: `{field: value or collection of accepted values}`; all fields must match.

Fields of a collection: document, uri, media_type, date, title, and whatever the document's metadata holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.evidence.model import Document
from leadline.retrieval.base import Filter


def accepts(filter: Filter | None, metadata: Mapping[str, Any]) -> bool:
    """Whether the metadata passes. A list in the metadata passes if one of its values does.

    >>> accepts({"year": ["2023", "2024"]}, {"year": "2023"}), accepts({"year": "2022"}, {})
    (True, False)
    """
    for field, wanted in (filter or {}).items():
        accepted = wanted if isinstance(wanted, list | tuple | set | frozenset) else (wanted,)
        value = metadata.get(field)
        if not any(one in accepted for one in (value if isinstance(value, list) else (value,))):
            return False
    return True


def facets(document: Document) -> dict[str, str]:
    """What a document can be filtered by. Its own metadata never hides the built-in fields."""
    return {
        **document.metadata,
        "document": document.id,
        "uri": document.uri,
        "media_type": document.media_type,
        "date": document.date,
        "title": document.title,
    }
