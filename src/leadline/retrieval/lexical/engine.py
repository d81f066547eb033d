"""Which scorer runs: compiled kernels or NumPy. Both give the same bits, so this is only about time.

Importing numba costs over a second: a single question over a few thousand passages is answered sooner without.
"""

from __future__ import annotations

import sys
from typing import Any, Literal

from leadline.retrieval.compiled import compiled, installed, prepared
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
    return compiled("lexical.kernels").rank


def single_kernels(engine: Engine) -> Any:
    """The compiled scorer of single questions, where compiled code is asked for or loaded already; else None."""
    return (
        compiled("lexical.single_kernels") if engine == "numba" or (engine == "auto" and prepared()) else None
    )


def coding(n_characters: int) -> Any:
    """The compiled coder of text for a writer that has seen so much, None while plain Python is as good."""
    loaded = "leadline.retrieval.lexical.coding" in sys.modules
    if not loaded and not (n_characters >= WORTH_CHARACTERS and installed()):
        return None
    return compiled("lexical.coding")


def inversion(n_characters: int) -> Any:
    """The module whose `invert` turns that much text into postings: inversion.py, or postings.py without numba."""
    return postings if coding(n_characters) is None else compiled("lexical.inversion")


def _worth(lists: exhaustive.Lists, terms: exhaustive.Terms) -> bool:
    if prepared():
        return True
    postings = sum(int(lists.block_n[first:end].sum()) for first, end in terms.blocks.tolist())
    return postings >= WORTH_POSTINGS and installed()
