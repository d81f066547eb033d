"""Checkpoints: everything that the next step depends on, in one file written whole or not at all.

Weights, optimizer, the random generator of every stage, the state of stateful methods, and the settings. On the CPU
with the same number of threads, training 2k steps equals training k, loading, and training k more, bit for bit.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch

from leadline.errors import StoreError, UsageError, said
from leadline.files import DISK, Disk
from leadline.train.settings import Settings, differences

VERSION = 1


def save(path: Path, record: dict[str, Any], *, disk: Disk = DISK) -> None:
    """UsageError when a method keeps something in its state that could not be read again (`load` reads no code)."""
    for method, state in record.get("state", {}).items():
        try:
            torch.load(io.BytesIO(written(state)), weights_only=True)
        except Exception as error:
            raise UsageError(
                f"The state of the method {method} cannot be kept in a checkpoint ({said(error)}).",
                remedy="Keep numbers, texts, lists, dictionaries and tensors there.",
            ) from error
    disk.write(path, written({"version": VERSION, **record}))


def written(record: Any) -> bytes:
    """As torch.save writes it."""
    buffer = io.BytesIO()
    torch.save(record, buffer)
    return buffer.getvalue()


def load(path: Path, settings: Settings) -> dict[str, Any]:
    """The record, refused when it belongs to another configuration (the differences are listed). Reads no code."""
    try:
        record: dict[str, Any] = torch.load(path, weights_only=True)
    except Exception as error:
        raise StoreError(
            f"{path} cannot be read as a checkpoint ({said(error)}).", remedy="Delete it to start again."
        ) from error
    if not (isinstance(record, dict) and {"settings", "policy", "done"} <= set(record)):
        raise StoreError(f"{path} holds something else than a training run.", remedy="Choose another --out.")
    other = differences(record["settings"], settings)
    if other:
        raise UsageError(
            f"{path} belongs to another configuration: {'; '.join(other)}.",
            remedy="Use the same settings, or another --out.",
        )
    return record
