"""The laboratory's own cost: worlds and documents per second, and what a benchmark run adds per case.

python -m benchmarks.laboratory [--facts 1000000]
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import tempfile
import time
from pathlib import Path

from leadline.bench.protocol import Answer, Case, Twin
from leadline.bench.protocols import protocol
from leadline.bench.run import run_benchmark
from leadline.models.judge import RuleJudge
from leadline.tasks.render.text import Style, render_text
from leadline.tasks.world import make_world

RESULTS = Path(__file__).parent / "results"


def world_rows(sizes: list[int]) -> list[dict[str, float]]:
    """CPU seconds to make and render worlds; five facts to a document, so that 100,000 facts give over 20,000."""
    rows = []
    for size in sizes:
        start = time.process_time()
        world = make_world(size, 0)
        made = time.process_time()
        library = render_text(world, Style(dispersion=0.3, staleness=0.01, contradictions=0.01))
        rows.append(
            {
                "facts": len(world.facts),
                "documents": len(library.documents),
                "make_s": made - start,
                "render_s": time.process_time() - made,
            }
        )
    return rows


def overhead(n: int = 1000, rounds: int = 3) -> list[float]:
    """Milliseconds per case of a run with an agent that answers at once (scoring, saving and flushing included)."""
    chosen = protocol("nq")
    documents = chosen.twin(0, 5).documents
    twin = Twin([Case(f"c-{i}", "q", {"answers": ["x"]}) for i in range(n)], documents)
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            run_benchmark(
                chosen, twin, lambda prompt, search: Answer("x"), "scripted", RuleJudge(), Path(folder)
            )
            found.append(1000 * (time.perf_counter() - start) / n)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=1_000_000, help="The largest world.")
    parser.add_argument("--data", help="ignored: nothing from outside is needed")
    arguments = parser.parse_args()
    worlds = world_rows([10**k for k in range(2, 7) if 10**k < arguments.facts] + [arguments.facts])
    cases = overhead()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {
        "machine": platform.processor() or platform.machine(),
        "worlds": worlds,
        "ms_per_case": cases,
        "peak_mb": peak,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "laboratory.json").write_text(json.dumps(result, indent=2) + "\n")
    lines = ["# The laboratory's own cost", "", "One core, CPU seconds.", ""]
    lines += ["| facts | documents | make s | render s | microseconds per fact |", "|---|---|---|---|---|"]
    for w in worlds:
        each = 1e6 * (w["make_s"] + w["render_s"]) / w["facts"]
        lines.append(
            f"| {w['facts']:,} | {w['documents']:,} | {w['make_s']:.2f} | {w['render_s']:.2f} | {each:.0f} |"
        )
    middle, low, high = statistics.median(cases), min(cases), max(cases)
    lines += ["", f"`bench run` adds {middle:.2f} ms per case (median of {len(cases)} runs of 1,000 cases;"]
    lines += [f"{low:.2f} to {high:.2f}). Peak memory {peak:.0f} MB."]
    (RESULTS / "laboratory.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
