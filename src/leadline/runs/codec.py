"""Results of steps as JSON that gives back exactly what went in: structs, tuples and dates keep their types.

JSON rather than pickle: a journal may lie in a database that others can write to, and reading one must never run
what it says. A type is named by module and class; only classes of loaded modules and of Leadline are looked up.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from datetime import date, datetime
from importlib import import_module
from typing import Any

import msgspec

from leadline.errors import StoreError

TAG = "$"


def encode(value: Any) -> bytes:
    """JSON of a value. StoreError names a type that cannot be kept.

    >>> encode({"seen": (1, 2.5)})
    b'{"seen":{"$":"tuple","v":[1,2.5]}}'
    """
    return msgspec.json.encode(_pack(value))


def decode(data: bytes | memoryview) -> Any:
    """The value again.

    >>> decode(encode({"seen": (1, float("inf"))}))
    {'seen': (1, inf)}
    """
    try:
        return _unpack(msgspec.json.decode(data))
    except (msgspec.DecodeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"A recorded result cannot be read: {error}.") from error


def _pack(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value if _is_text(value) else {TAG: "str", "v": value.encode("utf-8", "surrogatepass").hex()}
    if isinstance(value, float):
        number = float(value)  # NumPy's numbers too
        return number if math.isfinite(number) else {TAG: "float", "v": repr(number)}
    if isinstance(value, list):
        return [_pack(item) for item in value]
    if isinstance(value, dict):
        if all(isinstance(key, str) and _is_text(key) for key in value) and TAG not in value:
            return {key: _pack(item) for key, item in value.items()}
        return {TAG: "dict", "v": [[_pack(key), _pack(item)] for key, item in value.items()]}
    return {TAG: _name(value), "v": _inside(value)}


def _name(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind in _PLAIN else f"{kind.__module__}:{kind.__qualname__}"


def _inside(value: Any) -> Any:
    """What a value of a named type is made of."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):  # datetime is one
        return value.isoformat()
    if isinstance(value, tuple | frozenset | set):
        return [_pack(item) for item in value]
    if isinstance(value, msgspec.Struct):
        return {field: _pack(getattr(value, field)) for field in value.__struct_fields__}
    if dataclasses.is_dataclass(value):
        return {f.name: _pack(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise StoreError(
        f"A step's result holds a {type(value).__module__}.{type(value).__qualname__}, which cannot be kept.",
        remedy="Results are made of JSON values, tuples, dates, dataclasses and msgspec structs.",
    )


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    if TAG not in value:
        return {key: _unpack(item) for key, item in value.items()}
    name, inside = value[TAG], value["v"]
    if name in _PLAIN_BY_NAME:
        return _PLAIN_BY_NAME[name](inside)
    kind = _class(name)
    if isinstance(inside, dict):
        return kind(**{field: _unpack(item) for field, item in inside.items()})
    return kind(*map(_unpack, inside))  # a named tuple


def _class(name: str) -> Any:
    module, _, path = name.partition(":")
    if module not in sys.modules and module.partition(".")[0] == "leadline":
        import_module(module)
    kind: Any = sys.modules.get(module)
    for part in path.split("."):
        kind = getattr(kind, part, None)
    known = isinstance(kind, type) and (
        issubclass(kind, msgspec.Struct | tuple) or dataclasses.is_dataclass(kind)
    )
    if not known:
        raise StoreError(f"A recorded result is of the type {name}, which is not there any more.")
    return kind


def _is_text(value: str) -> bool:
    """Whether a string has no half characters, as names of files may."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


_PLAIN = (bytes, date, datetime, tuple, frozenset, set)
_PLAIN_BY_NAME: dict[str, Any] = {
    "str": lambda v: bytes.fromhex(v).decode("utf-8", "surrogatepass"),
    "float": float,
    "bytes": bytes.fromhex,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "tuple": lambda v: tuple(map(_unpack, v)),
    "frozenset": lambda v: frozenset(map(_unpack, v)),
    "set": lambda v: set(map(_unpack, v)),
    "dict": lambda v: {_unpack(key): _unpack(item) for key, item in v},
}
