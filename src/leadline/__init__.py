"""Leadline: answers from your own files with evidence that is checked word for word.

>>> from leadline import research, Collection, verify  # doctest: +SKIP
>>> report = research("Which supplier had the highest total in 2023?", ["./folder"])  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["Collection", "research", "verify"]

if TYPE_CHECKING:
    from leadline.agents.research import research
    from leadline.agents.verify import verify
    from leadline.retrieval.collection import Collection

# Loaded on first use, so that `import leadline` and `leadline --help` stay instant.
_HOMES = {
    "research": "leadline.agents.research",
    "verify": "leadline.agents.verify",
    "Collection": "leadline.retrieval.collection",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'leadline' has no attribute {name!r}")
