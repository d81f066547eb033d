"""A file of the user's own in place of a name: `mine.py`, read as a module."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from leadline.errors import NotFound, UsageError


def is_own(name: str) -> bool:
    """
    >>> is_own("folder/mine.py"), is_own("bm25")
    (True, False)
    """
    return name.endswith(".py")


def load(name: str, kind: str, *wanted: str) -> ModuleType:
    """The module in the file `name`, which makes a `kind` by what it calls one of `wanted`.

    NotFound when there is no such file, UsageError when it has none of these names. What the file itself raises is
    left as it is: its author needs the trace.
    """
    path = Path(name)
    if not path.is_file():
        raise NotFound(f"file with {'an' if kind[0] in 'aeiou' else 'a'} {kind}", name)
    spec = spec_from_file_location(f"leadline_own_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    if wanted and not any(hasattr(module, one) for one in wanted):
        raise missing(name, kind, *wanted)
    return module


def missing(name: str, kind: str, *wanted: str) -> UsageError:
    """
    >>> str(missing("mine.py", "retriever", "retriever()"))
    'mine.py has no retriever(): that is what makes it a retriever.'
    """
    return UsageError(f"{name} has no {' or '.join(wanted)}: that is what makes it a {kind}.")
