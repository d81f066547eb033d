"""How the steps of compiled search are compiled: without counting references to arrays."""

from __future__ import annotations

from typing import Any

from numba.core.options import DefaultOptions

BARE: dict[str, Any] = {"cache": True, "error_model": "numpy"}
if hasattr(DefaultOptions, "_nrt"):
    BARE["_nrt"] = False
"""For functions that make no arrays and return none: whoever calls the first of them keeps all of theirs.

A reference is counted by an atomic operation, and a tuple of arrays has one for each whenever it is handed on: half of
the time that a short question took. The option is numba's own, hence the look whether it is there.
"""
