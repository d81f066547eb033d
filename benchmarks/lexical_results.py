"""Writes the results of the lexical benchmarks: JSON, and a table to read."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


def save(name: str, title: str, rows: Sequence[dict[str, Any]], notes: Sequence[str] = ()) -> None:
    """benchmarks/results/<name>.json and .md, and the table on the screen."""
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    load = f"load average at the end {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    FOLDER.mkdir(exist_ok=True)
    data = {"title": title, "machine": machine, "load": load, "notes": list(notes), "rows": list(rows)}
    (FOLDER / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [f"# {title}", "", f"{machine}; one thread; {load}.", *(f"\n{note}" for note in notes), ""]
    lines += ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(c, "")) for c in columns) + " |" for row in rows]
    (FOLDER / f"{name}.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) < 10 else f"{value:,.0f}"
    return str(value)
