"""Exemplar selection at equal evaluations: EASE beside random and nearest lists, retrieval, subset criteria, influence,
evolution, and without order or filter.

python -m benchmarks.ease [--seeds 30]

The experiment of `leadline reproduce ease`, with intervals of each arm.
"""

from __future__ import annotations

import argparse

from benchmarks.record import record, table

from leadline.bench.reproduce import reproduce
from leadline.systems import get


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=30)
    result = reproduce(get("ease"), seeds=parser.parse_args().seeds)
    rows = [
        [c.text, c.baseline_name, c.baseline.mean, c.method.mean,
         f"{c.difference.mean:+.3f} [{c.difference.low:+.3f}, {c.difference.high:+.3f}]", c.verdict]
        for c in result.claims
    ]  # fmt: skip
    columns = ["claim", "baseline", "its accuracy", "EASE", "difference, 95 %", "verdict"]
    head = f"{result.seeds} seeds, {result.seconds:.0f} s, 100 evaluations, 70 % wrong labels."
    text = f"{head}\n\n{table(columns, rows)}"
    record("ease", "Exemplar selection", text, {"columns": columns, "rows": rows})


if __name__ == "__main__":
    main()
