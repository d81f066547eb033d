"""run.json: what a run is asked, within which limits, and how it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec

from leadline.files import DISK, Disk

State = Literal[
    "waiting", "running", "paused", "answered", "nothing found", "budget spent", "stopped", "failed"
]


class RunRecord(msgspec.Struct, frozen=True):
    """run.json: all that is needed to ask the same question again."""

    id: str
    question: str
    sources: tuple[str, ...] = ()
    """Absolute paths."""
    collection: str = ""
    seed: int = 0
    max_steps: float | None = None
    """None is no limit (JSON has no infinity)."""
    max_seconds: float | None = None
    max_tokens: float | None = None
    max_usd: float | None = None
    out: str = ""
    """The folder of the report, absolute; empty when none was asked for."""
    started: str = ""
    """ISO 8601, UTC."""
    state: State = "running"
    """`waiting` for a worker; `paused` to be resumed; `stopped` by a person; `failed` by an error; `running` that no
    process drives (`leadline.runs.control.situation`): it was killed."""
    agent: str = "extractive"
    model: str = ""
    """The agent and the model's spec, where the one who started the run said so."""
    reason: str = ""
    """Why a run failed, in a sentence."""
    forked_from: str = ""
    """The run that it branched off from, and the step."""
    queued: bool = False
    """Whether it was left to `leadline worker`, which then also takes it up again when its process was killed."""
    offline: bool = False
    """Whether anything that needs the network is refused, also when the run is resumed."""
    outside: dict[str, Any] = {}
    """What the user granted beside the collection (`leadline.environments.outside.Outside`), as JSON."""
    index: str = ""
    """The collection's index id when the run began: another one later says that the sources have changed."""
    version: int = 1


def write_record(folder: Path, record: RunRecord, disk: Disk = DISK) -> None:
    """Write run.json."""
    disk.write(folder / "run.json", msgspec.json.format(msgspec.json.encode(record), indent=2))
