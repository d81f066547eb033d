"""Which extra brings which package, as the installed Leadline declares it. Imports none of them."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires

from leadline.errors import MissingExtra

OTHERWISE = {
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "docx": "python-docx",
    "pptx": "python-pptx",
    "faiss": "faiss-cpu",
    "seismic": "pyseismic-lsr",
    "pydantic_ai": "pydantic-ai-slim",
}
"""Modules that are not named as their package."""


def requirements() -> dict[str, list[str]]:
    """Extra -> the packages that it needs, in the order of the declaration."""
    found: dict[str, list[str]] = {}
    try:
        lines = requires("leadline") or []
    except PackageNotFoundError:  # run from a source tree that was never installed
        lines = []
    for line in lines:
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        name = re.match(r"[\w.-]+", line)
        if extra and name:
            found.setdefault(extra[1], []).append(name[0])
    return found


def extra_of(module: str) -> str:
    """The extra that brings a module, or nothing when none does.

    >>> extra_of("torch.nn"), extra_of("sklearn"), extra_of("leadline.typo")
    ('train', 'lab', '')
    """
    top = module.partition(".")[0]
    wanted = OTHERWISE.get(top, top).replace("_", "-").lower()
    return next((extra for extra, packages in requirements().items() if wanted in packages), "")


def as_missing(error: Exception) -> MissingExtra | None:
    """The error as a missing extra, or None when it is something else: what no extra brings is a mistake of ours."""
    if isinstance(error, MissingExtra):
        return error
    name = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
    extra = extra_of(name)
    return MissingExtra(f"This uses {name.partition('.')[0]}, which", extra) if extra else None
