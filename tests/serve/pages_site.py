"""A real `leadline ui` over a home that has something of everything, for tests in a browser."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hostile_strings import NAUGHTY, VECTORS, file_name

from leadline.agents.research import research
from leadline.bench.reproduce import reproduce, save
from leadline.bench.run import Summary
from leadline.bench.stats import Interval
from leadline.bench.system import Claim as Promise
from leadline.bench.system import Pair, System, Trial
from leadline.evidence.model import (
    Citation,
    Claim,
    Contradiction,
    Failure,
    Omissions,
    Report,
    Source,
    Span,
)
from leadline.retrieval.collection import Collection
from leadline.runs.store import Run, start_run
from leadline.runs.trace import Trace

SAMPLE = Path(__file__).parents[2] / "sample"
QUESTION = "Who manages the Oxley Reach project, and when did it start?"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


class Site(NamedTuple):
    """Where the server listens (without a slash at the end), how to get in, and what there is."""

    base: str
    url: str
    home: Path
    report: str
    other: str
    killed: str
    hostile: str


@contextmanager
def serving(home: Path, results: Path | None = None, port: str = "0"):
    """A server of its own over a home: (url with the token, its process)."""
    command = [sys.executable, "-m", "leadline", "ui", "--port", port, "--json"]
    command += ["--results", str(results)] if results is not None else []
    environment = {**os.environ, "LEADLINE_HOME": str(home)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield json.loads(process.stdout.readline())["url"], process
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def site(base: Path):
    """The home, filled, and its server."""
    home, results = base / "home", base / "results"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADLINE_HOME", str(home))
        Collection.open("notes", create=True).update(
            [SAMPLE / "minutes", SAMPLE / "policies", SAMPLE / "mails"]
        )
        asked = [research(question, collection="notes").run["id"]
                 for question in (QUESTION, "What is the daily allowance for journeys?")]  # fmt: skip
        killed = start_run(QUESTION, collection="notes", max_steps=40)
        trace = Trace(killed.trace_path)
        trace.add("search", arguments={"query": QUESTION, "k": 20}, summary="[1] minutes")
        trace.add(
            "open", arguments={"document": "d1"}, summary="Minutes (m.md), characters 0-9 of 9\nThe words."
        )
        hostile = hostile_run(base / "hostile").record.id
        fill_results(results)
    with serving(home, results) as (url, _):
        yield Site(url.split("/?")[0], url, home, str(asked[0]), str(asked[1]), killed.record.id, hostile)


def fill_results(folder: Path) -> None:
    """A reproduction, a leaderboard and a training run, small."""
    promise = Promise("c1", "Method beats baseline.", "score", "method", "baseline")
    card = System("dars", "DARS", "2508.13755", claims=(promise,), trials=(Trial(lambda seed, _: {
        "c1": Pair(0.1 * seed, 1 + 0.11 * seed)}),))  # fmt: skip
    save(reproduce(card, seeds=4), folder)
    for n, agent in enumerate(("extractive", "react")):
        row = Summary(
            "sample", agent, "rule", "f1", 20, n, {"f1": Interval(0.7 - n / 5, 0.6 - n / 5, 0.8 - n / 5, 20)}
        )
        (folder / "bench" / "sample" / agent).mkdir(parents=True)
        (folder / "bench" / "sample" / agent / "summary.json").write_bytes(msgspec.json.encode(row))
    lines = [{"step": n, "reward": 1 - 0.95**n, "entropy": 2 * 0.98**n} for n in range(1, 61)]
    for line in lines[9::10]:
        line |= {"pass_1": line["reward"], "pass_1_half": 0.05, "pass_k": min(1.0, line["reward"] + 0.1)}
    (folder / "train" / "countdown-grpo-0").mkdir(parents=True)
    text = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    (folder / "train" / "countdown-grpo-0" / "metrics.jsonl").write_bytes(text)


def hostile_run(folder: Path) -> Run:
    """Every hostile string as the name, title and content of a file of the collection `hostile`, and in a report."""
    folder.mkdir()
    strings = [*VECTORS, *NAUGHTY]
    for n, string in enumerate(strings):
        body = f"# {string}\n\nValve {n} is made by {string} Works near Oxley Reach.\n"
        (folder / file_name(n, string)).write_text(body, "utf-8", newline="")
    collection = Collection.open("hostile", create=True)
    collection.update([folder])
    documents = list(collection.documents())
    claims = tuple(
        Claim(strings[n % len(strings)], (Citation(n + 1, Span(d.id, 0, len(d.text), d.text),
                                                   ("supports", "partly", "contradicts")[n % 3]),))
        for n, d in enumerate(documents)
    )  # fmt: skip
    report = Report(
        VECTORS[0], "answered", claims,
        tuple(Source(d.id, d.title, d.uri, d.media_type, d.sha256, VECTORS[1]) for d in documents),
        Omissions(tuple(strings), (Contradiction(VECTORS[1], (1, 2)),),
                  tuple(Failure(string, string, string) for string in strings), len(documents), 5),
        {"collection": "hostile", "agent": VECTORS[1], "reason": VECTORS[2]},
    )  # fmt: skip
    run = start_run(VECTORS[0], collection="hostile", agent=VECTORS[1])
    trace = Trace(run.trace_path)
    for string in strings:
        trace.add("search", arguments={"query": string}, summary=string, error=string)
    live = start_run(VECTORS[3], collection="hostile", model=VECTORS[4])
    (live.folder / "trace.jsonl").write_bytes(run.trace_path.read_bytes())
    return run.finish(report)


def watched(chromium, *, width: int, height: int, **options):
    """A page that notes what it asks for (`asked`) and what goes wrong in it (`wrong`)."""
    context = chromium.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", **options
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.asked, page.wrong, page.wide = [], [], width > 600
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on(
        "console",
        lambda said: page.wrong.append(said.text) if "Content Security Policy" in said.text else None,
    )
    page.on("dialog", lambda dialog: page.wrong.append("a dialog"))
    return page


def fits(page) -> None:
    """Nothing runs out of the window at the side."""
    page.wait_for_load_state("load")  # a button's new page is there before its style sheet
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide), page.url


def shot(page, name) -> None:
    """A picture of the page, when LEADLINE_SHOTS names a folder."""
    folder = os.environ.get("LEADLINE_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}-{'desk' if page.wide else 'phone'}.png"))
