"""How a benchmark leaves its figures: results/<name>.json, and results/<name>.md with a table for people."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from leadline.files import DISK

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in _lines(Path("/proc/cpuinfo"))
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    threads = {name: os.environ.get(name, "unset") for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")}
    load = [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else []
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": threads,
        "load": load,
    }


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; floats with three decimals.

    >>> print(table(["a", "b"], [["x", 0.5]]))
    | a | b |
    |---|---|
    | x | 0.500 |
    """
    shown = [[f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    lines = [columns, ["---"] * len(columns), *shown]
    return "\n".join(
        "|" + "|".join(line) + "|" if line[0] == "---" else "| " + " | ".join(line) + " |" for line in lines
    )


def disturbed() -> str:
    """What to think of the figures when other processes wanted the processors as well."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load <= cores + 0.5:
        return ""
    return (
        f"\n\nOther processes ran at the same time (load {load:.1f} on {cores} cores): compare within a row only. With "
        "two threads torch's threads wait for each other at every operation, and so for the other processes: the side "
        "with many small operations loses far more than it would on a free machine."
    )


def record(name: str, title: str, text: str, figures: Mapping[str, Any]) -> None:
    """Write both files and print the text."""
    on = machine()
    where = (
        f"{on['cpu']}, {on['cores']} cores, Python {on['python']}, threads {on['threads']}, load {on['load']}"
    )
    page = f"# {title}\n\n{text}\n\nMachine: {where}.\n"
    DISK.write(RESULTS / f"{name}.md", page.encode())
    DISK.write(RESULTS / f"{name}.json", json.dumps({"machine": on, **figures}, indent=2).encode() + b"\n")
    print(page)
