"""Modules of compiled code: importing numba costs over a second, so they are loaded where they pay."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from typing import Any

from leadline.errors import need
from leadline.machine_code import keep_apart


@cache
def installed() -> bool:
    """Whether numba is here."""
    from importlib.util import find_spec

    return find_spec("numba") is not None


@cache
def compiled(module: str) -> Any:
    """A module under retrieval/ that needs numba, e.g. "lexical.kernels"; MissingExtra without it."""
    need("numba", "fast", "Compiled search")
    keep_apart()
    return import_module(f"leadline.retrieval.{module}")


def prepare() -> None:
    """Load the search kernels now, if numba is here: for a process that will answer many questions."""
    if installed():
        compiled("lexical.kernels")
        compiled("dense_kernels")


def prepared() -> bool:
    """Whether this process has the kernels of BM25 already: it answers many questions."""
    return "leadline.retrieval.lexical.kernels" in sys.modules
