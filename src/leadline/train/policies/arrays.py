"""The type of what compiled kernels take; their docstrings say which shapes."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
