"""Benchmarks: one file each. A file declares PROTOCOL or PROTOCOLS; there is no second list.

A benchmark of the user's own is such a file anywhere, named by its path."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from leadline.bench.protocol import Protocol
from leadline.errors import NotFound
from leadline.own_file import is_own, load


def protocols() -> dict[str, Protocol]:
    """Every benchmark by name."""
    found: list[Protocol] = []
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        module = import_module(f"{__name__}.{path.stem}")
        found += [module.PROTOCOL] if hasattr(module, "PROTOCOL") else list(module.PROTOCOLS)
    return {protocol.name: protocol for protocol in sorted(found, key=lambda p: p.name)}


def protocol(name: str) -> Protocol:
    """One benchmark by name or by the path of its file, or NotFound with near matches."""
    if is_own(name):
        own: Protocol = load(name, "benchmark", "PROTOCOL").PROTOCOL
        return own
    known = protocols()
    if name not in known:
        raise NotFound("benchmark", name, known)
    return known[name]
