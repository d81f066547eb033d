"""Web search providers: one file each, with `search(query, k, client) -> list[Result]`. The file name is the name.

Keys come from the environment; a missing one is named. Nothing but the query is sent.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypedDict

import httpx

from leadline.errors import ModelError, NotFound, UsageError


class Result(TypedDict):
    url: str
    title: str
    snippet: str


Search = Callable[[str, int], list[Result]]


def names() -> list[str]:
    """Providers by name."""
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def setting(name: str) -> str:
    """The environment variable that a provider needs; empty when it needs none. NotFound with near matches."""
    if name not in names():
        raise NotFound("search provider", name, names())
    return getattr(import_module(f"{__name__}.{name}"), "SETTING", "")


def provider(name: str, client: httpx.Client | None = None) -> Search:
    """The search function of a provider, or NotFound with near matches."""
    if name not in names():
        raise NotFound("search provider", name, names())
    module: Any = import_module(f"{__name__}.{name}")
    http = client or httpx.Client(timeout=15.0, trust_env=False)

    def search(query: str, k: int = 10) -> list[Result]:
        try:
            found: list[Result] = module.search(query, k, http)
        except httpx.HTTPError as error:
            raise ModelError(f"{name} cannot be reached ({type(error).__name__}: {error}).") from error
        except (KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"{name} gave no usable answer: it is not shaped as its documentation says."
            ) from error
        return found[:k]

    return search


def key_of(variable: str, who: str) -> str:
    """The key in an environment variable, or UsageError that names it."""
    key = os.environ.get(variable, "")
    if not key:
        raise UsageError(f"{who} needs a key.", remedy=f"Set the environment variable {variable}.")
    return key


def json_of(answer: httpx.Response, who: str) -> Any:
    """The JSON of an answer. Raises ModelError with what the service said."""
    try:
        answer.raise_for_status()
        return answer.json()
    except (httpx.HTTPStatusError, ValueError) as error:
        raise ModelError(
            f"{who} gave no usable answer ({answer.status_code}: {answer.text[:200]!r})."
        ) from error
