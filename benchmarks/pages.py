"""The pages in a browser: the first page, a report of 500 claims over 200 documents, and a run of 50 steps a second.

Needs Playwright and a Chromium of the system; exit code 2 without. Every time is taken in the browser (Navigation
Timing: from the request to the end of the load event, without a cache) beside a page of one sentence from the same
server, so that what the machine and the browser cost is seen.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.record import record, table

from leadline.evidence.model import Citation, Claim, Omissions, Report, Source, Span
from leadline.retrieval.collection import Collection
from leadline.runs.store import Run, start_run
from leadline.runs.trace import Trace

N_CLAIMS, N_DOCUMENTS, ROUNDS = 500, 200, 9
RATES = {50: 20.0, 200: 10.0}
"""Steps per second -> seconds."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WATCH = """() => {
  window.seen = [];
  const steps = document.getElementById("steps");
  new MutationObserver((changes) => {
    const now = Date.now();
    for (const change of changes) for (const row of change.addedNodes) if (row.value) seen.push([row.value, now]);
  }).observe(steps, { childList: true });
}"""


def big_report(folder: Path) -> Run:
    """A run whose report cites 200 documents of ten sentences in 500 claims."""
    folder.mkdir()
    for n in range(N_DOCUMENTS):
        lines = [
            f"Ship {n}-{m} of the harbour was built by yard {n * m % 37} in {1900 + m}." for m in range(10)
        ]
        (folder / f"ship-{n:03d}.txt").write_text("\n".join(lines) + "\n")
    collection = Collection.open("ships", create=True)
    collection.update([folder])
    documents = list(collection.documents())
    claims = []
    for n in range(N_CLAIMS):
        document = documents[n % N_DOCUMENTS]
        start = 0
        for _ in range(n % 10):
            start = document.text.index("\n", start) + 1
        end = document.text.index("\n", start)
        quote = document.text[start:end]
        claims.append(Claim(quote, (Citation(n + 1, Span(document.id, start, end, quote)),)))
    sources = tuple(Source(d.id, d.title, d.uri, d.media_type, d.sha256) for d in documents)
    run = start_run("Which yard built which ship?", collection="ships")
    return run.finish(Report(run.record.question, "answered", tuple(claims), sources,
                             Omissions(documents_total=N_DOCUMENTS), {"collection": "ships"}))  # fmt: skip


@contextmanager
def serving() -> Iterator[str]:
    command = [sys.executable, "-m", "leadline", "ui", "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(20)


def opening(page: Any, address: str) -> tuple[list[float], int]:
    """Milliseconds of each round, and the bytes of the page with its style, scripts and pictures."""
    times = []
    for _ in range(ROUNDS):
        page.goto(address)
        page.wait_for_load_state("load")
        times.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    parts = page.evaluate(
        "[...document.querySelectorAll('link, script, img')].map((part) => part.href || part.src)"
    )
    return times, sum(len(page.request.get(one).body()) for one in (address, *filter(None, parts)))


def clicking(page: Any, address: str) -> list[float]:
    """Milliseconds from the click on a citation to its quote beside the report."""
    page.goto(address)
    times = []
    for n in range(1, N_CLAIMS, N_CLAIMS // ROUNDS):
        began = time.perf_counter()
        page.locator(f'a.n[data-cite="{n}"]').first.click()
        page.wait_for_selector(f"#beside .about .n:text-is('{n}')")
        times.append((time.perf_counter() - began) * 1000)
    return times


def following(page: Any, base: str, rate: int, seconds: float) -> dict[str, float]:
    """How long after it was written each step of a run stands on the page, in milliseconds."""
    run = start_run("Which yard built which ship?", collection="ships")
    trace, written = Trace(run.trace_path), dict[int, float]()
    page.goto(f"{base}/runs/{run.record.id}")
    page.evaluate(WATCH)

    def write() -> None:
        began = time.perf_counter()
        for n in range(int(rate * seconds)):
            time.sleep(max(0.0, began + n / rate - time.perf_counter()))
            trace.add("open", arguments={"document": f"d{n % 40}", "start": n}, summary=f"Ship {n} (s.txt)\nIt sails.",
                      cost={"calls": 1})  # fmt: skip
            written[n + 1] = time.time() * 1000

    writer = threading.Thread(target=write)
    writer.start()
    writer.join()
    took = len(written) / rate
    page.wait_for_timeout(1500)
    seen = dict(page.evaluate("window.seen"))
    run.mark("stopped")
    lag = sorted(seen[n] - at for n, at in written.items() if n in seen)
    return {
        "rate": rate, "steps": len(written), "missing": len(written) - len(lag), "seconds": took,
        "median": statistics.median(lag), "p95": lag[int(len(lag) * 0.95)], "most": lag[-1],
    }  # fmt: skip


def main() -> int:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return 2
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return 2
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["LEADLINE_HOME"] = str(Path(folder) / "home")
        run = big_report(Path(folder) / "ships")
        with serving() as url:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 860})
            page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
            page.goto(url)
            base = url.split("/?")[0]
            report = f"{base}/runs/{run.record.id}"
            loads = {
                "one sentence": opening(page, f"{base}/nowhere"),
                "first page": opening(page, f"{base}/"),
                f"report, {N_CLAIMS} claims over {N_DOCUMENTS} documents": opening(page, report),
                "collection of 200 documents": opening(page, f"{base}/collections/ships"),
                "laboratory": opening(page, f"{base}/laboratory"),
            }
            clicks = clicking(page, report)
            lags = [following(page, base, rate, seconds) for rate, seconds in RATES.items()]
            browser.close()
    write_down(loads, clicks, lags)
    return 0


def write_down(
    loads: dict[str, tuple[list[float], int]], clicks: list[float], lags: list[dict[str, float]]
) -> None:
    least = statistics.median(loads["one sentence"][0])
    rows = [
        (name, round(statistics.median(times)), f"{min(times):.0f}-{max(times):.0f}", f"{size / 1000:.1f}",
         f"{statistics.median(times) / least:.1f}")
        for name, (times, size) in loads.items()
    ]  # fmt: skip
    live = [
        [round(lag[key]) for key in ("rate", "steps", "missing", "median", "p95", "most")] for lag in lags
    ]
    text = (
        f"Medians of {ROUNDS} loads, in the browser.\n\n"
        + table(["page", "ms", "least-most", "kB", "times one sentence"], rows)
        + f"\n\nFrom the click on a citation to its quote: {statistics.median(clicks):.0f} ms (least-most "
        f"{min(clicks):.0f}-{max(clicks):.0f}, the tool that clicks included).\n\n"
        "A run that is watched: milliseconds from a step being written to its standing on the page.\n\n"
        + table(["steps / s", "steps", "missing", "median", "95 %", "most"], live)
    )
    figures = {
        "loads_ms": {name: times for name, (times, _) in loads.items()},
        "bytes": {name: size for name, (_, size) in loads.items()},
        "clicks_ms": clicks,
        "live": lags,
    }
    record("pages", "Pages", text, figures)


if __name__ == "__main__":
    sys.exit(main())
