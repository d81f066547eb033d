"""What is found by the name of its file (objectives, environments, losses), or in a file of the user's own, and its
settings as text: `name:key=value,key=value` or `folder/mine.py:key=value`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from leadline.errors import NotFound, UsageError
from leadline.own_file import is_own, load


def names(package: ModuleType, without: Collection[str] = ()) -> list[str]:
    """The files of a package that stand for something."""
    return sorted(path.stem for path in folder_of(package).glob("[a-z]*.py") if path.stem not in without)


def maker(
    package: ModuleType, name: str, function: str, kind: str, known: Iterable[str]
) -> Callable[..., Any]:
    """The function of that name in the file of this name, or in the file at this path if it ends in .py."""
    if is_own(name):
        module = load(name, kind, function)
    elif (stem := name.replace("-", "_")) in known:
        module = import_module(f"{package.__name__}.{stem}")
    else:
        raise NotFound(kind, name, known)
    make: Callable[..., Any] = getattr(module, function)
    return make


def split(text: str) -> tuple[str, dict[str, str]]:
    """
    >>> split("ead:preset=paper, cutoff=0")
    ('ead', {'preset': 'paper', 'cutoff': '0'})
    """
    name, _, rest = text.strip().partition(":")
    pairs = [pair.partition("=") for pair in rest.split(",") if pair.strip()]
    return name.strip(), {key.strip(): value.strip() for key, _, value in pairs}


def settings(make: Callable[..., Any], name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, as the types of the defaults of `make`; NotFound or UsageError name what is wrong."""
    known = inspect.signature(make).parameters
    found = {}
    for key, value in given.items():
        if key not in known:
            raise NotFound(f"setting of {name}", key, known)
        found[key] = cast(known[key].default, value, f"{name}:{key}", choices(make).get(key, ()))
    return found


def choices(make: Callable[..., Any]) -> dict[str, tuple[Any, ...]]:
    """What the settings of kind Literal may be."""
    hints = get_type_hints(make)
    return {key: get_args(hint) for key, hint in hints.items() if get_origin(hint) is Literal}


def cast(default: Any, value: Any, name: str, among: tuple[Any, ...] = ()) -> Any:
    """A setting from the command line as the type of its default."""
    if among and value not in among:
        raise UsageError(
            f"{name} cannot be {value!r}.", remedy=f"It is one of: {', '.join(map(str, among))}."
        )
    if not isinstance(value, str) or isinstance(default, str):
        return value
    try:
        if isinstance(default, tuple):
            raise TypeError("no text stands for a tuple")
        if isinstance(default, bool):
            return {"true": True, "false": False}[value.lower()]
        return float(value) if default is None else type(default)(value)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{name} cannot be {value!r}.", remedy=f"Its default is {default!r}.") from error


def about(package: ModuleType, name: str, function: str) -> dict[str, Any]:
    """What a person chooses by: the first sentence of the file, and the settings with their defaults."""
    module = import_module(f"{package.__name__}.{name}")
    sentence = (module.__doc__ or "").strip().partition("\n\n")[0].split()
    parameters = inspect.signature(getattr(module, function)).parameters
    return {
        "what": " ".join(sentence),
        "settings": {key: parameter.default for key, parameter in parameters.items() if key != "name"},
    }


def folder_of(package: ModuleType) -> Path:
    assert package.__file__ is not None
    return Path(package.__file__).parent
