"""Long searches write themselves down whole and go on as if they had not stopped.

A checkpoint is one line of JSON (format, kind, sha256 of the rest) and msgpack bytes, written atomically.
Arrays and the states of seeded generators are kept exactly.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from leadline.errors import StoreError, UsageError
from leadline.files import DISK, Disk

FORMAT = 1


def save(path: Path, kind: str, state: dict[str, Any], disk: Disk = DISK) -> None:
    """Write `state` (numbers, text, lists, dicts, bytes, arrays) to `path`, whole or not at all."""
    body = msgspec.msgpack.encode(state, enc_hook=_encode)
    head = {"format": FORMAT, "kind": kind, "sha256": hashlib.sha256(body).hexdigest()}
    disk.write(path, json.dumps(head).encode() + b"\n" + body)


def load(path: Path, kind: str) -> dict[str, Any]:
    """The state that `save` wrote; StoreError when it is damaged, of another kind, or from a newer version, UsageError
    when the file is something else."""
    try:
        line, _, body = path.read_bytes().partition(b"\n")
        head = json.loads(line)
        known, digest = (head["format"], head["kind"]), head["sha256"]
    except OSError as error:
        raise StoreError(f"Cannot read the checkpoint {path}: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} is not a search that was kept.",
            remedy="Name another file, or one that does not exist yet: the search is kept there.",
        ) from error
    if known != (FORMAT, kind):
        raise StoreError(
            f"{path} is a checkpoint of {known[1]!r} in format {known[0]}, not of {kind!r} in format {FORMAT}."
        )
    if hashlib.sha256(body).hexdigest() != digest:
        raise StoreError(
            f"The checkpoint {path} is damaged.",
            remedy="Delete it and start the search again with the same seed.",
        )
    state: dict[str, Any] = _decode(msgspec.msgpack.decode(body))
    return state


def generator_state(rng: np.random.Generator) -> str:
    return json.dumps(rng.bit_generator.state)


def generator_from(state: str) -> np.random.Generator:
    """A PCG64 generator that goes on where the saved one was."""
    bits = np.random.PCG64()
    bits.state = json.loads(state)
    return np.random.Generator(bits)


def _encode(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        dtype = value.dtype.descr if value.dtype.names else value.dtype.str
        return {"__array__": value.tobytes(), "dtype": json.dumps(dtype), "shape": value.shape}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be kept in a checkpoint")


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        if "__array__" in value:
            dtype = json.loads(value["dtype"])
            kind = np.dtype([tuple(f) for f in dtype] if isinstance(dtype, list) else dtype)
            return np.frombuffer(value["__array__"], kind).reshape(value["shape"]).copy()
        return {k: _decode(v) for k, v in value.items()}
    return [_decode(v) for v in value] if isinstance(value, list) else value
