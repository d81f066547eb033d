"""Which scorer runs: compiled kernels or NumPy. Both give the same bits, so this is only about time.

Importing numba costs over a second: a single question over a few thousand passages is answered sooner without.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal

from leadline.errors import need
from leadline.files import home
from leadline.retrieval.lexical import exhaustive

Engine = Literal["auto", "numba", "numpy"]
WORTH_POSTINGS = 20_000_000
"""Postings to be scored by one call from which on importing numba pays: about two seconds of NumPy."""


def ranker(engine: Engine, n_postings: int) -> Any:
    """The `rank` function for a call that would score so many postings exhaustively."""
    if engine == "numpy" or (engine == "auto" and not _worth(n_postings)):
        return exhaustive.rank
    return _kernels().rank


def _worth(n_postings: int) -> bool:
    loaded = "leadline.retrieval.lexical.kernels" in sys.modules
    return loaded or (n_postings >= WORTH_POSTINGS and _installed())


@cache
def _installed() -> bool:
    from importlib.util import find_spec

    return find_spec("numba") is not None


@cache
def _kernels() -> Any:
    """The compiled kernels; their machine code is kept beside the package or, if that is read-only, in the home."""
    numba = need("numba", "fast", "Compiled search")
    if not os.environ.get("NUMBA_CACHE_DIR") and not os.access(Path(__file__).parent, os.W_OK):
        numba.config.CACHE_DIR = str(home() / "cache" / "numba")
    from leadline.retrieval.lexical import kernels

    return kernels
