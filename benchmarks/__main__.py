"""`make bench`, or `python -m benchmarks [NAME...]`: runs every benchmark of this folder, one after the other.

A benchmark is a module with `main()`; it writes benchmarks/results/<name>.json and .md. Each runs in a process of
its own with a bound on its time, so that one that hangs or fails costs nobody else their figures. Those that need
data say so and are listed as skipped (exit code 2): set LEADLINE_DATA to its folder.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parent
MAX_MINUTES = 10.0
SKIPPED = 2


def names() -> list[str]:
    """Every benchmark: a module of this folder that can be run by itself. `fit_*` make what is shipped: not these.

    >>> "__main__" in names()
    False
    """
    modules = (path for path in sorted(FOLDER.glob("[a-z]*.py")) if not path.stem.startswith("fit_"))
    return [path.stem for path in modules if "def main(" in path.read_text(encoding="utf-8")]


def run(command: Sequence[str], max_minutes: float) -> tuple[str, float]:
    """("done", "skipped", "failed" or "too slow", seconds) of one benchmark."""
    began = time.monotonic()
    try:
        code = subprocess.run(command, timeout=max_minutes * 60, cwd=FOLDER.parent, check=False).returncode
    except subprocess.TimeoutExpired:
        return "too slow", time.monotonic() - began
    state = "done" if code == 0 else "skipped" if code == SKIPPED else "failed"
    return state, time.monotonic() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Run benchmarks; 1 if any failed or ran out of time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Run the benchmarks.")
    parser.add_argument("names", nargs="*", help="Which ones (default: all).")
    parser.add_argument("--list", action="store_true", help="Print their names and stop.")
    parser.add_argument("--minutes", type=float, default=MAX_MINUTES, help="Bound on the time of each.")
    asked = parser.parse_args(arguments)
    if asked.list:
        print("\n".join(names()))
        return 0
    unknown = sorted(set(asked.names) - set(names()))
    if unknown:
        parser.error(f"no benchmark named {', '.join(unknown)}; there are: {', '.join(names())}")
    states = {}
    for name in asked.names or names():
        print(f"== {name}", flush=True)
        states[name] = run([sys.executable, "-m", f"benchmarks.{name}"], asked.minutes)
    print()
    for name, (state, seconds) in states.items():
        print(f"{state:<9}{seconds:7.1f} s  {name}")
    return int(any(state in ("failed", "too slow") for state, _ in states.values()))


if __name__ == "__main__":
    sys.exit(main())
