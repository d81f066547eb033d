"""Counters and latency histograms in Prometheus' text format."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from threading import Lock

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds in seconds."""


class Meters:
    """Requests by route and status, latency by route. Thread-safe."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.buckets: dict[str, list[int]] = {}
        self.seconds: Counter[str] = Counter()
        self.lock = Lock()

    def add(self, route: str, status: int, seconds: float) -> None:
        with self.lock:
            self.requests[route, status] += 1
            counts = self.buckets.setdefault(route, [0] * (len(BUCKETS) + 1))
            counts[bisect_left(BUCKETS, seconds)] += 1
            self.seconds[route] += seconds  # type: ignore[assignment]

    def text(self, gauges: dict[str, float]) -> str:
        """The page that Prometheus scrapes."""
        lines = ["# TYPE leadline_requests_total counter"]
        with self.lock:
            for (route, status), count in sorted(self.requests.items()):
                lines.append(f'leadline_requests_total{{route="{route}",status="{status}"}} {count}')
            lines.append("# TYPE leadline_request_seconds histogram")
            for route, counts in sorted(self.buckets.items()):
                total = 0
                for bound, count in zip((*BUCKETS, "+Inf"), counts, strict=True):
                    total += count
                    lines.append(f'leadline_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}')
                lines.append(f'leadline_request_seconds_sum{{route="{route}"}} {self.seconds[route]:.6f}')
                lines.append(f'leadline_request_seconds_count{{route="{route}"}} {total}')
        for name, value in gauges.items():
            lines += [f"# TYPE leadline_{name} gauge", f"leadline_{name} {value:g}"]
        return "\n".join(lines) + "\n"
