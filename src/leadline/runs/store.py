"""Runs on disk: $LEADLINE_HOME/runs/<id>/ holds run.json (how to start it again), trace.jsonl and report.json.

A run is written when it starts, so that one that was killed is listed and can be started again. A folder that
cannot be read is listed as broken with the reason; it hides no other run.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from leadline.errors import NotFound, StoreError, UsageError
from leadline.evidence.model import Report
from leadline.files import DISK, Disk, home
from leadline.runs.record import RunRecord, State, write_record
from leadline.runs.trace import Step, read_trace


class Run(msgspec.Struct, frozen=True):
    """A run that can be read; `broken` says why one cannot, and then only the id is true."""

    folder: Path
    record: RunRecord
    broken: str = ""

    @property
    def trace_path(self) -> Path:
        return self.folder / "trace.jsonl"

    @property
    def report_path(self) -> Path:
        return self.folder / "report.json"

    def steps(self) -> list[Step]:
        """The steps taken; none when the run ended before its first one."""
        return list(read_trace(self.trace_path)) if self.trace_path.exists() else []

    def report(self) -> Report | None:
        """The report, or None when the run left none."""
        return read_report(self.report_path) if self.report_path.exists() else None

    def whole(self, participle: str) -> Run:
        """Itself; StoreError that it cannot be `participle` ("resumed") when it is broken."""
        if self.broken:
            raise StoreError(
                f"Run {self.record.id} cannot be {participle}: {self.broken}.",
                remedy="Ask its question again.",
            )
        return self

    def now(self) -> Run:
        """The same run as it stands on the disk now."""
        return _read_run(self.folder)

    def finish(
        self, report: Report, disk: Disk = DISK, *, state: State | None = None, reason: str = ""
    ) -> Run:
        """Keep the report, and its status as the run's state unless another one is given."""
        disk.write(self.report_path, msgspec.json.format(msgspec.json.encode(report), indent=2))
        return self.mark(state or report.status, disk, reason=reason)

    def mark(self, state: State, disk: Disk = DISK, *, reason: str = "") -> Run:
        """Write the run's state down, and why it failed."""
        return self.change(disk, state=state, reason=reason)

    def change(self, disk: Disk = DISK, **fields: Any) -> Run:
        """Write the record with other values for some of its fields."""
        record = msgspec.structs.replace(self.record, **fields)
        write_record(self.folder, record, disk)
        return Run(self.folder, record)


def runs_folder() -> Path:
    """Where runs live."""
    return home() / "runs"


def start_run(
    question: str,
    sources: Sequence[str | Path] = (),
    *,
    collection: str = "",
    seed: int = 0,
    max_steps: float = float("inf"),
    max_seconds: float = float("inf"),
    max_tokens: float = float("inf"),
    max_usd: float = float("inf"),
    out: str | Path = "",
    agent: str = "extractive",
    model: str = "",
    offline: bool = False,
    outside: dict[str, Any] | None = None,
    index: str = "",
    disk: Disk = DISK,
    clock: Callable[[], float] = time.time,
) -> Run:
    """Make a new run's folder with its run.json. `clock` gives seconds since 1970.

    `{run}` in `out` stands for the run's id: `leadline-report/{run}`.
    """
    now = clock()
    folder = new_folder(now)
    record = RunRecord(
        id=folder.name,
        question=question,
        sources=tuple(str(Path(source).absolute()) for source in sources),
        collection=collection,
        seed=seed,
        max_steps=_finite(max_steps),
        max_seconds=_finite(max_seconds),
        max_tokens=_finite(max_tokens),
        max_usd=_finite(max_usd),
        out=str(Path(str(out).replace("{run}", folder.name)).absolute()) if str(out) else "",
        started=datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
        agent=agent,
        model=model,
        offline=offline,
        outside=outside or {},
        index=index,
    )
    write_record(folder, record, disk)
    return Run(folder, record)


def run_id(at: float) -> str:
    """Time in UTC to the millisecond: short, sorts by age, and readable.

    >>> run_id(1_764_075_721.25)
    '20251125-130201-250'
    """
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%Y%m%d-%H%M%S}-{moment.microsecond // 1000:03d}"


def new_folder(now: float | None = None) -> Path:
    """A folder that nobody else has: its creation is the lock, a taken name moves one millisecond on."""
    now = time.time() if now is None else now
    for milliseconds in range(10_000):
        folder = runs_folder() / run_id(now + milliseconds / 1000)
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            continue
        except OSError as error:
            raise StoreError(
                f"Cannot keep the run in {folder.parent}: {error.strerror or error}.",
                remedy="Set LEADLINE_HOME to a folder that you may write to.",
            ) from error
    raise StoreError(f"No free run id in {runs_folder()}.")


def list_runs() -> list[Run]:
    """Every run, newest first; broken ones too."""
    folder = runs_folder()
    if not folder.is_dir():
        return []
    return sorted(_read_all(folder), key=lambda run: run.record.id, reverse=True)


def _read_all(folder: Path) -> Iterator[Run]:
    for path in folder.iterdir():
        if path.is_dir():
            yield _read_run(path)


def _read_run(folder: Path) -> Run:
    nothing = RunRecord(folder.name, "")
    try:
        record = msgspec.json.decode((folder / "run.json").read_bytes(), type=RunRecord)
    except FileNotFoundError:
        return Run(folder, nothing, "run.json is missing")
    except (OSError, msgspec.DecodeError) as error:
        return Run(folder, nothing, f"run.json cannot be read: {error}")
    if record.version > RunRecord("", "").version:
        return Run(folder, nothing, f"run.json has version {record.version}: written by a newer Leadline")
    return Run(folder, msgspec.structs.replace(record, id=folder.name))


def find_run(name: str) -> Run:
    """The run with this id, or with the one id that starts so; `last` is the newest."""
    if name and Path(name).name == name and (runs_folder() / name).is_dir():
        return _read_run(runs_folder() / name)
    runs = list_runs()
    if name == "last" and runs:
        return runs[0]
    found = [run for run in runs if name and run.record.id.startswith(name)]
    if not found:
        raise NotFound("run", name, [run.record.id for run in runs])
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} runs start with {name!r}.",
            remedy=f"Which one: {', '.join(run.record.id for run in found[:8])}?",
        )
    return found[0]


def delete_run(run: Run) -> None:
    """Remove a run's folder. Reports written elsewhere stay."""
    try:
        shutil.rmtree(run.folder)
    except OSError as error:
        raise StoreError(f"Cannot delete {run.folder}: {error.strerror or error}.") from error


def read_report(path: Path) -> Report:
    """A Report from its JSON, or a message that says what is wrong with the file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except OSError as error:
        raise UsageError(
            f"Cannot read {path}: {error.strerror or error}.", remedy="Give the report.json of a run."
        ) from error
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{path} is not a report of Leadline: {error}.",
            remedy="`leadline schema report` shows the format.",
        ) from error


def _finite(limit: float) -> float | None:
    return None if limit == float("inf") else limit
