"""What a step of an agent costs beside the model: `python -m benchmarks.agents [--peers PYTHON]`

CPU time per step against a local model server with 20 ms latency (`agents_server.py`), with one run of 20 and of 80
tool calls and with 128 runs at once, the trace on. PYTHON is the interpreter of an environment that has the peers:

    uv venv peers && uv pip install --python peers/bin/python "smolagents[openai]" langgraph langchain-openai \\
        "pydantic-ai-slim[openai]"
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.record import record, table

PEERS = ("smolagents", "langgraph", "pydantic-ai")
GOALS = {
    "import_s": 0.5, "ms_per_step_20": 3.0, "ms_per_step_80": 4.0, "steps_per_cpu_s_at_128": 400.0,
    "peak_mb_one_run": 80.0, "peak_mb_128_runs": 80.0,
}  # fmt: skip
SUBJECT = Path(__file__).parent / "agents_subject.py"


@contextmanager
def model_server() -> Iterator[int]:
    """The port of a model server that runs meanwhile."""
    command = [sys.executable, "-m", "benchmarks.agents_server", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=SUBJECT.parent.parent) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def measured(name: str, python: str, port: int) -> dict[str, Any]:
    """The figures of one loop."""
    done = subprocess.run(
        [python, str(SUBJECT), name, str(port)], capture_output=True, text=True, timeout=400, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--peers", help="The interpreter of an environment that has smolagents and the others."
    )
    peers = parser.parse_args().peers
    with model_server() as port:
        found = [measured("leadline", sys.executable, port)]
        found += [measured(name, peers, port) for name in PEERS if peers]
    own = found[0]
    rows = [[one["name"], *(one[key] for key in GOALS)] for one in found]
    rows.append(
        ["goal", *(f"{'>=' if key.startswith('steps') else '<='} {goal:g}" for key, goal in GOALS.items())]
    )
    lines = [
        "CPU time of the agent's process against a model server with 20 ms latency; results of about 1,000 characters, "
        "the whole transcript in every request, Leadline's trace on disk. The least of three runs alone.",
        table(
            ["loop", "import s", "ms per step, 20 calls", "ms per step, 80 calls", "steps per CPU s, 128 runs",
             "peak MB, one run", "peak MB, 128 runs"],
            rows,
        ),
    ]  # fmt: skip
    lines += [
        f"{one['name']}: {one['ms_per_step_20'] / own['ms_per_step_20']:.1f} times the CPU per step at 20 calls, "
        f"{one['ms_per_step_80'] / own['ms_per_step_80']:.1f} times at 80, "
        f"{own['steps_per_cpu_s_at_128'] / one['steps_per_cpu_s_at_128']:.1f} times at 128 runs."
        for one in found[1:]
    ]
    record("agents", "What a step of an agent costs", "\n\n".join(lines), {"loops": found, "goals": GOALS})


if __name__ == "__main__":
    main()
