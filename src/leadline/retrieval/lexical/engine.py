"""Which scorer runs: compiled kernels or NumPy. Both give the same bits, so this is only about time.

Importing numba costs over a second: a single question over a few thousand passages is answered sooner without.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from leadline.errors import need
from leadline.files import home
from leadline.retrieval.lexical import exhaustive, postings

Engine = Literal["auto", "numba", "numpy"]
WORTH_POSTINGS = 20_000_000
"""Postings to be scored by one call from which on importing numba pays: about two seconds of NumPy."""
WORTH_CHARACTERS = 6_000_000
"""The same for text to be indexed."""


def ranker(engine: Engine, lists: exhaustive.Lists, terms: exhaustive.Terms) -> Any:
    """The `rank` function for these terms; it depends on how many postings they have."""
    if engine == "numpy" or (engine == "auto" and not _worth(lists, terms)):
        return exhaustive.rank
    return _compiled("kernels").rank


def coding(n_characters: int) -> Any:
    """The compiled coder of text for a writer that has seen so much, None while plain Python is as good."""
    loaded = "leadline.retrieval.lexical.coding" in sys.modules
    if not loaded and not (n_characters >= WORTH_CHARACTERS and _installed()):
        return None
    return _compiled("coding")


def inversion(n_characters: int) -> Any:
    """The module whose `invert` turns that much text into postings: inversion.py, or postings.py without numba."""
    return postings if coding(n_characters) is None else _compiled("inversion")


def prepare() -> None:
    """Load the compiled kernels now, if numba is here: for a process that will answer many questions."""
    if _installed():
        _compiled("kernels")


def _worth(lists: exhaustive.Lists, terms: exhaustive.Terms) -> bool:
    if "leadline.retrieval.lexical.kernels" in sys.modules:
        return True
    postings = sum(int(lists.block_n[first:end].sum()) for first, end in terms.blocks.tolist())
    return postings >= WORTH_POSTINGS and _installed()


@cache
def _installed() -> bool:
    from importlib.util import find_spec

    return find_spec("numba") is not None


@cache
def _compiled(name: str) -> Any:
    """A module of compiled code. The machine code is kept beside the package or, if that is read-only, in the home."""
    numba = need("numba", "fast", "Compiled search")
    if not os.environ.get("NUMBA_CACHE_DIR") and not os.access(Path(__file__).parent, os.W_OK):
        numba.config.CACHE_DIR = str(home() / "cache" / "numba")
    return import_module(f"leadline.retrieval.lexical.{name}")
